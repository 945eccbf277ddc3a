import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnerNames, parseNames } from './owners.ts';

test('names are told by number; the first of a number counts, and broken lines are passed over', () => {
  const text = 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0\n# note\n\nbad:x:-1\nodd:x:1x\nann:x:1000:1000\n:x:7';
  assert.deepEqual(
    [...parseNames(text)],
    [
      [0, 'root'],
      [1000, 'ann'],
    ],
  );
});

test('a host without the files has owners without names', () => {
  const owners = new OwnerNames('/nonexistent/passwd', '/nonexistent/group');
  assert.equal(owners.current().userName(0), null);
  assert.equal(owners.current().groupName(0), null);
});
