import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Entry } from '#core/entry.ts';
import { listingLines } from '#test/ftp-client/listing-lines.ts';
import { createUnixFormatter } from '../unix-listing.ts';
import { dialects } from './dialects.ts';
import { ListingParser, parseListing } from './listing-parser.ts';
import { isListableName } from './reading.ts';

const now = Date.UTC(2024, 5, 15, 12);
const seed = 20240615;

/** A line of a dialect with something done to it: cut, repeated, with characters put in. */
const brokenLine = fc
  .record({
    line: fc.constantFrom(...listingLines),
    at: fc.nat(80),
    length: fc.nat(20),
    put: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        ' ',
        '\t',
        '9'.repeat(400),
        ' '.repeat(100),
        '/',
        '..',
        '\0',
        '\r',
        '<DIR>',
        ';1',
        ' -> ',
        '\udc80',
      ),
    ),
  })
  .map(({ line, at, length, put }) => line.slice(0, at) + put + line.slice(at + length));

const anyLine = fc.oneof(
  brokenLine,
  fc.constantFrom(...listingLines),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom(...Array.from('- drwx0123456789:/.;,[]()<>"JanFebDIR\t*+')),
    maxLength: 120,
  }),
);

function checkEntry(entry: Entry): void {
  assert.ok(isListableName(entry.name), JSON.stringify(entry.name));
  for (const value of [entry.size, entry.userId, entry.groupId, entry.links]) {
    assert.ok(value === null || (Number.isSafeInteger(value) && value >= 0), JSON.stringify(entry));
  }
  assert.ok(entry.mode === null || (entry.mode >= 0 && entry.mode <= 0o7777));
  assert.ok(entry.modifiedAt === null || Number.isFinite(new Date(entry.modifiedAt).getTime()));
  assert.equal(entry.modifiedAt === null, entry.modifiedPrecision === null);
}

test('no line makes it throw, and every line is an entry, told as unknown, or neither name nor content', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 12 }), (lines) => {
      const { entries, unknownLines } = parseListing(lines, { now });
      for (const entry of entries) checkEntry(entry);
      const count = lines.join('\n').split('\n').length;
      assert.ok(entries.length + unknownLines.length <= count);
    }),
    { seed, numRuns: 3000 },
  );
});

test('no line makes any dialect throw', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 6 }), fc.constantFrom(...dialects), (lines, { name }) => {
      for (const entry of parseListing(lines, { now, dialect: name }).entries) checkEntry(entry);
    }),
    { seed, numRuns: 4000 },
  );
});

test('the text may be cut anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(anyLine, { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 }),
      (lines, cuts) => {
        const text = lines.map((line) => `${line}\r\n`).join('');
        const parser = new ListingParser({ now });
        const entries: Entry[] = [];
        let place = 0;
        for (let index = 0; place < text.length; index += 1) {
          const cut = cuts[index % cuts.length] ?? 1;
          entries.push(...parser.push(text.slice(place, place + cut)));
          place += cut;
        }
        entries.push(...parser.end());
        const whole = parseListing(text.split('\n'), { now });
        assert.deepEqual(entries, whole.entries);
        assert.deepEqual(parser.unknownLines, whole.unknownLines);
        assert.equal(parser.dialect, whole.dialect);
      },
    ),
    { seed, numRuns: 500 },
  );
});

const owner = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,12}$/).filter((name) => name !== 'folder');
/** Names that LIST can show: no control characters, and no arrow, which a line cannot tell from that of a link. */
const listedName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((name) => isListableName(name) && !/\p{Cc}|->/u.test(name) && name.trim() !== '');

const listedEntries = fc.record({
  name: listedName,
  type: fc.constantFrom('file', 'directory', 'symlink', 'other'),
  size: fc.nat(Number.MAX_SAFE_INTEGER).map((size) => Math.floor(size / 10)),
  modifiedAt: fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(2999, 11, 31) }),
  mode: fc.nat(0o7777),
  links: fc.integer({ min: 1, max: 99_999 }),
  owner: fc.option(owner, { nil: null }),
  group: fc.option(owner, { nil: null }),
  userId: fc.nat(4_294_967_295),
  groupId: fc.nat(4_294_967_295),
  target: listedName,
});

test('the lines of LIST of wherry itself read back as the same entries', () => {
  const format = createUnixFormatter({ now });
  fc.assert(
    fc.property(fc.array(listedEntries, { minLength: 1, maxLength: 20 }), (records) => {
      const entries = records.map(({ target, ...facts }): Entry => {
        const linkTarget = facts.type === 'symlink' ? target : null;
        return {
          ...facts,
          linkTarget,
          modifiedPrecision: 'second',
          accessedAt: null,
          createdAt: null,
          device: null,
          inode: null,
        };
      });
      const read = parseListing(
        // "." tells that blanks before names are theirs.
        ['.', ...entries].map((entry) =>
          format(
            typeof entry === 'string' ? ({ ...entries[0], name: entry, type: 'directory' } as Entry) : entry,
          ),
        ),
        { now, systemType: 'UNIX Type: L8' },
      );
      assert.equal(read.dialect, 'unix');
      assert.deepEqual(read.unknownLines, []);
      assert.deepEqual(
        read.entries,
        entries.map((entry) => asListed(entry)),
      );
    }),
    { seed, numRuns: 1500 },
  );
});

/** What a line of LIST can tell of an entry. */
function asListed(entry: Entry): Entry {
  const { modifiedAt } = entry;
  const time = modifiedAt ?? 0;
  const isRecent = time >= now - 180 * 86_400_000 && time <= now + 60_000;
  const unit = isRecent ? 60_000 : 86_400_000;
  return {
    ...entry,
    modifiedAt: Math.floor(time / unit) * unit,
    modifiedPrecision: isRecent ? 'minute' : 'day',
    userId: entry.owner === null ? entry.userId : null,
    groupId: entry.group === null ? entry.groupId : null,
  };
}
