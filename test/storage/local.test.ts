import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { at, get, list, names, put, refuses } from '#storage/conformance/harness.ts';
import { local } from '#storage/index.ts';
import { makeScratchTree } from './scratch.ts';

test('a pipe, a socket and a device are neither opened nor waited for, but can be seen and removed', async () => {
  const tree = await makeScratchTree();
  const { fileSystem, root } = tree;
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(join(root, 'socket'), resolve);
  });
  const special = ['pipe', 'socket'];
  try {
    execFileSync('mknod', [join(root, 'device'), 'c', '1', '3'], { stdio: 'ignore' });
    special.push('device');
  } catch {
    // Only root may make a device, and not in every container; the other two stand for it then.
  }
  for (const name of special) {
    const path = at(`/${name}`);
    assert.equal((await fileSystem.stat(path)).type, 'other', name);
    await refuses('not-regular', () => fileSystem.openRead(path));
    await refuses('not-regular', () => fileSystem.openWrite(path));
    await refuses('not-regular', () => fileSystem.openWrite(path, { disposition: 'update' }));
    await refuses('not-regular', () => fileSystem.setAttributes(path, { size: 0 }));
    await refuses('not-regular', () => fileSystem.copyFile(path, at('/copy')));
  }
  const types = (await list(fileSystem, '/')).map(({ type }) => type);
  assert.deepEqual(new Set(types), new Set(['other']));
  for (const name of special) await fileSystem.removeFile(at(`/${name}`));
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  assert.deepEqual(readdirSync(root), []);
  await tree.dispose();
});

test('a file that shrinks while it is read ends where it now ends', async () => {
  const tree = await makeScratchTree();
  await put(tree.fileSystem, '/a', Buffer.alloc(100_000, 1));
  const handle = await tree.fileSystem.openRead(at('/a'));
  const target = Buffer.alloc(60_000);
  assert.equal(await handle.read(target, 0), 60_000);
  const descriptor = openSync(join(tree.root, 'a'), 'r+');
  ftruncateSync(descriptor, 70_000);
  closeSync(descriptor);
  assert.equal(await handle.read(target, 60_000), 10_000);
  assert.equal(await handle.read(target, 70_000), 0);
  assert.equal(await handle.read(target, 90_000), 0);
  await handle.close();
  await tree.dispose();
});

test('a full disk fails the upload and leaves the old file and nothing else', async (context) => {
  const tree = await makeScratchTree();
  const mountPoint = join(tree.root, 'small');
  mkdirSync(mountPoint);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', mountPoint], { stdio: 'ignore' });
  } catch {
    await tree.dispose();
    context.skip('mounting is not allowed here');
    return;
  }
  try {
    await put(tree.fileSystem, '/small/a', 'old');
    for (const disposition of ['replace', 'create'] as const) {
      const path = disposition === 'create' ? '/small/new' : '/small/a';
      const handle = await tree.fileSystem.openWrite(at(path), { disposition });
      await refuses('no-space', async () => {
        for (let position = 0; position < 1_000_000; position += 50_000) {
          await handle.write(Buffer.alloc(50_000, 1), position);
        }
      });
      await handle.abort();
    }
    writeFileSync(join(tree.root, 'large'), Buffer.alloc(500_000, 1));
    await refuses('no-space', () => tree.fileSystem.copyFile(at('/large'), at('/small/copy')));
    await refuses('cross-device', () => tree.fileSystem.rename(at('/large'), at('/small/large')));
    await refuses('cross-device', () => tree.fileSystem.createHardLink(at('/large'), at('/small/large')));
    assert.equal(String(await get(tree.fileSystem, '/small/a')), 'old');
    assert.deepEqual(readdirSync(mountPoint), ['a']);
    execFileSync('mount', ['-o', 'remount,ro', mountPoint], { stdio: 'ignore' });
    assert.equal((await tree.fileSystem.space(at('/small'))).readOnly, true);
    await refuses('read-only', () => tree.fileSystem.openWrite(at('/small/a')));
    await refuses('read-only', () => tree.fileSystem.removeFile(at('/small/a')));
    await refuses('busy', () => tree.fileSystem.removeDirectory(at('/small')));
  } finally {
    execFileSync('umount', [mountPoint]);
    await tree.dispose();
  }
});

