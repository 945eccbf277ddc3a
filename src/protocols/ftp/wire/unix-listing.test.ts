import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import { createUnixFormatter, formatNameLine } from './unix-listing.ts';

const now = Date.UTC(2024, 5, 15, 12);
const format = createUnixFormatter({ now });

const directory: Entry = {
  name: 'name',
  type: 'directory',
  size: 4096,
  modifiedAt: Date.UTC(2024, 0, 2, 15, 4),
  modifiedPrecision: 'second',
  accessedAt: null,
  createdAt: null,
  mode: 0o755,
  userId: 1000,
  groupId: 100,
  owner: 'owner',
  group: 'group',
  links: 2,
  device: null,
  inode: null,
  linkTarget: null,
};

test('a line looks as ls writes it', () => {
  assert.equal(format(directory), 'drwxr-xr-x   2 owner    group            4096 Jan 02 15:04 name');
});

test('old and future times show the year', () => {
  const at = (timeMs: number): string => format({ ...directory, modifiedAt: timeMs }).slice(46);
  assert.equal(at(Date.UTC(2023, 10, 9, 1, 1)), 'Nov 09  2023 name');
  assert.equal(at(now + 3_600_000), 'Jun 15  2024 name');
  assert.equal(at(now), 'Jun 15 12:00 name');
  assert.equal(at(now - 179 * 86_400_000), 'Dec 19 12:00 name');
  assert.equal(at(-1), 'Dec 31  1969 name');
  assert.equal(at(Number.MAX_SAFE_INTEGER), 'Dec 31  9999 name');
});

test('modes show their special bits, and unknown ones a sensible guess', () => {
  const mode = (value: number | null, type: Entry['type'] = 'file'): string =>
    format({ ...directory, type, mode: value }).slice(0, 10);
  assert.equal(mode(0o6755), '-rwsr-sr-x');
  assert.equal(mode(0o7644), '-rwSr-Sr-T');
  assert.equal(mode(0o1777, 'directory'), 'drwxrwxrwt');
  assert.equal(mode(0, 'other'), '?---------');
  assert.equal(mode(null), '-rw-r--r--');
  assert.equal(mode(null, 'directory'), 'drwxr-xr-x');
});

test('a link shows its target, a broken name stays on one line', () => {
  const link: Entry = { ...directory, type: 'symlink', mode: 0o777, linkTarget: '../to\r\nx' };
  assert.ok(format(link).endsWith(' name -> ../to??x'));
  assert.ok(format({ ...directory, name: 'a\r\n-rw b\u001b\0' }).endsWith(' a??-rw b??'));
  assert.ok(format({ ...directory, owner: 'a b\n' }).includes(' a_b?     group'));
});

test('columns widen and never run together', () => {
  const wide: Entry = { ...directory, links: 123_456, owner: 'averylongowner', group: 'averylonggroup' };
  assert.equal(
    format({ ...wide, size: 123_456_789_012_345 }),
    'drwxr-xr-x 123456 averylongowner averylonggroup 123456789012345 Jan 02 15:04 name',
  );
});

test('owners fall back to numbers, and to a word where nothing is known', () => {
  assert.ok(format({ ...directory, owner: null, group: null }).includes(' 1000     100 '));
  const unknown: Entry = { ...directory, owner: null, group: null, userId: null, groupId: null };
  assert.ok(format(unknown).includes(' ftp      ftp '));
  assert.ok(createUnixFormatter({ now, numericOwners: true })(directory).includes(' 1000     100 '));
});

test('options for people', () => {
  const human = createUnixFormatter({ now, humanSizes: true, classify: true });
  const size = (value: number): string =>
    human({ ...directory, size: value })
      .slice(0, 45)
      .split(/\s+/)
      .at(-1) ?? '';
  assert.deepEqual([0, 1023, 1024, 1536, 10_240, 2 ** 30].map(size), [
    '0',
    '1023',
    '1.0K',
    '1.5K',
    '10K',
    '1.0G',
  ]);
  assert.ok(human(directory).endsWith(' name/'));
  assert.ok(human({ ...directory, type: 'symlink', linkTarget: 'x' }).endsWith(' name@ -> x'));
  assert.ok(human({ ...directory, type: 'file' }).endsWith(' name*'));
});

test('NLST keeps a name as it is but for its line breaks', () => {
  assert.equal(formatNameLine(' a\tb '), ' a\tb ');
  assert.equal(formatNameLine('a\r\nb', 'dir/'), 'dir/a??b');
});
