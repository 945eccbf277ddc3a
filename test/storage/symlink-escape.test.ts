import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import { at, get, list, put, refuses } from '#storage/conformance/harness.ts';
import type { LocalFileSystem } from '#storage/index.ts';
import { makeScratchTree } from './scratch.ts';
import type { SwapperData } from './swapper.ts';

const secret = 'what lies outside the tree';

function operationsOn(fileSystem: LocalFileSystem): readonly (() => Awaitable<unknown>)[] {
  const readable = { disposition: 'update', readable: true } as const;
  const checkContent = async (path: string): Promise<void> => {
    assert.ok(!String(await get(fileSystem, path)).includes(secret), `${path} was read from outside`);
  };
  return [
    () => put(fileSystem, '/directory/file', 'from inside'),
    () => put(fileSystem, '/file', 'from inside'),
    () => put(fileSystem, '/directory/created', 'x', { disposition: 'create' }),
    () => put(fileSystem, '/file', 'updated', { disposition: 'update' }),
    async () => {
      const handle = await fileSystem.openWrite(at('/directory/file'), readable);
      await handle.write(Buffer.from('in place'), 0);
      await handle.finish();
    },
    () => checkContent('/directory/file'),
    () => checkContent('/file'),
    () => fileSystem.makeDirectory(at('/directory/made')),
    () => fileSystem.rename(at('/directory/made'), at('/directory/moved')),
    () => fileSystem.removeDirectory(at('/directory/moved')),
    () => fileSystem.removeFile(at('/directory/created')),
    () => fileSystem.setAttributes(at('/directory/file'), { mode: 0o640, modifiedAt: 1000, size: 4 }),
    () => fileSystem.setAttributes(at('/file'), { mode: 0o640, modifiedAt: 1000, size: 4 }),
    () => fileSystem.setAttributes(at('/file'), { modifiedAt: 2000 }, { followSymlink: false }),
    () => fileSystem.createSymlink('x', at('/directory/link')),
    () => fileSystem.removeFile(at('/directory/link')),
    () => fileSystem.createHardLink(at('/directory/file'), at('/directory/hard')),
    () => fileSystem.removeFile(at('/directory/hard')),
    () => fileSystem.copyFile(at('/directory/file'), at('/directory/copy')),
    () => fileSystem.realPath(at('/directory/file')),
    async () => {
      for (const { name } of await list(fileSystem, '/directory')) assert.notEqual(name, 'outside-only');
    },
  ];
}

test('a directory or file swapped for a link that leads out never leads out', async () => {
  const tree = await makeScratchTree();
  const { fileSystem, root, outside } = tree;
  mkdirSync(join(root, 'directory'));
  writeFileSync(join(root, 'directory', 'file'), 'inside');
  writeFileSync(join(root, 'file'), 'inside');
  for (const name of ['file', 'outside-only']) writeFileSync(join(outside, name), secret, { mode: 0o604 });
  const before = lstatSync(join(outside, 'file'));
  const shared = new SharedArrayBuffer(8);
  const state = new Int32Array(shared);
  const workerData: SwapperData = { shared, root, outside };
  const worker = new Worker(new URL('swapper.ts', import.meta.url), { workerData });
  const ended = once(worker, 'exit');
  let succeeded = 0;
  try {
    while (Atomics.load(state, 1) === 0) await nextTurn();
    for (let round = 0; round < 60 || (Atomics.load(state, 1) < 100 && round < 5000); round += 1) {
      for (const operation of operationsOn(fileSystem)) {
        try {
          await operation();
          succeeded += 1;
        } catch (error) {
          if (!(error instanceof WherryError)) throw error;
          assert.ok(!error.message.includes(root) && !error.message.includes('/proc/'), error.message);
        }
      }
    }
  } finally {
    Atomics.store(state, 0, 1);
    await ended;
  }
  assert.ok(succeeded > 0, 'no operation got through between the swaps');
  assert.ok(Atomics.load(state, 1) > 0, 'nothing was swapped');
  assert.deepEqual(readdirSync(outside).sort(), ['file', 'outside-only']);
  for (const name of ['file', 'outside-only'])
    assert.equal(readFileSync(join(outside, name), 'utf8'), secret);
  const after = lstatSync(join(outside, 'file'));
  assert.deepEqual(
    [after.mode, after.mtimeMs, after.nlink, after.ino],
    [before.mode, before.mtimeMs, before.nlink, before.ino],
  );
  await tree.dispose();
});

test('links that the host left in the tree are followed inside it only', async () => {
  const tree = await makeScratchTree();
  const { fileSystem, root, outside } = tree;
  writeFileSync(join(outside, 'file'), secret);
  symlinkSync(join(outside, 'file'), join(root, 'absolute'));
  symlinkSync('../outside/file', join(root, 'climbing'));
  symlinkSync('../outside', join(root, 'directory'));
  symlinkSync('/proc/self/root', join(root, 'magic'));
  for (const path of ['/absolute', '/climbing', '/directory/file', '/directory', '/magic']) {
    await refuses('not-found', () => fileSystem.openRead(at(path)));
    await refuses('not-found', () => fileSystem.stat(at(path)));
  }
  for (const path of ['/absolute', '/climbing']) {
    // The way that the link names does not exist below the root, or it does and the file is made there.
    await put(fileSystem, path, 'written').catch(() => undefined);
  }
  assert.equal(readFileSync(join(outside, 'file'), 'utf8'), secret);
  const listed = await list(fileSystem, '/', { followSymlinks: true });
  assert.ok(listed.every(({ type }) => type === 'symlink'));
  await tree.dispose();
});

test('the root is opened once: what takes its place on the host is not served', async () => {
  const tree = await makeScratchTree();
  await put(tree.fileSystem, '/a', 'x');
  renameSync(tree.root, `${tree.root}-moved`);
  symlinkSync(tree.outside, tree.root);
  assert.equal(String(await get(tree.fileSystem, '/a')), 'x');
  await put(tree.fileSystem, '/b', 'y');
  assert.deepEqual(readdirSync(tree.outside), []);
  assert.equal(await tree.fileSystem.realPath(at('/b')), '/b');
  assert.equal(statSync(join(`${tree.root}-moved`, 'b')).size, 1);
  await tree.dispose();
});
