import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { ReadHandle } from '#core/file-system.ts';
import { connectSftp } from '#protocols/sftp/client/connect.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, put } from '../sftp/sftp-fixture.ts';
import { listen, serverOptions } from '../ssh/ssh-fixture.ts';
import { at, connectToTree, siteOptions } from './client-fixture.ts';

async function readWhole(handle: ReadHandle): Promise<Buffer> {
  const parts: Buffer[] = [];
  let position = 0;
  for (;;) {
    const target = Buffer.alloc(10_000);
    const count = await handle.read(target, position);
    if (count === 0) return Buffer.concat(parts);
    parts.push(target.subarray(0, count));
    position += count;
  }
}

test('a file goes up and comes down, and is not there before it is finished', async (t) => {
  const { connection, fileSystem } = await connectToTree(t);
  const content = randomBytes(1_000_000);
  const writing = await connection.openWrite(at('/file'));
  await writing.write(content.subarray(0, 600_000), 0);
  await writing.write(content.subarray(600_000), 600_000);
  await assert.rejects(connection.stat(at('/file')), { code: 'not-found' });
  await writing.finish();
  assert.equal((await connection.stat(at('/file'))).size, content.length);
  const names = [];
  for await (const batch of fileSystem.readDirectory(at('/'))) names.push(...batch.map(({ name }) => name));
  assert.deepEqual(names, ['file']);
  const reading = await connection.openRead(at('/file'));
  assert.equal(reading.entry.size, content.length);
  assert.ok((await readWhole(reading)).equals(content));
  const part = Buffer.alloc(100);
  assert.equal(await reading.read(part, 999_950), 50);
  assert.ok(part.subarray(0, 50).equals(content.subarray(999_950)));
  await reading.close();
});

test('copyTo and copyFrom move whole files, ranges and nothing', async (t) => {
  const { connection, fileSystem } = await connectToTree(t);
  const here = new MemoryFileSystem();
  const content = randomBytes(3_000_000);
  await put(here, '/from', content);
  for (const [start, length] of [
    [0, undefined],
    [0, 3_000_000],
    [1_234_567, 100_001],
    [2_999_999, undefined],
    [3_000_000, undefined],
  ] as const) {
    const expected = content.subarray(start, length === undefined ? undefined : start + length);
    const source = here.openRead(at('/from'));
    const up = await connection.openWrite(at('/up'));
    let progress = 0;
    const hash = createHash('sha256');
    const sent = await up.copyFrom?.(source, {
      start,
      length,
      onProgress: (octets) => (progress += octets),
      onChunk: (chunk) => void hash.update(chunk),
    });
    await up.finish();
    assert.equal(sent, expected.length);
    assert.equal(progress, expected.length);
    assert.equal(hash.digest('hex'), createHash('sha256').update(expected).digest('hex'));
    const uploaded = await fileSystem.openRead(at('/up'));
    assert.equal(uploaded.entry.size, expected.length === 0 ? 0 : start + expected.length);
    const down = await connection.openRead(at('/up'));
    const target = here.openWrite(at('/to'));
    const received = await down.copyTo?.(target, { start, length });
    await target.finish();
    await down.close();
    assert.equal(received, expected.length);
    const back = here.openRead(at('/to'));
    const landed = Buffer.alloc(expected.length);
    await back.read(landed, start);
    assert.ok(landed.equals(expected));
  }
});

test('the words of a file system go over the wire', async (t) => {
  const { connection, fileSystem } = await connectToTree(t);
  await connection.makeDirectory(at('/directory'), { mode: 0o750 });
  await put(fileSystem, '/directory/file', 'content');
  await assert.rejects(connection.makeDirectory(at('/directory')), { code: 'exists' });
  await assert.rejects(connection.removeDirectory(at('/directory')), { code: 'not-empty' });
  await assert.rejects(connection.removeFile(at('/directory')), { code: 'is-directory' });
  await assert.rejects(connection.openRead(at('/directory')), { code: 'is-directory' });
  await assert.rejects(connection.openWrite(at('/directory')), { code: 'is-directory' });
  await assert.rejects(connection.openRead(at('/none')), { code: 'not-found' });
  await assert.rejects(connection.rename(at('/directory'), at('/directory/in')), {
    code: 'invalid-argument',
  });
  await assert.rejects(connection.openWrite(at('/directory/file'), { disposition: 'create' }), {
    code: 'exists',
  });
  await connection.createSymlink('file', at('/directory/link'));
  assert.equal(await connection.readSymlink(at('/directory/link')), 'file');
  assert.equal((await connection.stat(at('/directory/link'))).type, 'file');
  const link = await connection.stat(at('/directory/link'), { followSymlink: false });
  assert.deepEqual([link.type, link.linkTarget], ['symlink', 'file']);
  await connection.createHardLink?.(at('/directory/file'), at('/directory/hard'));
  await connection.setAttributes(at('/directory/file'), { modifiedAt: 1_600_000_000_000, mode: 0o600 });
  const entry = await connection.stat(at('/directory/file'));
  assert.deepEqual([entry.modifiedAt, entry.mode], [1_600_000_000_000, 0o600]);
  await connection.copyFile?.(at('/directory/file'), at('/copy'));
  assert.equal(await get(fileSystem, '/copy'), 'content');
  await assert.rejects(connection.rename(at('/copy'), at('/directory/file'), { overwrite: false }), {
    code: 'exists',
  });
  await connection.rename(at('/copy'), at('/directory/file'));
  const digest = await connection.checksum?.(at('/directory/file'), 'SHA-256');
  assert.deepEqual(Buffer.from(digest ?? []), createHash('sha256').update('content').digest());
  assert.ok(((await connection.space?.(at('/')))?.totalBytes ?? 0) > 0);
  assert.equal(await connection.realPath(at('/directory/link')), '/directory/file');
  await connection.removeFile(at('/directory/link'));
  assert.equal(connection.home, '/');
});