test('no operation leaks a descriptor, whether it works or fails', async () => {
  const tree = await makeScratchTree();
  const { fileSystem } = tree;
  await put(fileSystem, '/file', 'x');
  await fileSystem.makeDirectory(at('/d'));
  await fileSystem.createSymlink('loop', at('/loop'));
  await fileSystem.createSymlink('d/there', at('/link'));
  const paths = ['/file', '/d', '/loop', '/link', '/missing', '/missing/below', '/file/below', '/'].map(at);
  const attempts = paths.flatMap((path) => [
    () => fileSystem.stat(path),
    () => fileSystem.stat(path, { followSymlink: false }),
    () => fileSystem.readSymlink(path),
    () => fileSystem.realPath(path),
    () => fileSystem.space(path),
    () => list(fileSystem, path),
    () => get(fileSystem, path),
    () => fileSystem.setAttributes(path, { mode: 0o700, size: 1 }),
    () => fileSystem.setAttributes(path, { modifiedAt: 1 }, { followSymlink: false }),
    () => put(fileSystem, path, 'x'),
    () => put(fileSystem, path, 'x', { disposition: 'create' }),
    () => put(fileSystem, path, 'x', { disposition: 'update' }),
    async () => (await fileSystem.openWrite(path)).abort(),
    () => fileSystem.copyFile(path, at('/d/copy')),
    () => fileSystem.copyFile(at('/d/copy'), path),
    () => fileSystem.createHardLink(path, at('/d/hard')),
    () => fileSystem.createSymlink('x', path),
    () => fileSystem.rename(path, at('/d/moved'), { overwrite: false }),
    () => fileSystem.rename(at('/d/moved'), path),
    () => fileSystem.makeDirectory(path),
  ]);
  const before = readdirSync('/proc/self/fd').length;
  let failed = 0;
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      assert.ok(error instanceof WherryError, String(error));
      failed += 1;
    }
  }
  assert.ok(failed > 20 && failed < attempts.length - 20, `${failed} of ${attempts.length} failed`);
  assert.equal(readdirSync('/proc/self/fd').length, before);
  await tree.dispose();
});

test('two trees over one directory share the right to write in place', async () => {
  const tree = await makeScratchTree();
  const other = local(tree.root);
  const first = await tree.fileSystem.openWrite(at('/a'), { disposition: 'update' });
  await refuses('busy', () => other.openWrite(at('/a'), { disposition: 'update' }));
  await first.finish();
  await (await other.openWrite(at('/a'), { disposition: 'update' })).finish();
  await other.close();
  await tree.dispose();
});

test('a gap written in place takes no room on the disk', async () => {
  const tree = await makeScratchTree();
  const handle = await tree.fileSystem.openWrite(at('/a'), { disposition: 'update' });
  await handle.write(Buffer.from('far'), 50_000_000);
  await handle.finish();
  const { size, blocks } = statSync(join(tree.root, 'a'));
  assert.equal(size, 50_000_003);
  assert.ok(blocks * 512 < 1_000_000);
  await tree.dispose();
});

test('a large file is copied in pieces, and the copy can be stopped', async () => {
  const tree = await makeScratchTree();
  const { fileSystem } = tree;
  const content = Buffer.alloc(20_000_000, 'the quick brown fox ');
  await put(fileSystem, '/a', content);
  await fileSystem.copyFile(at('/a'), at('/b'));
  assert.ok((await get(fileSystem, '/b')).equals(content));
  const controller = new AbortController();
  const copying = Promise.resolve(fileSystem.copyFile(at('/a'), at('/c'), { signal: controller.signal }));
  controller.abort();
  await assert.rejects(copying, { code: 'aborted' });
  assert.deepEqual(readdirSync(tree.root).sort(), ['a', 'b']);
  await tree.dispose();
});

test('the mask is the tree’s own where one is given, whatever the process has', async () => {
  const tree = await makeScratchTree({ umask: 0o002 });
  chmodSync(tree.root, 0o2775);
  await put(tree.fileSystem, '/a', 'x');
  await put(tree.fileSystem, '/b', 'x', { disposition: 'update' });
  await tree.fileSystem.makeDirectory(at('/d'));
  assert.equal(statSync(join(tree.root, 'a')).mode & 0o7777, 0o664);
  assert.equal(statSync(join(tree.root, 'b')).mode & 0o7777, 0o664);
  assert.equal(statSync(join(tree.root, 'd')).mode & 0o7777, 0o2775);
  await tree.dispose();
});

test('a closed tree refuses, and open files go on', async () => {
  const tree = await makeScratchTree();
  const { fileSystem } = tree;
  const handle = await fileSystem.openWrite(at('/a'));
  await fileSystem.close();
  await fileSystem.close();
  await refuses('closed', () => fileSystem.stat(at('/')));
  await refuses('closed', () => names(fileSystem, '/'));
  await handle.write(Buffer.from('x'), 0);
  await handle.finish();
  assert.deepEqual(readdirSync(tree.root), ['a']);
  await tree.dispose();
});

test('a root that is missing or no directory is refused without naming it', () => {
  for (const [root, code] of [
    ['/nonexistent/root', 'not-found'],
    ['/etc/passwd', 'not-directory'],
  ] as const) {
    assert.throws(
      () => local(root),
      (error) => error instanceof WherryError && error.code === code && !error.message.includes(root),
    );
  }
});
