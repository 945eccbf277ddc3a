import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualPath } from '#core/virtual-path.ts';
import { fullAccess, readOnlyAccess } from '#core/permission.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { Session } from '#engine/session.ts';
import { openFlag, packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, openSftp, put, startSftp, statusOf } from './sftp-fixture.ts';

const create = openFlag.write | openFlag.create;
const replace = create | openFlag.truncate;

test('N01: INIT of a later version is answered with 3 and the extensions', async (t) => {
  const { raw } = await startSftp(t);
  await raw.channel.write(new SftpWriter(type.init).uint32(6).string('newline').string('\n').finish());
  const packet = await raw.packet();
  assert.equal(packet?.[0], type.version);
  assert.equal(packet.readUInt32BE(1), 3);
  const text = packet.toString('latin1');
  const names = [
    'posix-rename',
    'statvfs',
    'fstatvfs',
    'hardlink',
    'fsync',
    'lsetstat',
    'limits',
    'expand-path',
  ];
  for (const name of names) assert.ok(text.includes(`${name}@openssh.com`), name);
  for (const name of ['copy-data', 'home-directory', 'check-file', 'space-available']) {
    assert.ok(text.includes(name), name);
  }
});

const breaches: Readonly<Record<string, Buffer>> = {
  'a request before INIT': new SftpWriter(type.stat).uint32(1).string('/').finish(),
  'INIT of version 2': new SftpWriter(type.init).uint32(2).finish(),
  'a length of 0': Buffer.alloc(4),
  'a length of 1 GiB': Buffer.from([0x40, 0, 0, 0]),
};

for (const [what, packet] of Object.entries(breaches)) {
  test(`things 36, N01: ${what} ends the channel with status 1`, async (t) => {
    const { raw } = await startSftp(t);
    await raw.channel.write(packet);
    assert.equal(await raw.packet(), null);
    await raw.channel.whenClosed();
    assert.equal(raw.channel.exitStatus, 1);
  });
}

test('a second INIT ends the channel', async (t) => {
  const { raw } = await openSftp(t);
  await raw.channel.write(new SftpWriter(type.init).uint32(3).finish());
  assert.equal(await raw.packet(), null);
});

test('N17, things 36: packets in single octets and packets in one piece are the same', async (t) => {
  const { raw } = await openSftp(t);
  const packet = new SftpWriter(type.realpath).uint32(7).string('.').finish();
  for (const octet of packet) await raw.channel.write(Buffer.from([octet]));
  await raw.channel.write(Buffer.concat([packet, packet]));
  for (let index = 0; index < 3; index += 1) {
    const answer = await raw.answer();
    assert.equal(answer.id, 7);
    assert.equal(answer.type, type.name);
  }
});

test('N02: REALPATH starts at home and never leaves the root', async (t) => {
  const { raw, fileSystem } = await openSftp(t, { home: '/home/user' as VirtualPath });
  await fileSystem.makeDirectory('/home' as VirtualPath);
  await fileSystem.makeDirectory('/home/user' as VirtualPath);
  for (const [path, expected] of [
    ['.', '/home/user'],
    ['', '/home/user'],
    ['x', '/home/user/x'],
    ['/a/../b', '/b'],
    ['../../../../etc', '/etc'],
    ['/..', '/'],
  ] as const) {
    const { reader } = await raw.ask(type.realpath, (writer) => writer.string(path));
    assert.equal(reader.uint32(), 1);
    assert.equal(reader.text(), expected, path);
  }
  assert.equal(
    await raw.status(type.realpath, (writer) => writer.string('/missing/below')),
    status.noSuchFile,
  );
});

test('N03: OPEN keeps to its flags', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/old', 'content');
  const open = (path: string, flags: number): Promise<number> =>
    raw.status(type.open, (writer) => writer.string(path).uint32(flags).uint32(0));
  assert.equal(await open('/missing', openFlag.read), status.noSuchFile);
  assert.equal(await open('/missing', openFlag.write), status.noSuchFile);
  assert.equal(await open('/old', create | openFlag.exclusive), status.failure);
  assert.equal(await open('/', openFlag.read), status.failure);
  await raw.close(await raw.open('/old', create));
  assert.equal(await get(fileSystem, '/old'), 'content');
  await raw.close(await raw.open('/old', replace));
  assert.equal(await get(fileSystem, '/old'), '');
});

