import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { startServer, type RawClient } from './harness.ts';
import { closed, contentOf, finished, namesIn, putFile } from './helpers.ts';

const whole = randomBytes(400_000);

/** Begins an upload of `whole` and gives its data connection once the server has taken some of it. */
async function beginUpload(client: RawClient): Promise<Socket> {
  const data = await client.passive();
  await client.command('STOR f', 150);
  data.write(whole.subarray(0, 300_000));
  for (let taken = 0; taken === 0;) {
    const { text } = await client.command('STAT', 211);
    taken = Number(/: (\d+) bytes so far/.exec(text)?.[1] ?? 0);
  }
  return data;
}

/** Goes on where the server says that it stopped, as clients do: SIZE, REST, STOR. */
async function resume(client: RawClient): Promise<void> {
  const { text } = await client.command('SIZE f', 213);
  const size = Number(text.slice(4));
  assert.ok(size > 0 && size <= 300_000, text);
  await client.command(`REST ${size}`, 350);
  await client.upload('STOR f', whole.subarray(size));
}

for (const kind of ['memory', 'local'] as const) {
  test(`F11 where partial uploads are kept, ABOR leaves what came, and STOR goes on there (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer({
        keepPartialUploads: true,
        fileSystem: kind === 'local' ? tree.fileSystem : new MemoryFileSystem(),
      });
      await putFile(fixture.fileSystem, '/f', 'as it was');
      const client = await fixture.login();
      const data = await beginUpload(client);
      await client.command('ABOR', 426);
      await client.expect(226);
      await closed(data);
      await assertBeginning(fixture.fileSystem);
      await resume(client);
      assert.deepEqual(await contentOf(fixture.fileSystem, '/f'), whole);
      assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    } finally {
      await tree.dispose();
    }
  });

  test(`A24 where partial uploads are kept, a lost client finds its part again (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer({
        keepPartialUploads: true,
        fileSystem: kind === 'local' ? tree.fileSystem : new MemoryFileSystem(),
      });
      const lost = await fixture.login();
      await beginUpload(lost);
      lost.socket.resetAndDestroy();
      const told = await fixture.event(finished('/f'));
      assert.ok(told.event === 'transfer-finished' && told.result === 'aborted');
      await resume(await fixture.login());
      assert.deepEqual(await contentOf(fixture.fileSystem, '/f'), whole);
    } finally {
      await tree.dispose();
    }
  });
}

async function assertBeginning(fileSystem: FileSystem): Promise<void> {
  const kept = await contentOf(fileSystem, '/f');
  assert.ok(kept !== null && kept !== undefined && kept.length > 0);
  assert.deepEqual(kept, whole.subarray(0, kept.length));
}

test('an upload of which nothing came leaves the older file, also where partial uploads are kept', async () => {
  await using fixture = await startServer({ keepPartialUploads: true, timeouts: { connectMs: 20 } });
  await putFile(fixture.fileSystem, '/f', 'as it was');
  const client = await fixture.login();
  await client.command('EPSV', 229);
  await client.command('STOR f', 150);
  await client.expect(425);
  const data = await client.passive();
  await client.command('STOR f', 150);
  await client.command('ABOR', 426);
  await client.expect(226);
  await closed(data);
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'as it was');
});

test('an upload that the disk has spoiled is discarded, also where partial uploads are kept', async () => {
  const memory = new MemoryFileSystem();
  await putFile(memory, '/f', 'as it was');
  const fileSystem = new FaultFileSystem(memory, [{ operation: 'write', after: 200_000, code: 'io' }]);
  await using fixture = await startServer({ keepPartialUploads: true, fileSystem });
  const client = await fixture.login();
  const data = await client.passive();
  data.on('error', () => undefined);
  await client.command('STOR f', 150);
  data.end(whole);
  await client.expect(451);
  assert.equal((await contentOf(memory, '/f'))?.toString(), 'as it was');
});
