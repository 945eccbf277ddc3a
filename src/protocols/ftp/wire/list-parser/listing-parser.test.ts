import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { listingLines } from '#test/ftp-client/listing-lines.ts';
import {
  maximumListingEntries,
  maximumListingLine,
  maximumUnknownLine,
  maximumUnknownLines,
} from '../limits.ts';
import { dialects } from './dialects.ts';
import { ListingParser, parseListing } from './listing-parser.ts';

const now = Date.UTC(2024, 5, 15, 12);

test('every sample is read by some dialect as the only line of a listing of its system', () => {
  for (const line of listingLines) {
    const readers = dialects.filter(
      ({ name }) => parseListing([line], { now, dialect: name }).entries.length === 1,
    );
    assert.notEqual(readers.length, 0, line);
  }
});

test('the dialect is that of most lines, not of the first', () => {
  const dosLine = '07-13-98  09:06PM                  12 name';
  const unixLine = '-rw-r--r-- 1 u g 5 Jan 1 2020 name';
  const mostlyUnix = parseListing([dosLine, unixLine, unixLine], { now });
  assert.equal(mostlyUnix.dialect, 'unix');
  assert.deepEqual(mostlyUnix.unknownLines, [dosLine]);
  assert.equal(parseListing([unixLine, dosLine, dosLine], { now }).dialect, 'dos');
});

test('SYST decides between dialects that understand the same lines', () => {
  const line = '2048 2024-05-01 10:11 name';
  assert.equal(parseListing([line], { now }).dialect, 'size-first');
  const both = ['TEST 01.03 2002/09/12 2002/10/18 09:37 11 11 0 USER'];
  assert.equal(parseListing(both, { now, systemType: 'UNIX Type: L8' }).dialect, 'mvs-members');
  assert.equal(parseListing(['ALPHA', 'BETA'], { now }).dialect, null);
});

test('a dialect that is asked for is used at once', () => {
  const parser = new ListingParser({ now, dialect: 'unix' });
  assert.equal(parser.push('-rw-r--r-- 1 u g 5 Jan 1 2020 a\n').length, 1);
  assert.throws(
    () => new ListingParser({ dialect: 'klingon' }),
    (error) => error instanceof WherryError && error.code === 'invalid-argument',
  );
});

test('a long listing is read as it comes once the dialect is settled', () => {
  const parser = new ListingParser({ now });
  const line = '-rw-r--r-- 1 u g 5 Jan 1 2020 name\r\n';
  assert.equal(parser.push(line.repeat(999)).length, 0);
  assert.equal(parser.dialect, null);
  assert.equal(parser.push(line).length, 1000);
  assert.equal(parser.dialect, 'unix');
  assert.equal(parser.push(line.repeat(3)).length, 3);
  assert.equal(parser.end().length, 0);
});

test('lines that no dialect knows are told, the first of them and their beginnings', () => {
  const parser = new ListingParser({ now });
  const line = `what is this? ${'x'.repeat(1000)}\n`;
  for (let count = 0; count < 5000; count += 1) parser.push(line);
  assert.deepEqual(parser.end(), []);
  assert.equal(parser.dialect, null);
  assert.equal(parser.unknownCount, 5000);
  assert.equal(parser.unknownLines.length, maximumUnknownLines);
  assert.equal(parser.unknownLines[0], line.slice(0, maximumUnknownLine));
});

test('a listing whose beginning is unknown is read from where it becomes known', () => {
  const parser = new ListingParser({ now });
  const entries = [
    ...parser.push('* welcome *\n'.repeat(1000)),
    ...parser.push('-rw-r--r-- 1 u g 5 Jan 1 2020 name\n'.repeat(3)),
    ...parser.end(),
  ];
  assert.equal(entries.length, 3);
  assert.equal(parser.unknownCount, 1000);
});

test('an overlong line is thrown away to its end, and the next one read', () => {
  const parser = new ListingParser({ now, dialect: 'unix' });
  const start = '-rw-r--r-- 1 u g 5 Jan 1 2020 ';
  assert.deepEqual(parser.push(start), []);
  for (let sent = 0; sent < 3 * maximumListingLine; sent += 4096) parser.push('n'.repeat(4096));
  const [next] = parser.push(`\n${start}short\n`);
  assert.equal(next?.name, 'short');
  assert.equal(parser.unknownCount, 1);
  assert.equal(parser.unknownLines[0]?.length, maximumUnknownLine);
});

test('names that are none in the directory are told, not returned', () => {
  const start = '-rw-r--r-- 1 u g 5 Jan 1 2020 ';
  const names = ['../../etc/passwd', '/etc/passwd', 'a/b', 'a\0b', 'a\rb', '..', '.', 'fine', '...', '..a'];
  const { entries, unknownLines } = parseListing(
    names.map((name) => start + name),
    { now },
  );
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['fine', '...', '..a'],
  );
  assert.deepEqual(
    unknownLines,
    names.slice(0, 5).map((name) => start + name),
  );
});

test('lines made to take long are read like any other', () => {
  const long = maximumListingLine - 200;
  const fillers = [
    ' ',
    '\t',
    '9',
    'a',
    '-',
    '(',
    '[',
    ',',
    '/',
    '9 ',
    'a ',
    '- ',
    ' ->',
    '.',
    '\udc80',
    '(RWED',
    '<DIR>',
  ];
  const lines: string[] = [];
  for (const filler of fillers) {
    const run = filler.repeat(Math.floor(long / filler.length));
    lines.push(run, `${run}x`);
    for (const line of listingLines.slice(0, 27)) {
      const middle = line.length >> 1;
      lines.push(line.slice(0, middle) + run + line.slice(middle));
    }
  }
  for (const line of lines) for (const { name } of dialects) parseListing([line], { now, dialect: name });
  assert.ok(lines.length > 400);
});

test('a listing with more lines than any directory is given up', () => {
  const parser = new ListingParser({ now });
  const lines = '\n'.repeat(1_000_000);
  assert.throws(
    () => {
      for (let sent = 0; sent <= maximumListingEntries; sent += lines.length) parser.push(lines);
    },
    (error) => error instanceof WherryError && error.code === 'too-many',
  );
});

test('sizes in blocks are no octets, unless they are asked for', () => {
  const lines = ['A.TXT;1 2/4 19-NOV-2001 21:41:05 [SYSTEM] (RWED,RWED,RE,)'];
  assert.equal(parseListing(lines, { now }).entries[0]?.size, null);
  const approximate = parseListing(lines, { now, approximateSizes: true });
  assert.equal(approximate.entries[0]?.size, 1024);
  assert.equal(approximate.exactSizes, false);
});