test('N04: READ is short only at the end, and says EOF there', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', Buffer.alloc(300_000, 'x'));
  const handle = await raw.open('/file', openFlag.read);
  const read = (position: number, length: number) =>
    raw.ask(type.read, (writer) => writer.string(handle).uint64(position).uint32(length));
  assert.equal((await read(0, 10)).reader.string().length, 10);
  assert.equal((await read(299_990, 100)).reader.string().length, 10);
  assert.equal((await read(0, 0xffff_ffff)).reader.string().length, 261_120);
  assert.equal((await read(5, 0)).reader.string().length, 0);
  assert.equal(statusOf(await read(300_000, 1)), status.endOfFile);
  assert.equal(statusOf(await read(2 ** 52, 1)), status.endOfFile);
});

test('N05: WRITE fills gaps with zeros, and an appending handle ignores positions', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  const handle = await raw.open('/file', replace);
  assert.equal(await raw.write(handle, 4, 'end'), status.ok);
  assert.equal(await raw.close(handle), status.ok);
  assert.equal(await get(fileSystem, '/file'), '\0\0\0\0end');
  const appending = await raw.open('/file', openFlag.write | openFlag.append);
  await raw.write(appending, 0, '+1');
  await raw.write(appending, 0, '+2');
  await raw.close(appending);
  assert.equal(await get(fileSystem, '/file'), '\0\0\0\0end+1+2');
});

test('an upload shows under its name only when it is closed, but for the client that makes it', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'before');
  const handle = await raw.open('/file', replace);
  await raw.write(handle, 0, 'afterwards');
  assert.equal(await get(fileSystem, '/file'), 'before');
  const answer = await raw.ask(type.stat, (writer) => writer.string('/file'));
  assert.equal(answer.type, type.attributes);
  answer.reader.uint32();
  assert.equal(answer.reader.uint64(), 10);
  await raw.close(handle);
  assert.equal(await get(fileSystem, '/file'), 'afterwards');
});

test('an upload that is never closed leaves the name as it was', async (t) => {
  const bus = new EventBus();
  const ended = new Promise<ServerEvent>((resolve) => {
    bus.subscribe(resolve, ['transfer-finished']);
  });
  const endpoint = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 22 };
  const session = new Session({ protocol: 'sftp', endpoint, events: bus, end: () => undefined });
  const { raw, fileSystem } = await openSftp(t, { session });
  await put(fileSystem, '/file', 'before');
  await raw.write(await raw.open('/file', replace), 0, 'half of i');
  raw.channel.end();
  const event = await ended;
  assert.ok(event.event === 'transfer-finished');
  assert.deepEqual([event.result, event.direction, event.bytes], ['aborted', 'upload', 9]);
  assert.equal(await get(fileSystem, '/file'), 'before');
});

test('what the client itself does with the name of its open upload finds the upload', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  const renamed = await raw.open('/a', replace);
  await raw.write(renamed, 0, 'one');
  assert.equal(await raw.status(type.rename, (writer) => writer.string('/a').string('/b')), status.ok);
  const removed = await raw.open('/c', replace);
  assert.equal(await raw.status(type.remove, (writer) => writer.string('/c')), status.ok);
  assert.equal(await raw.write(removed, 0, 'gone'), status.ok);
  assert.equal(await raw.close(removed), status.ok);
  assert.equal(await get(fileSystem, '/b'), 'one');
  await assert.rejects(async () => get(fileSystem, '/c'), { code: 'not-found' });
});

test('things 36, N06: handles that are closed, made up or of another kind are refused and the session goes on', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'x');
  const handle = await raw.open('/file', openFlag.read);
  await raw.close(handle);
  const read = (which: Buffer): Promise<number> =>
    raw.status(type.read, (writer) => writer.string(which).uint64(0).uint32(1));
  assert.equal(await read(handle), status.failure);
  assert.equal(await read(Buffer.from('made up')), status.failure);
  assert.equal(await read(Buffer.alloc(0)), status.failure);
  const directory = await raw.ask(type.opendir, (writer) => writer.string('/'));
  const directoryHandle = directory.reader.string();
  assert.equal(await read(directoryHandle), status.failure);
  assert.equal(await raw.close(directoryHandle), status.ok);
  const file = await raw.open('/file', openFlag.read);
  assert.equal(await raw.status(type.readdir, (writer) => writer.string(file)), status.failure);
  assert.equal(await raw.write(file, 0, 'y'), status.permissionDenied);
});

