import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFlag, packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, openSftp, statusOf } from './sftp-fixture.ts';

const replace = openFlag.write | openFlag.create | openFlag.truncate;

test('N16: 64 WRITEs, CLOSE and STAT sent at once see each other in order', async (t) => {
  const { raw } = await openSftp(t);
  const handle = await raw.open('/file', replace);
  const ids: number[] = [];
  for (let index = 0; index < 64; index += 1) {
    ids.push(
      await raw.send(type.write, (writer) =>
        writer
          .string(handle)
          .uint64(index * 32_768)
          .string(Buffer.alloc(32_768, index)),
      ),
    );
  }
  ids.push(await raw.send(type.close, (writer) => writer.string(handle)));
  const statId = await raw.send(type.stat, (writer) => writer.string('/file'));
  const seen = new Set<number>();
  for (let left = 66; left > 0; left -= 1) {
    const answer = await raw.answer();
    seen.add(answer.id);
    if (answer.id === statId) {
      answer.reader.uint32();
      assert.equal(answer.reader.uint64(), 64 * 32_768);
    } else {
      assert.equal(statusOf(answer), status.ok);
    }
  }
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [...ids, statId],
  );
});

test('WRITEs that end in another order are answered in the order they came', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const open = fileSystem.openWrite.bind(fileSystem);
  let letFirstEnd: () => void = () => undefined;
  fileSystem.openWrite = (path, options) => {
    const handle = open(path, options);
    const write = handle.write.bind(handle);
    handle.write = async (source: Uint8Array, position: number) => {
      const bytes = Buffer.from(source);
      if (position === 0) {
        await new Promise<void>((resolve) => {
          letFirstEnd = resolve;
        });
      }
      await write(bytes, position);
      if (position === 2) letFirstEnd();
    };
    return handle;
  };
  const { raw } = await openSftp(t, { fileSystem });
  const handle = await raw.open('/file', replace);
  const ids: number[] = [];
  for (const position of [0, 1, 2]) {
    ids.push(
      await raw.send(type.write, (writer) => writer.string(handle).uint64(position).string(String(position))),
    );
  }
  const answered = [await raw.answer(), await raw.answer(), await raw.answer()];
  assert.deepEqual(
    answered.map((answer) => answer.id),
    ids,
  );
  await raw.close(handle);
  assert.equal(await get(fileSystem, '/file'), '012');
});
