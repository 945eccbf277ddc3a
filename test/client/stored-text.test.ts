import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { JobStore } from '#client/queue/job-store.ts';
import { storedText, textFromStored } from '#client/queue/stored-text.ts';

test('any text comes back from its stored form, which UTF-8 can hold', () => {
  const pieces = fc.constantFrom('\udce9', '\ud800', '\ufdd0', 'ö', '🌍', 'dc', '/');
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))), (parts) => {
      const text = parts.join('');
      assert.equal(textFromStored(storedText(text)), text);
      assert.ok(storedText(text).isWellFormed());
    }),
    { seed: 7 },
  );
});

test('the queue keeps addresses with names that are not UTF-8', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-queue-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'queue.sqlite');
  const store = new JobStore(file);
  const { id } = store.add({ from: '/home/latin1-\udce9.txt', to: 'sftp://host//latin1-\udce9.txt' });
  store.close();
  const again = new JobStore(file);
  const job = again.get(id);
  again.close();
  assert.equal(job?.from, '/home/latin1-\udce9.txt');
  assert.equal(job?.to, 'sftp://host//latin1-\udce9.txt');
});
