import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { bareEntry, type Entry } from '#core/entry.ts';
import type { CopyOptions } from '#core/copy.ts';
import type { ReadHandle } from '#core/file-system.ts';
import { packetType as type } from '#protocols/sftp/wire/packet-types.ts';
import type { SftpConnection } from '#protocols/sftp/client/sftp-connection.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { at } from './client-fixture.ts';
import { connectToRaw, data, fileAttributes, handle, status, type RawServer } from './raw-server.ts';

const content = randomBytes(5000);

/** A server of one file with that content, which notes what it is asked. */
function serverOf(bytes: Buffer): { readonly asked: number[]; readonly answer: RawServer['answer'] } {
  const asked: number[] = [];
  return {
    asked,
    answer: ({ type: kind, id, reader }) => {
      // The start of a session asks for limits.
      if (kind !== type.extended) asked.push(kind);
      if (kind === type.open) return handle(id);
      if (kind === type.stat) return fileAttributes(id, bytes.length);
      if (kind !== type.read) return status(id, 0);
      reader.string();
      const position = reader.uint64();
      const piece = bytes.subarray(position, position + reader.uint32());
      return piece.length === 0 ? status(id, 1) : data(id, piece);
    },
  };
}

function listed(size: number): Entry {
  return bareEntry('file', 'file', { size, modifiedAt: 1000, mode: 0o640 });
}

async function copied(source: ReadHandle, options: CopyOptions): Promise<Buffer> {
  const here = new MemoryFileSystem();
  const target = here.openWrite(at('/file'));
  const count = (await source.copyTo?.(target, options)) ?? 0;
  await target.finish();
  const bytes = Buffer.alloc(count);
  await here.openRead(at('/file')).read(bytes, options.start);
  return bytes;
}

async function opened(
  t: TestContext,
  server: RawServer,
  entry: Entry,
): Promise<{ readonly connection: SftpConnection; readonly source: ReadHandle }> {
  const connection = await connectToRaw(t, server);
  return { connection, source: await connection.openRead(at('/file'), { entry }) };
}

for (const pieceLength of [5, 4000, 100_000]) {
  test(`a listed file costs OPEN, one READ and CLOSE, answered in pieces of ${pieceLength}`, async (t) => {
    const { asked, answer } = serverOf(content);
    const entry = listed(content.length);
    const { connection, source } = await opened(t, { answer, pieceLength }, entry);
    assert.equal(source.entry, entry);
    assert.ok((await copied(source, { start: 0, length: content.length + 1 })).equals(content));
    await source.close();
    await connection.stat(at('/file'));
    assert.deepEqual(asked, [type.open, type.read, type.close, type.stat]);
  });
}

test('an empty listed file costs no more', async (t) => {
  const { asked, answer } = serverOf(Buffer.alloc(0));
  const { source } = await opened(t, { answer }, listed(0));
  assert.equal((await copied(source, { start: 0 })).length, 0);
  assert.deepEqual(asked, [type.open, type.read]);
});

for (const [what, size] of [
  ['longer', content.length - 1],
  ['much longer', 10],
  ['shorter', content.length + 1],
] as const) {
  test(`a file that is ${what} than it was listed is examined and read whole`, async (t) => {
    const { asked, answer } = serverOf(content);
    const { source } = await opened(t, { answer }, listed(size));
    assert.ok(asked.includes(type.stat));
    assert.equal(source.entry.size, content.length);
    assert.ok((await copied(source, { start: 0, length: content.length + 1 })).equals(content));
  });
}

test('a listed file is read in parts and at any position', async (t) => {
  const { answer } = serverOf(content);
  for (const [start, length] of [
    [0, 100],
    [100, 4000],
    [4999, undefined],
    [5000, undefined],
  ] as const) {
    const { source } = await opened(t, { answer }, listed(content.length));
    const expected = content.subarray(start, length === undefined ? undefined : start + length);
    assert.ok((await copied(source, { start, length })).equals(expected));
  }
  const { source } = await opened(t, { answer }, listed(content.length));
  for (const position of [0, 1000, 3000, 0]) {
    const target = Buffer.alloc(1000);
    assert.equal(await source.read(target, position), 1000);
    assert.ok(target.equals(content.subarray(position, position + 1000)));
  }
  assert.ok((await copied(source, { start: 0 })).equals(content));
});

test('what a server says against reading a listed file is told', async (t) => {
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    if (kind === type.open) return handle(id);
    return kind === type.stat ? fileAttributes(id, 10) : status(id, 3, 'Permission denied');
  };
  const { source } = await opened(t, { answer }, listed(10));
  await assert.rejects(copied(source, { start: 0 }), { code: 'permission' });
  const refusing: RawServer = { answer: ({ id }) => status(id, 2, 'No such file') };
  await assert.rejects(opened(t, refusing, listed(10)), { code: 'not-found' });
});

test('opening a listed file can be stopped while its octets are waited for', async (t) => {
  const stop = new AbortController();
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    if (kind === type.open) return handle(id);
    if (kind !== type.read) return status(id, 0);
    stop.abort();
    return null;
  };
  const connection = await connectToRaw(t, { answer });
  const opening = connection.openRead(at('/file'), { entry: listed(10), signal: stop.signal });
  await assert.rejects(opening, { code: 'aborted' });
});
