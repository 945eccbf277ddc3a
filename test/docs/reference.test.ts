import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { referencePages } from '../../scripts/write-reference.ts';
import { root } from './documented-server.ts';

test('the reference is the one that the sources give', async () => {
  for (const [path, text] of await referencePages()) {
    const written = await readFile(join(root, path), 'utf8');
    assert.equal(written, text, `${path} is out of date: npm run docs`);
  }
});
