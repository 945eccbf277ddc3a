import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { lackingPeer, peerNames, startPeer, type PeerServer } from '#test/interop/servers/index.ts';
import { local } from '#storage/index.ts';
import { at, connectTo, listAll, readWhole, sample, store, type Client } from './client-fixture.ts';

const modes: readonly (readonly [name: string, tls: boolean])[] = [
  ['in the clear', false],
  ['in TLS with session reuse', true],
];

async function open(
  server: PeerServer,
  tls: boolean,
  options: Partial<FtpClientOptions> = {},
): Promise<Client> {
  const { host, port, user, password } = server;
  return connectTo({
    host,
    port,
    user,
    password,
    tls: tls ? 'require' : 'off',
    tlsOptions: tls ? { ca: readFileSync(server.certificate) } : {},
    ...options,
  });
}

for (const name of peerNames) {
  for (const [mode, tls] of modes) {
    suite(`${name} ${mode}`, { skip: lackingPeer(name) }, () => {
      test('files pass both ways and keep their time', async () => {
        await using server = await startPeer(name, { tls, requireTlsReuse: tls });
        await using client = await open(server, tls);
        const { connection } = client;
        const content = sample(700_000);
        await connection.makeDirectory(at('/a dir'));
        const modifiedAt = Date.UTC(2021, 4, 6, 7, 8, 9);
        const upload = await connection.openWrite(at('/a dir/[x] 1.bin'));
        await upload.write(content, 0);
        assert.equal(connection.capabilities.setTimes, true);
        upload.setAttributes({ modifiedAt });
        await upload.finish();
        const stored = join(server.root, 'a dir', '[x] 1.bin');
        assert.deepEqual(readFileSync(stored), content);
        assert.deepEqual(readdirSync(join(server.root, 'a dir')), ['[x] 1.bin']);
        assert.equal(statSync(stored).mtimeMs, modifiedAt);
        const [entry] = await listAll(connection, '/a dir');
        assert.equal(entry?.name, '[x] 1.bin');
        assert.equal(entry.size, content.length);
        const stat = await connection.stat(at('/a dir/[x] 1.bin'));
        assert.equal(stat.modifiedAt, modifiedAt);
        const read = await readWhole(await connection.openRead(at('/a dir/[x] 1.bin')));
        assert.deepEqual(read, content);
        const rest = await readWhole(await connection.openRead(at('/a dir/[x] 1.bin')), 600_000);
        assert.deepEqual(rest, content.subarray(600_000));
        await connection.rename(at('/a dir/[x] 1.bin'), at('/y'));
        await connection.removeDirectory(at('/a dir'));
        await assert.rejects(connection.stat(at('/missing')), { code: 'not-found' });
        await assert.rejects(connection.openRead(at('/missing')), { code: 'not-found' });
        await connection.removeFile(at('/y'));
        assert.deepEqual(readdirSync(server.root), []);
      });

      test('many small files pass side by side', async () => {
        await using server = await startPeer(name, { tls, requireTlsReuse: tls });
        await using client = await open(server, tls);
        const { connection } = client;
        const names = Array.from({ length: 24 }, (_, index) => `f${String(index).padStart(2, '0')}`);
        await Promise.all(names.map((file) => store(connection, `/${file}`, file.repeat(1000))));
        assert.deepEqual(readdirSync(server.root).sort(), names);
        const all = await Promise.all(
          names.map(async (file) => (await readWhole(await connection.openRead(at(`/${file}`)))).toString()),
        );
        assert.deepEqual(
          all,
          names.map((file) => file.repeat(1000)),
        );
        assert.deepEqual(
          (await listAll(connection)).map((entry) => entry.name),
          names,
        );
      });

      for (const dataMode of ['auto', 'active'] as const)
        test(`many small files are called for: ${dataMode}`, async () => {
          await using server = await startPeer(name, { tls, requireTlsReuse: tls });
          await using client = await open(server, tls, { dataMode, callingFromMs: 0 });
          const { connection } = client;
          const names = Array.from({ length: 24 }, (_, index) => `f${String(index).padStart(2, '0')}`);
          for (const file of names)
            writeFileSync(join(server.root, file), file.repeat(1000), { mode: 0o644 });
          const entries = await listAll(connection);
          const all = await Promise.all(
            entries.map(async (entry) =>
              String(await readWhole(await connection.openRead(at(`/${entry.name}`), { entry }))),
            ),
          );
          assert.deepEqual(
            all,
            names.map((file) => file.repeat(1000)),
          );
          const called = client.commands().filter((command) => command.startsWith('PORT '));
          const worthwhile = name === 'vsftpd' ? !tls : name !== 'pyftpdlib';
          const isCalledFor = dataMode === 'active' || worthwhile;
          if (isCalledFor) assert.ok(called.length > names.length / 2);
          else assert.equal(called.length, 0);
          assert.deepEqual(await listAll(connection), entries);
        });

      test('an upload and a download go on where they stopped', async () => {
        await using server = await startPeer(name, { tls, requireTlsReuse: tls });
        await using client = await open(server, tls);
        const { connection } = client;
        const content = sample(100_000);
        writeFileSync(join(server.root, 'part'), content.subarray(0, 60_000), { mode: 0o666 });
        // The account must be allowed to write what this test made.
        chmodSync(join(server.root, 'part'), 0o666);
        const handle = await connection.openWrite(at('/part'), { disposition: 'update' });
        assert.equal(handle.initialSize, 60_000);
        await handle.write(content.subarray(60_000), 60_000);
        await handle.finish();
        assert.deepEqual(readFileSync(join(server.root, 'part')), content);
      });

      test('a stopped transfer leaves the connection usable', async () => {
        await using server = await startPeer(name, { tls, requireTlsReuse: tls });
        writeFileSync(join(server.root, 'big'), Buffer.alloc(40_000_000, 'x'));
        await using client = await open(server, tls, { times: { abortMs: 6000 } });
        const { connection } = client;
        const handle = await connection.openRead(at('/big'));
        await handle.read(Buffer.alloc(1000), 0);
        await handle.close();
        assert.equal((await connection.stat(at('/big'))).size, 40_000_000);
        const stop = new AbortController();
        const upload = await connection.openWrite(at('/up'), { signal: stop.signal });
        await upload.write(Buffer.alloc(100_000), 0);
        stop.abort();
        await assert.rejects(
          async () => {
            for (let position = 100_000; ; position += 100_000)
              await upload.write(Buffer.alloc(100_000), position);
          },
          { code: 'aborted' },
        );
        await upload.abort();
        assert.deepEqual(
          (await listAll(connection)).map((entry) => entry.name),
          ['big'],
        );
        assert.equal(connection.isClosed, false);
      });

      test('a file is copied to and from the disk', async () => {
        await using server = await startPeer(name, { tls, requireTlsReuse: tls });
        await using client = await open(server, tls);
        const content = sample(3_000_000);
        const directory = join(server.root, '..', 'local');
        mkdirSync(directory);
        writeFileSync(join(directory, 'from'), content);
        const disk = local(directory);
        const source = await disk.openRead(at('/from'));
        const upload = await client.connection.openWrite(at('/copy'));
        assert.equal(await upload.copyFrom(source, { start: 0 }), content.length);
        await upload.finish();
        await source.close();
        const download = await client.connection.openRead(at('/copy'));
        const target = await disk.openWrite(at('/back'));
        assert.equal(await download.copyTo(target, { start: 0 }), content.length);
        await download.close();
        await target.finish();
        assert.deepEqual(readFileSync(join(directory, 'back')), content);
        if (client.connection.capabilities.checksums.includes('SHA-256')) {
          const digest = await client.connection.checksum(at('/copy'), 'SHA-256');
          assert.equal(
            Buffer.from(digest).toString('hex'),
            createHash('sha256').update(content).digest('hex'),
          );
        }
      });
    });
  }
}
