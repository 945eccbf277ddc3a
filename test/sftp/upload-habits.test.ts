import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { openFlag, packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, openSftp, put, type RawSftp } from './sftp-fixture.ts';

const replace = openFlag.write | openFlag.create | openFlag.truncate;

async function sizeOf(raw: RawSftp, path: string): Promise<number | null> {
  const answer = await raw.ask(type.stat, (writer) => writer.string(path));
  if (answer.type !== type.attributes) return null;
  answer.reader.uint32();
  return answer.reader.uint64();
}

const ok = async (answer: Promise<number>): Promise<void> => {
  assert.equal(await answer, status.ok);
};

const setTimes = (raw: RawSftp, path: string): Promise<number> =>
  raw.status(type.setstat, (writer) => writer.string(path).uint32(8).uint32(1000).uint32(2000));

const rename = (raw: RawSftp, from: string, to: string): Promise<number> =>
  raw.status(type.rename, (writer) => writer.string(from).string(to));

async function modifiedAt(fileSystem: FileSystem, path: string): Promise<number | null> {
  return (await fileSystem.stat(path as VirtualPath)).modifiedAt;
}

/** Writes a part and loses the connection. */
async function breakOff(raw: RawSftp, path: string, flags: number): Promise<void> {
  await ok(raw.write(await raw.open(path, flags), 0, 'half'));
  raw.channel.destroy();
  await raw.channel.whenClosed();
}

test('FileZilla: writes, closes, and sets the times of the name', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'an older and longer one');
  const handle = await raw.open('/file', replace);
  await ok(raw.write(handle, 0, 'whole'));
  assert.equal(await sizeOf(raw, '/file'), 5);
  await ok(raw.close(handle));
  await ok(setTimes(raw, '/file'));
  assert.equal(await get(fileSystem, '/file'), 'whole');
  assert.equal(await modifiedAt(fileSystem, '/file'), 2_000_000);
});

test('FileZilla: goes on with a file by its size, without TRUNC', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'half');
  const at = await sizeOf(raw, '/file');
  const handle = await raw.open('/file', openFlag.write | openFlag.create);
  await ok(raw.write(handle, at ?? 0, ' and half'));
  await ok(raw.close(handle));
  assert.equal(await get(fileSystem, '/file'), 'half and half');
});

for (const name of ['/big.iso.filepart', '/big.iso.part']) {
  test(`WinSCP and KDE: what came of ${name} outlives a break, is gone on with and takes its name`, async (t) => {
    const fileSystem = new MemoryFileSystem();
    await put(fileSystem, '/big.iso', 'older');
    const first = await openSftp(t, { fileSystem });
    await breakOff(first.raw, name, replace);
    const { raw } = await openSftp(t, { fileSystem });
    assert.equal(await sizeOf(raw, name), 4);
    const handle = await raw.open(name, openFlag.write);
    await ok(raw.write(handle, 4, ' and half'));
    await ok(raw.close(handle));
    assert.equal(await rename(raw, name, '/big.iso'), status.failure);
    await ok(raw.status(type.remove, (writer) => writer.string('/big.iso')));
    await ok(rename(raw, name, '/big.iso'));
    await ok(setTimes(raw, '/big.iso'));
    assert.equal(await get(fileSystem, '/big.iso'), 'half and half');
    assert.equal(await sizeOf(raw, name), null);
  });
}

test('rclone: writes out of order under a name of its own, looks at it, and moves it over the old one', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'older');
  const partial = '/file.3f2a.partial';
  const handle = await raw.open(partial, replace);
  await ok(raw.write(handle, 4, 'tail'));
  await ok(raw.write(handle, 0, 'head'));
  await ok(raw.close(handle));
  await ok(setTimes(raw, partial));
  assert.equal(await sizeOf(raw, partial), 8);
  const moved = await raw.extended('posix-rename@openssh.com', (writer) =>
    writer.string(partial).string('/file'),
  );
  assert.equal(moved.reader.uint32(), status.ok);
  assert.equal(await get(fileSystem, '/file'), 'headtail');
  assert.equal(await modifiedAt(fileSystem, '/file'), 2_000_000);
});

test('any other name: a break leaves the older file, and nothing of the new one', async (t) => {
  const fileSystem = new MemoryFileSystem();
  await put(fileSystem, '/file', 'older');
  const first = await openSftp(t, { fileSystem });
  await breakOff(first.raw, '/file', replace);
  const { raw } = await openSftp(t, { fileSystem });
  assert.equal(await sizeOf(raw, '/file'), 5);
});
