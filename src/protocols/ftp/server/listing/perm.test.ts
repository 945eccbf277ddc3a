import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '#core/account.ts';
import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { fullAccess, readOnlyAccess, type AccessPolicy } from '#core/permission.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { createPermOf, effectiveBits, permOfOne, type ProcessIdentity } from './perm.ts';

const root: ProcessIdentity = { userId: 0, groupIds: [0] };
const ordinary: ProcessIdentity = { userId: 1000, groupIds: [1000, 50] };
const directory = resolveVirtualPath(rootPath, '/dir');

function accountWith(access: AccessPolicy): Account {
  return {
    name: 'alice',
    anonymous: false,
    fileSystem: {} as FileSystem,
    home: rootPath,
    access,
    fxpNetworks: [],
    requireTls: false,
    administrator: false,
  };
}

function entry(fields: Partial<Entry>): Entry {
  return {
    name: 'x',
    type: 'file',
    size: 0,
    modifiedAt: 0,
    modifiedPrecision: 'second',
    accessedAt: null,
    createdAt: null,
    mode: 0o644,
    userId: 0,
    groupId: 0,
    owner: 'root',
    group: 'root',
    links: 1,
    device: 1,
    inode: 1,
    linkTarget: null,
    ...fields,
  };
}

const writableDirectory = entry({ type: 'directory', mode: 0o755 });

const rows: readonly (readonly [string, Partial<Entry>, string])[] = [
  ['an ordinary file', { mode: 0o644 }, 'adfrw'],
  ['a read-only file lacks a and w', { mode: 0o444 }, 'dfr'],
  ['a write-only file lacks r', { mode: 0o200 }, 'adfw'],
  ['a directory', { type: 'directory', mode: 0o755 }, 'ceflmp'],
  ['an unwritable directory lacks c, m and p', { type: 'directory', mode: 0o555 }, 'efl'],
  ['a directory without x cannot be entered or changed', { type: 'directory', mode: 0o666 }, 'fl'],
  ['a dangling link can be removed and renamed', { type: 'symlink', mode: 0o777 }, 'df'],
  ['a pipe can be removed and renamed', { type: 'other', mode: 0o666 }, 'df'],
  ['storage without modes forbids nothing', { mode: null }, 'adfrw'],
];

for (const [name, fields, expected] of rows) {
  test(`perm of ${name}`, () => {
    const account = accountWith(fullAccess);
    const permOf = createPermOf({ account, directory, directoryEntry: writableDirectory, identity: root });
    assert.equal(permOf(entry(fields), 'entry'), expected);
    assert.equal(permOf(entry(fields), 'entry'), expected, 'and again from what is known');
  });
}

test('perm in an unwritable directory lacks d and f', () => {
  const directoryEntry = entry({ type: 'directory', mode: 0o555 });
  const account = accountWith(fullAccess);
  const permOf = createPermOf({ account, directory, directoryEntry, identity: root });
  assert.equal(permOf(entry({}), 'entry'), 'arw');
});

test('perm of a read-only account has nothing that changes anything', () => {
  const account = accountWith(readOnlyAccess);
  const permOf = createPermOf({ account, directory, directoryEntry: writableDirectory, identity: root });
  assert.equal(permOf(entry({}), 'entry'), 'r');
  assert.equal(permOf(writableDirectory, 'entry'), 'el');
});

test('perm of the directory itself and the one above has neither d nor f', () => {
  const account = accountWith(fullAccess);
  const permOf = createPermOf({ account, directory, directoryEntry: writableDirectory, identity: root });
  assert.equal(permOf(writableDirectory, 'current'), 'celmp');
  assert.equal(permOf(writableDirectory, 'parent'), 'celmp');
});

test('a policy with rules per path is asked about each entry by its own path', () => {
  const asked = new Set<string>();
  const access: AccessPolicy = {
    decide: (permission, path) => {
      asked.add(path);
      return { allowed: path !== '/dir/secret' || permission === 'list', rule: 'a rule' };
    },
  };
  const account = accountWith(access);
  const permOf = createPermOf({ account, directory, directoryEntry: writableDirectory, identity: root });
  assert.equal(permOf(entry({ name: 'secret' }), 'entry'), '');
  assert.equal(permOf(entry({ name: 'open' }), 'entry'), 'adfrw');
  assert.deepEqual([...asked].sort(), ['/dir/open', '/dir/secret']);
});

test('an uploader who may not overwrite may still append where he may append', () => {
  const access: AccessPolicy = {
    decide: (permission) => ({ allowed: permission === 'append', rule: 'append only' }),
  };
  const account = accountWith(access);
  const permOf = createPermOf({ account, directory, directoryEntry: writableDirectory, identity: root });
  assert.equal(permOf(entry({}), 'entry'), 'a');
});

test('one directory by itself has d only when it is empty, and the root never', () => {
  const source = { account: accountWith(fullAccess), directoryEntry: writableDirectory, identity: root };
  const of = (path: VirtualPath, empty: boolean): string =>
    permOfOne(source, path, { entry: writableDirectory, empty });
  assert.equal(of(directory, true), 'cdeflmp');
  assert.equal(of(directory, false), 'ceflmp');
  assert.equal(of(rootPath, true), 'celmp');
});

const bitRows: readonly (readonly [string, Partial<Entry>, ProcessIdentity, number])[] = [
  ['root has the bits of the owner', { mode: 0o741, userId: 7 }, root, 7],
  ['the owner has his own', { mode: 0o741, userId: 1000 }, ordinary, 7],
  ['a member of the group has those of the group', { mode: 0o741, userId: 7, groupId: 50 }, ordinary, 4],
  ['everybody else has those of the others', { mode: 0o741, userId: 7, groupId: 7 }, ordinary, 1],
  ['storage without users has those of the owner', { mode: 0o741, userId: 7, owner: null }, ordinary, 7],
  ['no mode forbids nothing', { mode: null, userId: 7 }, ordinary, 7],
];

for (const [name, fields, identity, expected] of bitRows) {
  test(`bits: ${name}`, () => {
    assert.equal(effectiveBits(entry(fields), identity), expected);
  });
}
