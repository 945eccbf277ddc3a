import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { at, get, list, names, put, refuses } from '#storage/conformance/harness.ts';
import { storageConformance } from '#storage/conformance.ts';
import { MemoryFileSystem, mountTree } from '#storage/index.ts';
import { makeScratchTree } from './scratch.ts';

/** A tree seen from one of its directories, so that the suite runs inside of a mount. */
function seenFrom(directory: string, tree: FileSystem): FileSystem {
  const down = (path: unknown): unknown =>
    typeof path === 'string' && path.startsWith('/') ? at(`${directory}${path}`) : path;
  const up = (path: VirtualPath): VirtualPath => at(path.slice(directory.length) || '/');
  return new Proxy(tree, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        // The first argument of createSymlink is a text and no path.
        const isText = name === 'createSymlink';
        const words = given.map((word, index) => (isText && index === 0 ? word : down(word)));
        const result: unknown = Reflect.apply(member, target, words);
        if (name !== 'realPath') return result;
        return Promise.resolve(result as VirtualPath).then(up);
      };
    },
  });
}

storageConformance('a tree without mounts', () =>
  Promise.resolve({
    fileSystem: mountTree({ root: new MemoryFileSystem(), mounts: [] }),
    dispose: () => Promise.resolve(),
  }),
);

storageConformance('inside of a mount in a mount', () => {
  const tree = mountTree({
    mounts: [
      { path: at('/a'), fileSystem: new MemoryFileSystem() },
      { path: at('/a/b/c'), fileSystem: new MemoryFileSystem() },
    ],
  });
  return Promise.resolve({ fileSystem: seenFrom('/a/b/c', tree), dispose: () => Promise.resolve() });
});

async function threeTrees() {
  const [root, outer, inner] = [new MemoryFileSystem(), new MemoryFileSystem(), new MemoryFileSystem()];
  await put(root, '/top.txt', 'root');
  root.makeDirectory(at('/m'));
  await put(root, '/m/covered', 'not seen');
  await put(outer, '/outer.txt', 'outer');
  await put(inner, '/inner.txt', 'inner');
  const tree = mountTree({
    root,
    mounts: [
      { path: at('/m'), fileSystem: outer },
      { path: at('/m/x/y'), fileSystem: inner, readOnly: true },
    ],
  });
  return { tree: tree as Required<FileSystem>, root, outer, inner };
}

test('each path is served by the tree mounted deepest above it, and listings show mounts and the way to them', async () => {
  const { tree, outer } = await threeTrees();
  assert.deepEqual(await names(tree, '/'), ['m', 'top.txt']);
  assert.deepEqual(await names(tree, '/m'), ['outer.txt', 'x']);
  assert.deepEqual(await names(tree, '/m/x'), ['y']);
  assert.deepEqual(await names(tree, '/m/x/y'), ['inner.txt']);
  assert.equal((await get(tree, '/m/x/y/inner.txt')).toString(), 'inner');
  assert.ok((await list(tree, '/m/x')).every(({ type, name }) => type === 'directory' && name === 'y'));
  assert.deepEqual(
    [(await tree.stat(at('/m/x'))).name, (await tree.stat(at('/m/x/y'))).type],
    ['x', 'directory'],
  );
  assert.equal(await tree.realPath(at('/m/outer.txt')), '/m/outer.txt');
  outer.makeDirectory(at('/x'));
  await put(outer, '/x/real', '');
  assert.deepEqual(await names(tree, '/m/x'), ['real', 'y']);
  assert.deepEqual(await names(tree, '/m'), ['outer.txt', 'x'], 'a real directory on the way is told once');
});

test('nothing is made where only a way leads, and neither ways nor mounts are moved or removed', async () => {
  const { tree } = await threeTrees();
  await refuses('read-only', () => put(tree, '/m/x/new', ''));
  await refuses('read-only', () => tree.makeDirectory(at('/m/x/new')));
  await refuses('exists', () => tree.makeDirectory(at('/m/x')));
  for (const path of ['/m', '/m/x', '/m/x/y']) {
    await refuses('permission', () => tree.removeDirectory(at(path)));
    await refuses('permission', () => tree.rename(at(path), at('/elsewhere')));
    await refuses('permission', () => tree.rename(at('/top.txt'), at(path)));
    await refuses('is-directory', () => tree.openRead(at(path)));
    await refuses('is-directory', () => put(tree, path, ''));
    await refuses('is-directory', () => tree.removeFile(at(path)));
  }
});

test('from one tree into another is another device, whatever is moved', async () => {
  const { tree } = await threeTrees();
  await refuses('cross-device', () => tree.rename(at('/top.txt'), at('/m/top.txt')));
  await refuses('cross-device', () => tree.copyFile(at('/top.txt'), at('/m/top.txt')));
  await refuses('cross-device', () => tree.createHardLink(at('/top.txt'), at('/m/top.txt')));
  await tree.rename(at('/m/outer.txt'), at('/m/renamed.txt'));
  assert.equal((await get(tree, '/m/renamed.txt')).toString(), 'outer');
});

test('a read-only mount refuses every change and serves everything else', async () => {
  const { tree, inner } = await threeTrees();
  const path = at('/m/x/y/inner.txt');
  for (const change of [
    () => put(tree, '/m/x/y/new', ''),
    () => tree.makeDirectory(at('/m/x/y/new')),
    () => tree.removeFile(path),
    () => tree.removeDirectory(at('/m/x/y/new')),
    () => tree.rename(path, at('/m/x/y/new')),
    () => tree.setAttributes(path, { mode: 0o600 }),
    () => tree.setAttributes(at('/m/x/y'), { mode: 0o700 }),
    () => tree.createSymlink('inner.txt', at('/m/x/y/new')),
    () => tree.createHardLink(path, at('/m/x/y/new')),
    () => tree.copyFile(path, at('/m/x/y/new')),
  ]) {
    await refuses('read-only', change);
  }
  assert.deepEqual(await names(inner, '/'), ['inner.txt']);
  assert.equal((await tree.space(path)).readOnly, true);
});

test('a link leads nowhere but within its own tree', async () => {
  const { tree, outer } = await threeTrees();
  outer.createSymlink('/top.txt', at('/absolute'));
  outer.createSymlink('../top.txt', at('/upwards'));
  await refuses('not-found', () => tree.openRead(at('/m/absolute')));
  await refuses('not-found', () => tree.openRead(at('/m/upwards')));
});

test('a tree that fails is still listed by its neighbours’ side', async () => {
  const broken = new Proxy(new MemoryFileSystem(), {
    get: (target, name) =>
      name === 'capabilities'
        ? target.capabilities
        : () => {
            throw new Error('unreachable');
          },
  });
  const tree = mountTree({ mounts: [{ path: at('/broken'), fileSystem: broken }] });
  assert.deepEqual(await names(tree, '/'), ['broken']);
});

test('two trees cannot have one place', () => {
  const mounts = [at('/m'), at('/m')].map((path) => ({ path, fileSystem: new MemoryFileSystem() }));
  assert.throws(() => mountTree({ mounts }), { code: 'exists' });
});

test('handles keep their descriptors, so that the kernel can send from a mount', async () => {
  const scratch = await makeScratchTree();
  try {
    await put(scratch.fileSystem, '/file', 'content');
    const tree = mountTree({ mounts: [{ path: at('/disk'), fileSystem: scratch.fileSystem }] });
    const handle = await tree.openRead(at('/disk/file'));
    assert.equal(typeof handle.fileDescriptor, 'number');
    await handle.close();
  } finally {
    await scratch.dispose();
  }
});
