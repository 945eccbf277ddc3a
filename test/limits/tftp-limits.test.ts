import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writable } from 'node:stream';
import { connect } from '#client/index.ts';
import { rootPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { put } from '#test/sftp/sftp-fixture.ts';
import { startLimited } from './limits-scene.ts';

const kib = 1024;

/** A sink that counts. */
function counter(): { readonly sink: Writable; readonly octets: () => number } {
  let octets = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      octets += chunk.length;
      done();
    },
  });
  return { sink, octets: () => octets };
}

test('the speed of the server holds TFTP back too, each way by its own limit', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const scene = await startLimited(t, {
    speed: { uploadBytesPerSecond: 200 * kib, downloadBytesPerSecond: 250 * kib },
    listen: { tftp: 0 },
    tftp: { write: 'create' },
    storage: fileSystem,
    fileSystem,
  });
  await put(fileSystem, '/file', Buffer.alloc(100 * kib, 'x'));
  await using remote = await connect(`tftp://127.0.0.1:${scene.port('tftp')}/`);
  const { sink, octets } = counter();
  const startedAt = performance.now();
  await remote.download('/file', sink);
  assert.equal(octets(), 100 * kib);
  const down = (performance.now() - startedAt) / 1000;
  assert.ok(down >= 0.1, `100 KiB at 250 KiB/s took ${down} s`);
  await remote.upload(Buffer.alloc(100 * kib, 'y'), '/new');
  const up = (performance.now() - startedAt) / 1000 - down;
  assert.ok(up >= 0.2, `100 KiB at 200 KiB/s took ${up} s`);
});

test('a file that is larger than TFTP may upload is refused, and nothing of it stays', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const scene = await startLimited(t, {
    storage: fileSystem,
    fileSystem,
    listen: { tftp: 0 },
    tftp: { write: 'create', limits: { uploadBytes: 50 * kib } },
  });
  await using remote = await connect(`tftp://127.0.0.1:${scene.port('tftp')}/`);
  await remote.upload(Buffer.alloc(50 * kib, 'x'), '/fits');
  await assert.rejects(remote.upload(Buffer.alloc(50 * kib + 1, 'x'), '/over'));
  const entries = await Array.fromAsync(fileSystem.readDirectory(rootPath));
  assert.deepEqual(
    entries.flat().map(({ name }) => name),
    ['fits'],
  );
});