test('an update writes in place, reads, and keeps what it does not touch', async (t) => {
  const { connection, fileSystem } = await connectToTree(t);
  await put(fileSystem, '/file', 'abcdefgh');
  const handle = await connection.openWrite(at('/file'), { disposition: 'update', readable: true });
  assert.equal(handle.initialSize, 8);
  await handle.write(Buffer.from('XY'), 2);
  const target = Buffer.alloc(20);
  assert.equal(await handle.read(target, 0), 8);
  assert.equal(target.toString('utf8', 0, 8), 'abXYefgh');
  await handle.truncate(5);
  await handle.sync();
  await handle.finish();
  assert.equal(await get(fileSystem, '/file'), 'abXYe');
});

test('an upload that is given up leaves nothing, and the old file as it was', async (t) => {
  const { connection, fileSystem } = await connectToTree(t);
  await put(fileSystem, '/file', 'old');
  const handle = await connection.openWrite(at('/file'));
  await handle.write(Buffer.from('new'), 0);
  await handle.abort();
  assert.equal(await get(fileSystem, '/file'), 'old');
  const names = [];
  for await (const batch of connection.readDirectory(at('/'))) names.push(...batch.map(({ name }) => name));
  assert.deepEqual(names, ['file']);
});

test('a directory of thousands is listed whole', async (t) => {
  const fileSystem = new MemoryFileSystem();
  for (let index = 0; index < 3000; index += 1) await put(fileSystem, `/entry-${index}`, '');
  const { connection } = await connectToTree(t, { fileSystem });
  const names = new Set<string>();
  for await (const batch of connection.readDirectory(at('/'))) for (const { name } of batch) names.add(name);
  assert.equal(names.size, 3000);
  await assert.rejects(
    (async () => {
      for await (const batch of connection.readDirectory(at('/entry-1'))) assert.ok(batch);
    })(),
    { code: 'not-directory' },
  );
});

test('many small files side by side, up and down', async (t) => {
  const { connection } = await connectToTree(t);
  const contents = Array.from({ length: 500 }, () => randomBytes(4096));
  await Promise.all(
    contents.map(async (content, index) => {
      const handle = await connection.openWrite(at(`/file-${index}`));
      await handle.write(content, 0);
      await handle.finish();
    }),
  );
  await Promise.all(
    contents.map(async (content, index) => {
      const handle = await connection.openRead(at(`/file-${index}`));
      const target = Buffer.alloc(5000);
      assert.equal(await handle.read(target, 0), 4096);
      assert.ok(target.subarray(0, 4096).equals(content));
      await handle.close();
    }),
  );
});

test('a connection that is closed fails what is under way and everything later', async (t) => {
  const { connection } = await connectToTree(t);
  const handle = await connection.openWrite(at('/file'));
  const pending = connection.stat(at('/'));
  const failing = assert.rejects(pending, { code: 'closed' });
  await connection.close();
  await failing;
  await assert.rejects(async () => handle.finish(), { code: 'closed' });
  await assert.rejects(connection.stat(at('/')), { code: 'closed' });
  assert.equal(connection.isClosed, true);
  await connection.close();
});

test('a server that starts no SFTP is told as one that cannot, and nothing is left behind', async (t) => {
  const { port } = await listen(t, serverOptions({ openSession: () => null }));
  await assert.rejects(connectSftp(siteOptions(port)), {
    code: 'not-supported',
    message: 'The server does not start "sftp"',
  });
});
