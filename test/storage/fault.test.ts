import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, get, list, names, put, refuses } from '#storage/conformance/harness.ts';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';

test('a read fault delivers what lies before it and then fails', async () => {
  const fileSystem = new FaultFileSystem(new MemoryFileSystem(), [
    { operation: 'read', path: '/a', after: 4, code: 'io' },
  ]);
  await put(fileSystem, '/a', '0123456789');
  await put(fileSystem, '/b', '0123456789');
  const handle = await fileSystem.openRead(at('/a'));
  const target = Buffer.alloc(10);
  assert.equal(await handle.read(target, 0), 4);
  assert.equal(target.toString('latin1', 0, 4), '0123');
  await refuses('io', () => handle.read(target, 4));
  await handle.close();
  assert.equal(String(await get(fileSystem, '/b')), '0123456789');
});

test('a write fault keeps what lies before it, as a full disk does', async () => {
  const inner = new MemoryFileSystem();
  const fileSystem = new FaultFileSystem(inner, [{ operation: 'write', after: 6, code: 'no-space' }]);
  const handle = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
  await handle.write(Buffer.from('0123'), 0);
  await refuses('no-space', () => handle.write(Buffer.from('4567'), 4));
  await handle.abort();
  assert.equal(String(await get(inner, '/a')), '012345');
});

test('a fault on finish leaves the old file, and strikes as often as it was told', async () => {
  const fileSystem = new FaultFileSystem(new MemoryFileSystem());
  await put(fileSystem, '/a', 'old');
  fileSystem.inject({ operation: 'finish', code: 'quota', times: 1 });
  await refuses('quota', () => put(fileSystem, '/a', 'new'));
  assert.equal(String(await get(fileSystem, '/a')), 'old');
  await put(fileSystem, '/a', 'new');
  assert.equal(String(await get(fileSystem, '/a')), 'new');
});

test('any operation can fail until the fault is taken away', async () => {
  const fileSystem = new FaultFileSystem(new MemoryFileSystem());
  await put(fileSystem, '/a', 'x');
  const operations = {
    stat: () => fileSystem.stat(at('/a')),
    openRead: () => fileSystem.openRead(at('/a')),
    openWrite: () => fileSystem.openWrite(at('/a')),
    setAttributes: () => fileSystem.setAttributes(at('/a'), {}),
    copyFile: () => fileSystem.copyFile?.(at('/a'), at('/b')),
    space: () => fileSystem.space?.(at('/')),
    readDirectory: () => list(fileSystem, '/'),
    rename: () => fileSystem.rename(at('/a'), at('/c')),
    removeFile: () => fileSystem.removeFile(at('/c')),
  } as const;
  for (const [operation, run] of Object.entries(operations)) {
    const remove = fileSystem.inject({ operation: operation as keyof typeof operations, code: 'read-only' });
    await refuses('read-only', run);
    remove();
    await run();
  }
  assert.deepEqual(await names(fileSystem, '/'), ['b']);
});

test('a listing fails after so many entries', async () => {
  const inner = new MemoryFileSystem();
  for (const name of ['a', 'b', 'c']) await put(inner, `/${name}`, '');
  const fileSystem = new FaultFileSystem(inner, [{ operation: 'readDirectory', after: 2, code: 'io' }]);
  const seen: string[] = [];
  await refuses('io', async () => {
    for await (const batch of fileSystem.readDirectory(at('/'))) seen.push(...batch.map(({ name }) => name));
  });
  assert.deepEqual(seen, ['a', 'b']);
});

test('a gate holds an operation until it is released', async () => {
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(new MemoryFileSystem(), [{ operation: 'finish', gate }]);
  let done = false;
  const upload = put(fileSystem, '/a', 'x').then(() => {
    done = true;
  });
  await gate.reached;
  assert.equal(done, false);
  assert.deepEqual(await names(fileSystem, '/'), []);
  gate.release();
  await upload;
  assert.deepEqual(await names(fileSystem, '/'), ['a']);
});

test('a signal gets an operation out of its gate', async () => {
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(new MemoryFileSystem(), [{ operation: 'stat', gate }]);
  const controller = new AbortController();
  const waiting = refuses('aborted', () => fileSystem.stat(at('/'), { signal: controller.signal }));
  await gate.reached;
  controller.abort();
  await waiting;
});

test('methods that the file system below lacks are absent', () => {
  const inner = new MemoryFileSystem();
  assert.equal(typeof new FaultFileSystem(inner).copyFile, 'function');
  assert.equal(new FaultFileSystem(inner).checksum, undefined);
});
