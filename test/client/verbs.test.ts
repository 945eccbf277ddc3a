import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { Gate, FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { get, names, pattern, put, scratch } from './places.ts';
import { serve } from './served.ts';

const megabyte = 1024 * 1024;

for (const scheme of ['ftp', 'ftps', 'ftpes', 'ftp+ssh', 'sftp']) {
  suite(scheme, { concurrency: false }, () => {
    test('every verb does what it says', async (t) => {
      const served = await serve(t);
      const { fileSystem } = served;
      const remote = await served.connect(scheme);
      assert.equal(remote.facts.protocol, scheme === 'ftp' ? 'ftpes' : scheme);
      await remote.makeDirectory('a/b/c', { recursive: true });
      await remote.makeDirectory('a/b', { recursive: true });
      await remote.write('a/hello.txt', 'Grüße\n');
      assert.equal(await remote.readText('a/hello.txt'), 'Grüße\n');
      assert.equal((await remote.stat('a/hello.txt')).size, 8);
      assert.equal(await remote.exists('a/hello.txt'), true);
      assert.equal(await remote.exists('a/none'), false);
      await remote.rename('a/hello.txt', 'a/b/moved.txt');
      await remote.chmod('a/b/moved.txt', 0o600);
      await remote.setTimes('a/b/moved.txt', { modifiedAt: new Date('2020-02-29T12:00:00Z') });
      const { mode, modifiedAt } = await remote.stat('a/b/moved.txt');
      assert.equal((mode ?? 0) & 0o777, 0o600);
      assert.equal(modifiedAt, Date.parse('2020-02-29T12:00:00Z'));
      await remote.touch('a/empty');
      const listed: string[] = [];
      for await (const { path, type } of remote.list('a', { recursive: true }))
        listed.push(`${type} ${path}`);
      assert.deepEqual(listed.sort(), [
        'directory /a/b',
        'directory /a/b/c',
        'file /a/b/moved.txt',
        'file /a/empty',
      ]);
      assert.deepEqual(await remote.du('a'), { bytes: 8, files: 2, directories: 3 });
      const found: string[] = [];
      for await (const { path } of remote.find('.', { name: '*.txt', type: 'file' })) found.push(path);
      assert.deepEqual(found, ['/a/b/moved.txt']);
      const sha256 = createHash('sha256').update('Grüße\n').digest('hex');
      assert.equal(await remote.checksum('a/b/moved.txt'), sha256);
      await remote.copy('a/b/moved.txt', 'a/copy.txt');
      assert.equal((await get(fileSystem, '/a/copy.txt')).toString(), 'Grüße\n');
      await assert.rejects(remote.remove('a'), (error: WherryError) => error instanceof WherryError);
      await remote.remove('a/copy.txt');
      await remote.remove('a', { recursive: true });
      assert.deepEqual(await names(fileSystem), []);
      await assert.rejects(remote.stat('a'), { code: 'not-found', retryable: false });
    });

    test('files and streams go up and down, checked by digest', async (t) => {
      const served = await serve(t);
      const { root } = await scratch(t);
      const remote = await served.connect(scheme);
      const content = pattern(3 * megabyte + 1);
      const source = join(root, 'source');
      await writeFile(source, content);
      const up = await remote.upload(source, 'up');
      assert.equal(up.verification.by, 'checksum');
      assert.ok((await get(served.fileSystem, '/up')).equals(content));
      const down = await remote.download('up', join(root, 'down'));
      assert.equal(down.verification.by, 'checksum');
      assert.ok((await readFile(join(root, 'down'))).equals(content));
      assert.deepEqual(await names(served.fileSystem), ['up']);
      await remote.upload(Readable.from([content.subarray(0, 5), content.subarray(5)]), 'node');
      await remote.upload(new Blob([Uint8Array.from(content)]), 'blob');
      await remote.upload(new Blob([Uint8Array.from(content)]).stream(), 'web');
      await remote.upload(
        (function* () {
          yield 'one ';
          yield 'two';
        })(),
        'iterable',
      );
      for (const name of ['/node', '/blob', '/web'])
        assert.ok((await get(served.fileSystem, name)).equals(content), name);
      assert.equal(await remote.readText('iterable'), 'one two');
      const pieces: Buffer[] = [];
      const sink = new Writable({
        write: (piece: Buffer, _, done) => {
          pieces.push(Buffer.from(piece));
          setImmediate(done);
        },
      });
      await remote.download('up', sink);
      assert.ok(Buffer.concat(pieces).equals(content));
      const web = await new Response(remote.stream('up', { start: 100, length: megabyte })).arrayBuffer();
      assert.ok(Buffer.from(web).equals(content.subarray(100, 100 + megabyte)));
    });

    test('a stopped transfer leaves the connection usable', async (t) => {
      const memory = new MemoryFileSystem();
      await put(memory, '/big', pattern(8 * megabyte));
      const gate = new Gate();
      const fileSystem = new FaultFileSystem(memory, [{ operation: 'read', after: 4 * megabyte, gate }]);
      const served = await serve(t, { fileSystem });
      const { root } = await scratch(t);
      const remote = await served.connect(scheme, '', { retries: 0 });
      const stop = new AbortController();
      const target = join(root, 'big');
      const downloading = remote.download('big', target, { signal: stop.signal });
      await gate.reached;
      stop.abort();
      gate.release();
      await assert.rejects(downloading, { code: 'aborted' });
      assert.equal(await remote.exists('big'), true);
      await remote.download('big', target, { resume: true });
      assert.ok((await readFile(target)).equals(pattern(8 * megabyte)));
    });
  });
}

test('a TFTP server takes and gives files, and says what it cannot do', async (t) => {
  const served = await serve(t);
  const { root } = await scratch(t);
  const remote = await served.connect('tftp');
  const content = pattern(300_000);
  await remote.upload(content, 'firmware.bin');
  assert.ok((await get(served.fileSystem, '/firmware.bin')).equals(content));
  await remote.download('firmware.bin', join(root, 'copy'));
  assert.ok((await readFile(join(root, 'copy'))).equals(content));
  assert.equal(remote.capabilities.setTimes, false);
  await assert.rejects(remote.remove('firmware.bin'), { code: 'not-supported' });
});
