import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { withLock } from '#client/private-file.ts';

test('a file without a name is not locked, and nothing is left in the working directory', async () => {
  await assert.rejects(
    withLock('', () => assert.fail('nothing is to be done')),
    { code: 'invalid-argument' },
  );
  assert.equal(existsSync('.lock'), false);
});
