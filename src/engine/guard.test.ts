import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import { permissions, type AccessPolicy, type Permission } from '#core/permission.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/index.ts';
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
): Promise<{ guarded: FileSystem; inner: FileSystem; events: ServerEvent[] }> {
  const inner: FileSystem = new MemoryFileSystem();
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
