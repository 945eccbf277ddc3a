import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionsByName } from '#protocols/sftp/server/request-table.ts';
import { packetType } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { openSftp, put, type RawSftp } from '../sftp/sftp-fixture.ts';
import { Fuzz, Round } from './fuzzing.ts';

const names = ['/', '', 'file', '/dir', 'dir/new', 'link', '../..', 'a\0b', 'x'.repeat(300)] as const;
const requests = [
  packetType.open,
  packetType.close,
  packetType.read,
  packetType.write,
  packetType.lstat,
  packetType.fstat,
  packetType.setstat,
  packetType.fsetstat,
  packetType.opendir,
  packetType.readdir,
  packetType.remove,
  packetType.mkdir,
  packetType.rmdir,
  packetType.realpath,
  packetType.stat,
  packetType.rename,
  packetType.readlink,
  packetType.symlink,
  packetType.extended,
] as const;
const extensionNames = [...extensionsByName.keys()] as unknown as readonly [string, ...string[]];

/** A request whose fields are of the right kinds as often as not. */
function request(fuzz: Fuzz, id: number): Buffer {
  const type = fuzz.chance(20) ? fuzz.below(256) : fuzz.pick(requests);
  const writer = new SftpWriter(type === packetType.init ? packetType.stat : type).uint32(id);
  if (type === packetType.extended) writer.string(fuzz.pick(extensionNames));
  for (let field = fuzz.below(6); field > 0; field -= 1) {
    switch (fuzz.below(5)) {
      case 0:
        writer.string(fuzz.pick(names));
        break;
      case 1: {
        const handle = Buffer.alloc(4);
        handle.writeUInt32BE(fuzz.below(8));
        writer.string(handle);
        break;
      }
      case 2:
        writer.uint32(fuzz.uint32());
        break;
      case 3:
        // No more than that: a file system in memory is asked to be as long as the number says.
        writer.uint32(0).uint32(fuzz.below(1_000_000));
        break;
      default:
        writer.string(fuzz.bytes(200));
    }
  }
  return writer.finish();
}

const ascending = (one: number, other: number): number => one - other;

async function start(round: Round): Promise<RawSftp> {
  const fileSystem = new MemoryFileSystem({ capacity: 20_000_000 });
  await put(fileSystem, '/file', 'content');
  const { raw } = await openSftp(round, { fileSystem, limits: { handles: 8 } });
  await raw.status(packetType.mkdir, (writer) => writer.string('/dir').uint32(0));
  await raw.status(packetType.symlink, (writer) => writer.string('file').string('/link'));
  return raw;
}

test('O06: every request of no sense is answered once, with its number, and the session goes on', async () => {
  const fuzz = new Fuzz(3);
  const round = new Round();
  let raw = await start(round);
  while (fuzz.next()) {
    if (fuzz.chance(50)) {
      round.end();
      raw = await start(round);
    }
    const ids = Array.from({ length: 1 + fuzz.below(12) }, () => 0x1000_0000 + fuzz.below(1000));
    await raw.channel.write(Buffer.concat(ids.map((id) => request(fuzz, id))));
    const answered: number[] = [];
    while (answered.length < ids.length) answered.push((await raw.answer()).id);
    assert.deepEqual(answered.toSorted(ascending), ids.toSorted(ascending));
  }
  round.end();
});

test('O06: damaged packets end the channel or are answered, and the connection goes on', async () => {
  const fuzz = new Fuzz(4);
  while (fuzz.next()) {
    const round = new Round();
    const raw = await start(round);
    const packets = Array.from({ length: 4 }, (_, index) => fuzz.damage(request(fuzz, index)));
    await Promise.resolve(raw.channel.write(Buffer.concat(packets))).catch(() => undefined);
    raw.channel.end();
    while ((await raw.packet()) !== null);
    await raw.channel.whenClosed();
    round.end();
  }
});
