import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { at, exists, get, put, refuses } from '#storage/conformance/harness.ts';
import { MemoryFileSystem } from '#storage/index.ts';

test('a full tree refuses to grow, and room comes back with what is removed', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 10 });
  await put(fileSystem, '/a', '123456');
  await refuses('no-space', () => put(fileSystem, '/b', '12345'));
  await refuses('no-space', () => fileSystem.setAttributes(at('/a'), { size: 11 }));
  await refuses('no-space', () => fileSystem.copyFile(at('/a'), at('/b')));
  assert.equal(
    fileSystem.space(at('/')).freeBytes,
    4,
    'failed uploads gave their room back only once aborted',
  );
  fileSystem.removeFile(at('/a'));
  await put(fileSystem, '/b', '1234567890');
  assert.equal(fileSystem.space(at('/')).freeBytes, 0);
});

test('an unfinished upload takes room, and its abort gives it back', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 10 });
  const handle = fileSystem.openWrite(at('/a'));
  await handle.write(Buffer.alloc(8), 0);
  assert.equal(fileSystem.space(at('/')).freeBytes, 2);
  await handle.abort();
  assert.equal(fileSystem.space(at('/')).freeBytes, 10);
});

test('a removed file keeps its room while somebody reads it', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 10 });
  await put(fileSystem, '/a', '12345678');
  const handle = fileSystem.openRead(at('/a'));
  fileSystem.removeFile(at('/a'));
  assert.equal(fileSystem.space(at('/')).freeBytes, 2);
  await handle.close();
  assert.equal(fileSystem.space(at('/')).freeBytes, 10);
});

test('the clock and the mask are the caller’s to choose', async () => {
  const fileSystem = new MemoryFileSystem({ now: () => 1_000_000_000_000, umask: 0o077 });
  await put(fileSystem, '/a', 'x');
  const entry = fileSystem.stat(at('/a'));
  assert.deepEqual(
    [entry.modifiedAt, entry.modifiedPrecision, entry.mode],
    [1_000_000_000_000, 'second', 0o600],
  );
});

test('an upload into a directory that is gone fails', async () => {
  const fileSystem = new MemoryFileSystem();
  fileSystem.makeDirectory(at('/d'));
  const handle = fileSystem.openWrite(at('/d/a'));
  fileSystem.removeDirectory(at('/d'));
  fileSystem.makeDirectory(at('/d'));
  await refuses('not-found', () => handle.finish());
  assert.equal(await exists(fileSystem, '/d/a'), false);
});

test('any sequence of writes and truncations reads as it would in one array', async () => {
  const step = fc.oneof(
    fc.record({ write: fc.uint8Array({ maxLength: 3000 }), position: fc.nat(200_000) }),
    fc.record({ truncate: fc.nat(200_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const fileSystem = new MemoryFileSystem();
      let model = Buffer.alloc(0);
      const handle = fileSystem.openWrite(at('/a'));
      for (const action of steps) {
        if ('truncate' in action) {
          await handle.truncate(action.truncate);
          model = resized(model, action.truncate);
        } else if (action.write.length > 0) {
          await handle.write(action.write, action.position);
          model = resized(model, Math.max(model.length, action.position + action.write.length));
          model.set(action.write, action.position);
        }
      }
      await handle.finish();
      assert.ok((await get(fileSystem, '/a')).equals(model));
    }),
    { numRuns: 60, seed: 7 },
  );
});

function resized(model: Buffer, size: number): Buffer<ArrayBuffer> {
  const next = Buffer.alloc(size);
  model.copy(next);
  return next;
}
