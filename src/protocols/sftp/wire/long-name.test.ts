import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import { formatLongName } from './long-name.ts';

const now = Date.UTC(2026, 5, 1);
const entry: Entry = {
  name: 'file',
  type: 'file',
  size: 348_911,
  modifiedAt: Date.UTC(2026, 2, 25, 14, 29),
  modifiedPrecision: 'second',
  accessedAt: null,
  createdAt: null,
  mode: 0o755,
  userId: 1,
  groupId: 2,
  owner: 'mjos',
  group: 'staff',
  links: 1,
  device: null,
  inode: null,
  linkTarget: null,
};

test('the columns are those of the draft', () => {
  assert.equal(
    formatLongName(entry, 'file', now),
    '-rwxr-xr-x   1 mjos     staff      348911 Mar 25 14:29 file',
  );
});

test('old and future entries show the year, unknown owners their numbers, special bits their letters', () => {
  const directory = { ...entry, type: 'directory', mode: 0o7770, owner: null, group: null } as const;
  const old = formatLongName({ ...directory, modifiedAt: Date.UTC(2020, 0, 2) }, 'd', now);
  assert.equal(old, 'drwsrws--T   1 1        2          348911 Jan  2  2020 d');
  assert.match(
    formatLongName({ ...entry, modifiedAt: Date.UTC(2030, 0, 2) }, 'f', now),
    /Jan {2}2 {2}2030 f$/,
  );
});
