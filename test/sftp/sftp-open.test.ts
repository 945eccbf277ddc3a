import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFlag, packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { serveSftp } from '#protocols/sftp/server/sftp-server.ts';
import { rootPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { connectPair } from '../ssh/ssh-fixture.ts';
import { get, openSftp, put, RawSftp } from './sftp-fixture.ts';

test('N03: CREAT, EXCL and TRUNC count also for a file that is only read', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/old', 'content');
  const open = (path: string, flags: number): Promise<number> =>
    raw.status(type.open, (writer) => writer.string(path).uint32(flags).uint32(0));
  assert.equal(await open('/old', openFlag.create | openFlag.exclusive), status.failure);
  assert.equal(await open('/missing', openFlag.read | openFlag.truncate), status.noSuchFile);
  const old = await raw.open('/old', openFlag.read | openFlag.create);
  const data = await raw.ask(type.read, (writer) => writer.string(old).uint64(0).uint32(100));
  assert.equal(data.reader.string().toString(), 'content');
  await raw.close(await raw.open('/new', openFlag.read | openFlag.create));
  assert.equal(await get(fileSystem, '/new'), '');
  await raw.close(await raw.open('/only', openFlag.create | openFlag.exclusive));
  assert.equal(await get(fileSystem, '/only'), '');
  await raw.close(await raw.open('/old', openFlag.read | openFlag.truncate));
  assert.equal(await get(fileSystem, '/old'), '');
});

test('a file that is open for writing is opened again by its own client, and both handles mean one file', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/log', 'start ');
  const [first, second] = [
    await raw.open('/log', openFlag.write | openFlag.append),
    await raw.open('/log', openFlag.write | openFlag.append),
  ];
  await raw.write(first, 0, 'one ');
  await raw.write(second, 0, 'two ');
  await raw.close(first);
  const third = await raw.open('/log', openFlag.write);
  assert.equal(await raw.write(third, 0, 'START'), status.ok);
  await raw.write(second, 0, 'three');
  assert.equal(await raw.close(third), status.ok);
  assert.equal(await raw.close(second), status.ok);
  assert.equal(await get(fileSystem, '/log'), 'START one two three');
  const again = await raw.open('/log', openFlag.write);
  await raw.status(type.rename, (writer) => writer.string('/log').string('/moved'));
  await put(fileSystem, '/log', 'another');
  const other = await raw.open('/log', openFlag.write);
  await raw.write(other, 0, 'ANOTHER');
  await raw.write(again, 0, 'moved');
  await raw.close(again);
  await raw.close(other);
  assert.equal(await get(fileSystem, '/log'), 'ANOTHER');
  assert.equal(await get(fileSystem, '/moved'), 'moved one two three');
});

test('a file that is open to be written is opened again to be read and written, as programs on a mounted tree do', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  const create = openFlag.write | openFlag.create;
  for (const first of [create, create | openFlag.truncate, create | openFlag.append]) {
    const writer = await raw.open('/file', first);
    assert.equal(await raw.write(writer, 0, 'first'), status.ok);
    const both = await raw.open('/file', openFlag.read | openFlag.write);
    assert.equal(await raw.write(both, 5, ' second'), status.ok);
    const data = await raw.ask(type.read, (writing) => writing.string(both).uint64(0).uint32(100));
    assert.equal(data.reader.string().toString(), 'first second');
    const unread = raw.status(type.read, (writing) => writing.string(writer).uint64(0).uint32(1));
    assert.notEqual(await unread, -1, 'the first handle still only writes');
    assert.equal(await raw.close(writer), status.ok);
    assert.equal(await raw.write(both, 0, 'First'), status.ok);
    assert.equal(await raw.close(both), status.ok);
    assert.equal(await get(fileSystem, '/file'), 'First second');
    await raw.status(type.remove, (writing) => writing.string('/file'));
  }
});

test('pipelined writes through two handles of one file keep their order, whatever looks at its name between', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', '');
  const update = openFlag.read | openFlag.write;
  const handles = [await raw.open('/file', update), await raw.open('/file', update)];
  for (let index = 0; index < 40; index += 1) {
    await raw.send(type.write, (writer) =>
      writer
        .string(handles[index % 2] ?? '')
        .uint64(0)
        .string(String(index).padStart(2, '0')),
    );
    await raw.send(type.stat, (writer) => writer.string('/file'));
  }
  for (let index = 0; index < 80; index += 1) await raw.answer();
  for (const handle of handles) assert.equal(await raw.close(handle), status.ok);
  assert.equal(await get(fileSystem, '/file'), '39');
});

test('N09: a handle that reads changes no size, and everything else by its name', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'content');
  const handle = await raw.open('/file', openFlag.read);
  const size = raw.status(type.fsetstat, (writer) => writer.string(handle).uint32(1).uint64(1));
  assert.equal(await size, status.badMessage);
  const mode = raw.status(type.fsetstat, (writer) => writer.string(handle).uint32(4).uint32(0o600));
  assert.equal(await mode, status.ok);
  assert.equal(await get(fileSystem, '/file'), 'content');
});

test('things 36: a handle of one channel means nothing on another of the same connection', async (t) => {
  const fileSystem = new MemoryFileSystem();
  await put(fileSystem, '/file', 'content');
  const { client } = await connectPair(t, {
    openSession: () => (channel) => serveSftp(channel, { fileSystem, home: rootPath, user: 'user' }),
  });
  const [one, other] = [
    new RawSftp(await client.openSubsystem('sftp')),
    new RawSftp(await client.openSubsystem('sftp')),
  ];
  for (const raw of [one, other]) {
    await raw.channel.write(new SftpWriter(type.init).uint32(3).finish());
    await raw.packet();
  }
  const handle = await one.open('/file', openFlag.read);
  const read = (raw: RawSftp): Promise<number> =>
    raw.status(type.read, (writer) => writer.string(handle).uint64(0).uint32(10));
  assert.equal(await read(other), status.failure);
  assert.equal(await other.close(handle), status.failure);
  assert.equal(await read(one), -1);
});
