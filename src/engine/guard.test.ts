import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import { permissions, type AccessPolicy, type Permission } from '#core/permission.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { MemoryFileSystem, mountTree } from '#storage/index.ts';
import { EventBus, type ServerEvent } from './events.ts';
import { Session } from './session.ts';

const at = (path: string): VirtualPath => resolveVirtualPath(rootPath, path);

/** All rights but these. */
function without(...lacking: readonly Permission[]): AccessPolicy {
  return {
    decide: (permission) => ({ allowed: !lacking.includes(permission), rule: `test: ${permission}` }),
  };
}

async function openGuarded(
  access: AccessPolicy,
  inner: FileSystem = new MemoryFileSystem(),
): Promise<{ guarded: FileSystem; inner: FileSystem; events: ServerEvent[] }> {
  const handle = await inner.openWrite(at('/file'));
  await handle.write(Buffer.from('content'), 0);
  await handle.finish();
  await inner.makeDirectory(at('/dir'));
  const events: ServerEvent[] = [];
  const bus = new EventBus();
  bus.subscribe((event) => events.push(event));
  const endpoint = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 21 };
  const session = new Session({ protocol: 'ftp', endpoint, events: bus, end: () => undefined });
  const account: Account = {
    name: 'alice',
    anonymous: false,
    fileSystem: inner,
    home: rootPath,
    access,
    fxpNetworks: [],
    requireTls: false,
    administrator: false,
  };
  session.become(account);
  const { fileSystem } = session;
  assert.ok(fileSystem !== null);
  return { guarded: fileSystem, inner, events };
}

async function upload(
  fileSystem: FileSystem,
  path: string,
  disposition: 'replace' | 'update',
): Promise<void> {
  const handle = await fileSystem.openWrite(at(path), { disposition });
  await handle.finish();
}

/** What each right is for, and nothing else. */
const actions: Readonly<Record<Permission, readonly ((fileSystem: FileSystem) => unknown)[]>> = {
  list: [
    (fileSystem) => fileSystem.stat(at('/file')),
    (fileSystem) => Array.fromAsync(fileSystem.readDirectory(rootPath)),
    (fileSystem) => fileSystem.space?.(rootPath),
  ],
  download: [(fileSystem) => fileSystem.openRead(at('/file'))],
  upload: [
    (fileSystem) => upload(fileSystem, '/new', 'replace'),
    (fileSystem) => upload(fileSystem, '/new', 'update'),
  ],
  overwrite: [
    (fileSystem) => upload(fileSystem, '/file', 'replace'),
    (fileSystem) => fileSystem.setAttributes(at('/file'), { size: 1 }),
  ],
  append: [],
  delete: [(fileSystem) => fileSystem.removeFile(at('/file'))],
  rename: [(fileSystem) => fileSystem.rename(at('/file'), at('/other'))],
  'make-directory': [(fileSystem) => fileSystem.makeDirectory(at('/more'))],
  'remove-directory': [(fileSystem) => fileSystem.removeDirectory(at('/dir'))],
  'change-mode': [(fileSystem) => fileSystem.setAttributes(at('/file'), { mode: 0o600 })],
  'change-time': [(fileSystem) => fileSystem.setAttributes(at('/file'), { modifiedAt: 0 })],
  'change-owner': [(fileSystem) => fileSystem.setAttributes(at('/file'), { userId: 1 })],
  symlink: [(fileSystem) => fileSystem.createSymlink?.('file', at('/link'))],
  checksum: [(fileSystem) => fileSystem.checksum?.(at('/file'), 'SHA-256')],
};

for (const permission of permissions) {
  for (const [index, act] of actions[permission].entries()) {
    test(`without the right to ${permission} it is refused and nothing has changed (${index + 1})`, async () => {
      const { guarded, inner, events } = await openGuarded(without(permission));
      await assert.rejects(async () => act(guarded), { code: 'permission' });
      const names = (await Array.fromAsync(inner.readDirectory(rootPath))).flat().map(({ name }) => name);
      assert.deepEqual(names.sort(), ['dir', 'file']);
      assert.equal((await inner.stat(at('/file'))).size, 7);
      assert.ok(events.some((event) => event.event === 'denied' && event.action === permission));
    });
    test(`with the right to ${permission} it is done (${index + 1})`, async () => {
      const { guarded } = await openGuarded(without());
      await act(guarded);
    });
  }
}

test('without the right to append nothing existing is written in place, nor without any right to write', async () => {
  const { guarded } = await openGuarded(without('append', 'overwrite'));
  await assert.rejects(upload(guarded, '/file', 'update'), { code: 'permission' });
  await upload(guarded, '/new', 'update');
  const reader = await openGuarded(without('upload', 'append', 'overwrite'));
  await assert.rejects(upload(reader.guarded, '/missing', 'update'), { code: 'permission' });
});

