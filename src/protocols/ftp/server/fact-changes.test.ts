import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import type { Capabilities } from '#core/file-system.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { changeableFacts, prepareChange } from './fact-changes.ts';

const everything: Capabilities = {
  randomAccess: true,
  symlinks: true,
  hardLinks: true,
  setTimes: true,
  setMode: true,
  setOwner: true,
  space: true,
  copy: true,
  checksums: [],
};

const file: Entry = {
  name: 'f',
  type: 'file',
  size: 0,
  modifiedAt: Date.UTC(2024, 1, 29, 1, 2, 3),
  modifiedPrecision: 'second',
  accessedAt: null,
  createdAt: null,
  mode: 0o600,
  userId: 0,
  groupId: 24,
  owner: 'root',
  group: 'staff',
  links: 1,
  device: 1,
  inode: 1,
  linkTarget: null,
};

const path = resolveVirtualPath(rootPath, 'f');

test('several facts become one change, and the reply tells what is stored', () => {
  const { attributes, tell } = prepareChange(
    new Map([
      ['modify', '20200101000000'],
      ['unix.mode', '0640'],
      ['unix.group', '50'],
    ]),
    file,
    everything,
  );
  assert.deepEqual(attributes, { modifiedAt: Date.UTC(2020, 0, 1), mode: 0o640, groupId: 50 });
  assert.equal(tell(file, path), 'Modify=20240229010203;UNIX.mode=0600;UNIX.group=staff;');
});

test('the name of the group that the file has already is understood', () => {
  const { attributes } = prepareChange(new Map([['unix.group', 'staff']]), file, everything);
  assert.deepEqual(attributes, { groupId: 24 });
});

const refusals: readonly (readonly [string, string, string])[] = [
  ['modify', '20230229000000', 'invalid-argument'],
  ['modify', '', 'invalid-argument'],
  ['unix.mode', '999', 'invalid-argument'],
  ['unix.group', 'wheel', 'invalid-argument'],
  ['unix.group', '4294967295', 'invalid-argument'],
  ['unix.group', '-1', 'invalid-argument'],
  ['size', '5', 'not-supported'],
  ['frogs', 'green', 'not-supported'],
  ['__proto__', '1', 'not-supported'],
];

for (const [name, value, code] of refusals) {
  test(`${name}=${value} is refused as ${code}`, () => {
    assert.throws(() => prepareChange(new Map([[name, value]]), file, everything), { code });
  });
}

test('FEAT lists what the storage can change, and everything before a login', () => {
  assert.deepEqual(changeableFacts(null), ['MFF Modify;UNIX.mode;UNIX.group;']);
  assert.deepEqual(changeableFacts({ ...everything, setOwner: false }), ['MFF Modify;UNIX.mode;']);
  const nothing = { ...everything, setOwner: false, setMode: false, setTimes: false };
  assert.deepEqual(changeableFacts(nothing), []);
  assert.throws(() => prepareChange(new Map([['unix.mode', '0600']]), file, nothing), {
    code: 'not-supported',
  });
});