test('things 36: handles are limited, and closing makes room', async (t) => {
  const { raw, fileSystem } = await openSftp(t, { limits: { handles: 3 } });
  await put(fileSystem, '/file', 'x');
  const handles = [];
  for (let index = 0; index < 3; index += 1) handles.push(await raw.open('/file', openFlag.read));
  const again = (): Promise<number> =>
    raw.status(type.open, (writer) => writer.string('/file').uint32(1).uint32(0));
  assert.equal(await again(), status.failure);
  await raw.close(handles[0] ?? Buffer.alloc(0));
  assert.equal(await again(), -1);
});

test('N07: READDIR tells every entry once, with . and .., in packets of bounded length', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  const expected = ['.', '..'];
  for (let index = 0; index < 700; index += 1) {
    const name = `entry-${String(index).padStart(60, '0')}`;
    expected.push(name);
    await put(fileSystem, `/${name}`, 'x');
  }
  const { reader } = await raw.ask(type.opendir, (writer) => writer.string('/'));
  const handle = reader.string();
  const names: string[] = [];
  for (;;) {
    const id = await raw.send(type.readdir, (writer) => writer.string(handle));
    const packet = await raw.answer();
    assert.equal(packet.id, id);
    if (packet.type === type.status) {
      assert.equal(statusOf(packet), status.endOfFile);
      break;
    }
    assert.ok(packet.reader.remaining < 34_000);
    for (let count = packet.reader.uint32(); count > 0; count -= 1) {
      const name = packet.reader.text();
      names.push(name);
      assert.match(packet.reader.text(), new RegExp(`^[-d]rw.{7} +\\d+ .* ${name.replaceAll('.', '\\.')}$`));
      const flags = packet.reader.uint32();
      packet.reader.uint64();
      if ((flags & 2) !== 0) packet.reader.uint64();
      for (let field = 0; field < 3; field += 1) packet.reader.uint32();
    }
  }
  assert.deepEqual(names.toSorted(), expected.toSorted());
});

test('N08, N12: links: STAT follows and LSTAT does not, dangling ones are not found, the text comes first', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'x');
  assert.equal(await raw.status(type.symlink, (writer) => writer.string('file').string('/link')), status.ok);
  const target = await raw.ask(type.readlink, (writer) => writer.string('/link'));
  target.reader.uint32();
  assert.equal(target.reader.text(), 'file');
  await raw.status(type.symlink, (writer) => writer.string('nowhere').string('/dangling'));
  assert.equal(await raw.status(type.stat, (writer) => writer.string('/dangling')), status.noSuchFile);
  const mode = async (request: number): Promise<number> => {
    const { reader } = await raw.ask(request, (writer) => writer.string('/link'));
    reader.uint32();
    reader.uint64();
    reader.uint64();
    return reader.uint32() & 0o170_000;
  };
  assert.equal(await mode(type.stat), 0o100_000);
  assert.equal(await mode(type.lstat), 0o120_000);
});

test('N10, N11: names: directories, removal and renaming answer as OpenSSH does', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/one', '1');
  await put(fileSystem, '/two', '2');
  const path = (request: number, name: string, ...rest: readonly string[]): Promise<number> =>
    raw.status(request, (writer) => {
      writer.string(name);
      for (const other of rest) writer.string(other);
      if (request === type.mkdir) writer.uint32(0);
    });
  assert.equal(await path(type.mkdir, '/dir'), status.ok);
  assert.equal(await path(type.mkdir, '/dir'), status.failure);
  assert.equal(await path(type.remove, '/dir'), status.failure);
  assert.equal(await path(type.remove, '/missing'), status.noSuchFile);
  assert.equal(await path(type.rename, '/one', '/two'), status.failure);
  assert.equal(await get(fileSystem, '/two'), '2');
  assert.equal(await path(type.rename, '/one', '/dir/one'), status.ok);
  assert.equal(await path(type.rmdir, '/dir'), status.failure);
  const rename = await raw.extended('posix-rename@openssh.com', (writer) =>
    writer.string('/dir/one').string('/two'),
  );
  assert.equal(statusOf(rename), status.ok);
  assert.equal(await get(fileSystem, '/two'), '1');
  assert.equal(await path(type.rmdir, '/dir'), status.ok);
});