test('a name that appears while an upload runs is not overwritten without the right to', async () => {
  const { guarded, inner } = await openGuarded(without('overwrite', 'append'));
  const handle = await guarded.openWrite(at('/late'));
  await upload(inner, '/late', 'replace');
  await assert.rejects(async () => handle.finish(), { code: 'exists' });
});

test('a rename replaces nothing without the right to overwrite', async () => {
  const { guarded, inner } = await openGuarded(without('overwrite'));
  await upload(inner, '/other', 'replace');
  await assert.rejects(async () => guarded.rename(at('/file'), at('/other')), { code: 'exists' });
});

test('new names hold no control characters, and set-uid and set-gid never travel', async () => {
  const { guarded, inner, events } = await openGuarded(without());
  await assert.rejects(async () => guarded.makeDirectory(at('/a\nb')), { code: 'name-invalid' });
  await assert.rejects(async () => guarded.rename(at('/file'), at('/a\u001bb')), { code: 'name-invalid' });
  await assert.rejects(upload(guarded, '/a\rb', 'replace'), { code: 'name-invalid' });
  await guarded.setAttributes(at('/file'), { mode: 0o4755 });
  assert.equal((await inner.stat(at('/file'))).mode, 0o755);
  assert.ok(events.some((event) => event.event === 'file-changed' && event.action === 'set-attributes'));
});

test('a change is told once, by the path that was named, wherever a link leads', async () => {
  const { guarded, inner, events } = await openGuarded(without());
  await inner.createSymlink?.('/dir', at('/link'));
  await guarded.makeDirectory(at('/link/more'));
  const told = events.filter(({ event }) => event === 'change-begun' || event === 'file-changed');
  assert.deepEqual(
    told.map((event) => [event.event, 'path' in event && event.path]),
    [
      ['change-begun', '/link/more'],
      ['file-changed', '/link/more'],
    ],
  );
  assert.equal((await inner.stat(at('/dir/more'))).type, 'directory');
});

test('a change that is not allowed where a link leads is refused there, and told as failed', async () => {
  const below: AccessPolicy = {
    decide: (_, path) => ({ allowed: !path.startsWith('/dir/'), rule: 'test: below' }),
  };
  const { guarded, inner, events } = await openGuarded(below);
  await inner.createSymlink?.('/dir', at('/link'));
  await assert.rejects(async () => guarded.makeDirectory(at('/link/more')), { code: 'permission' });
  assert.deepEqual(
    events.map((event) => [event.event, 'path' in event && event.path]),
    [
      ['change-begun', '/link/more'],
      ['denied', '/dir/more'],
      ['change-failed', '/link/more'],
    ],
  );
});

/** A storage that has links and cannot tell where they lead. */
const withoutRealPath = (): FileSystem =>
  Object.assign(new MemoryFileSystem(), { realPath: undefined, withoutLinks: undefined });

const linkBlindStorages: Readonly<Record<string, () => { tree: FileSystem; storage: FileSystem }>> = {
  alone: () => {
    const storage = withoutRealPath();
    return { tree: storage, storage };
  },
  'in a tree of mounts': () => {
    const storage = withoutRealPath();
    return { tree: mountTree({ root: storage, mounts: [] }), storage };
  },
};
for (const [where, make] of Object.entries(linkBlindStorages)) {
  test(`links that nobody can judge are not followed where rights differ by path (${where})`, async () => {
    const { tree, storage } = make();
    const { guarded } = await openGuarded(without(), tree);
    await storage.createSymlink?.('/file', at('/to-file'));
    await storage.createSymlink?.('/dir', at('/to-directory'));
    await assert.rejects(async () => guarded.openRead(at('/to-file')), { code: 'permission' });
    await assert.rejects(async () => guarded.stat(at('/to-file')), { code: 'permission' });
    await assert.rejects(upload(guarded, '/to-file', 'update'), { code: 'permission' });
    await assert.rejects(upload(guarded, '/to-directory/new', 'replace'), { code: 'permission' });
    await assert.rejects(async () => Array.fromAsync(guarded.readDirectory(at('/to-directory'))), {
      code: 'permission',
    });
    const handle = await guarded.openRead(at('/file'));
    await handle.close();
    await upload(guarded, '/dir/new', 'replace');
    assert.equal((await guarded.stat(at('/to-file'), { followSymlink: false })).type, 'symlink');
    await guarded.removeFile(at('/to-file'));
    assert.equal((await storage.stat(at('/file'))).size, 7);
  });
}

test('where all paths have the same rights it is all one where links lead', async () => {
  const { guarded, inner } = await openGuarded({ ...without(), uniform: true }, withoutRealPath());
  await inner.createSymlink?.('/file', at('/to-file'));
  const handle = await guarded.openRead(at('/to-file'));
  assert.equal(handle.entry.size, 7);
  await handle.close();
});