test('N09: SETSTAT changes size, mode and times; unknown flags are a bad message', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'content');
  const set = (write: (writer: SftpWriter) => void): Promise<number> =>
    raw.status(type.setstat, (writer) => {
      writer.string('/file');
      write(writer);
    });
  assert.equal(await set((writer) => writer.uint32(1).uint64(3)), status.ok);
  assert.equal(await set((writer) => writer.uint32(4).uint32(0o100_640)), status.ok);
  assert.equal(await set((writer) => writer.uint32(8).uint32(1000).uint32(0xffff_fff0)), status.ok);
  assert.equal(await set((writer) => writer.uint32(0x100)), status.badMessage);
  assert.equal(await set((writer) => writer.uint32(1)), status.badMessage);
  const entry = await fileSystem.stat('/file' as VirtualPath);
  assert.deepEqual(
    [entry.size, entry.mode, entry.accessedAt, entry.modifiedAt],
    [3, 0o640, 1_000_000, 0xffff_fff0 * 1000],
  );
  await fileSystem.setAttributes('/file' as VirtualPath, { modifiedAt: -5000, accessedAt: 2 ** 33 * 1000 });
  const { reader } = await raw.ask(type.stat, (writer) => writer.string('/file'));
  reader.uint32();
  reader.uint64();
  reader.uint64();
  reader.uint32();
  assert.deepEqual([reader.uint32(), reader.uint32()], [0xffff_ffff, 0]);
});

test('N15, N19: NUL, endless names and unknown requests get a status and the session goes on', async (t) => {
  const { raw } = await openSftp(t);
  const stat = (path: string): Promise<number> => raw.status(type.stat, (writer) => writer.string(path));
  assert.equal(await stat('/a\0b'), status.failure);
  assert.equal(await stat(`/${'x'.repeat(5000)}`), status.badMessage);
  assert.equal(await raw.status(99), status.operationUnsupported);
  assert.equal(statusOf(await raw.extended('strange@example.org')), status.operationUnsupported);
  assert.equal(await raw.status(type.stat, (writer) => writer.uint32(1000)), status.badMessage);
  const { type: answer } = await raw.ask(type.stat, (writer) => writer.string('/'));
  assert.equal(answer, type.attributes);
});

test('N18: an account that may only read is told so for every change', async (t) => {
  const inner = new MemoryFileSystem();
  await put(inner, '/file', 'x');
  const endpoint = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 22 };
  const session = new Session({ protocol: 'sftp', endpoint, events: new EventBus(), end: () => undefined });
  session.become({
    name: 'user',
    anonymous: false,
    fileSystem: inner,
    home: '/' as VirtualPath,
    access: readOnlyAccess,
    fxpNetworks: [],
    requireTls: false,
    administrator: false,
  });
  assert.ok(session.fileSystem !== null && fullAccess !== readOnlyAccess);
  const { raw } = await openSftp(t, { fileSystem: session.fileSystem });
  const path = (request: number, ...fields: readonly string[]): Promise<number> =>
    raw.status(request, (writer) => {
      for (const field of fields) writer.string(field);
      if (request === type.open) writer.uint32(replace);
      if (request !== type.remove) writer.uint32(0);
    });
  assert.equal(await path(type.open, '/file'), status.permissionDenied);
  assert.equal(await path(type.remove, '/file'), status.permissionDenied);
  assert.equal(await path(type.mkdir, '/dir'), status.permissionDenied);
  assert.equal(await path(type.rename, '/file', '/other'), status.permissionDenied);
  const mode = raw.status(type.setstat, (writer) => writer.string('/file').uint32(4).uint32(0o777));
  assert.equal(await mode, status.permissionDenied);
});

test('things 36: a client that asks for much and reads nothing is not read from any more', async (t) => {
  const { raw, fileSystem } = await openSftp(t, { limits: { outstandingBytes: 1_000_000 } });
  await put(fileSystem, '/file', Buffer.alloc(261_120, 'x'));
  const handle = await raw.open('/file', openFlag.read);
  const count = 200;
  for (let index = 0; index < count; index += 1) {
    await raw.send(type.read, (writer) => writer.string(handle).uint64(0).uint32(261_120));
  }
  for (let index = 0; index < count; index += 1) {
    const answer = await raw.answer();
    assert.equal(answer.reader.string().length, 261_120);
  }
});

test('N20: the end of the channel is answered with exit status 0', async (t) => {
  const { raw } = await openSftp(t);
  raw.channel.end();
  assert.equal(await raw.packet(), null);
  await raw.channel.whenClosed();
  assert.equal(raw.channel.exitStatus, 0);
});
