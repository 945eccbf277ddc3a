import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { contentOf, namesIn, putFile } from '#test/ftp/helpers.ts';
import { startServer, type TestServerOptions } from '#test/ftp/harness.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';
import { at, listAll, login, readWhole, sample, store } from './client-fixture.ts';

const trusting = { verifyCertificate: () => true };

const ways: readonly (readonly [name: string, client: Partial<FtpClientOptions>, tls: boolean])[] = [
  ['in the clear', { tls: 'off' }, false],
  ['in TLS 1.3', { tls: 'require', tlsOptions: trusting }, true],
  ['in TLS 1.2', { tls: 'require', tlsOptions: { ...trusting, maxVersion: 'TLSv1.2' } }, true],
  ['in implicit TLS', { tls: 'implicit', tlsOptions: trusting }, true],
  ['one command at a time', { tls: 'off', pipelining: 'none' }, false],
  ['several commands at a time', { tls: 'off', pipelining: 'commands' }, false],
];

for (const [name, options, tls] of ways) {
  suite(`files ${name}`, () => {
    const serverOptions = async (): Promise<TestServerOptions> =>
      tls ? { tls: await makeTls(), tlsSessionReuse: 'require', ftps: true } : {};

    test('are written, listed, read, renamed and removed', async () => {
      await using server = await startServer({
        ...(await serverOptions()),
        fileSystem: new MemoryFileSystem(),
      });
      await using client = await login(server, options);
      const { connection } = client;
      const content = sample(300_000);
      await connection.makeDirectory(at('/in'));
      await store(connection, '/in/first file.bin', content);
      await store(connection, '/in/häßlich', 'x');
      await store(connection, '/in/empty', '');
      assert.deepEqual(await contentOf(server.fileSystem, '/in/first file.bin'), content);
      const entries = await listAll(connection, '/in');
      assert.deepEqual(
        entries.map((entry) => [entry.name, entry.type, entry.size]),
        [
          ['empty', 'file', 0],
          ['first file.bin', 'file', 300_000],
          ['häßlich', 'file', 1],
        ],
      );
      const stat = await connection.stat(at('/in/first file.bin'));
      assert.equal(stat.size, 300_000);
      assert.deepEqual(await readWhole(await connection.openRead(at('/in/first file.bin'))), content);
      assert.deepEqual(await readWhole(await connection.openRead(at('/in/empty'))), Buffer.alloc(0));
      await connection.rename(at('/in/häßlich'), at('/in/hübsch'));
      await connection.removeFile(at('/in/empty'));
      assert.deepEqual(await namesIn(server.fileSystem, '/in'), ['first file.bin', 'hübsch']);
      await assert.rejects(connection.removeDirectory(at('/in')), { code: 'not-empty' });
      await connection.removeFile(at('/in/first file.bin'));
      await connection.removeFile(at('/in/hübsch'));
      await connection.removeDirectory(at('/in'));
      assert.deepEqual(await listAll(connection), []);
    });

    test('are read from the middle, and several side by side', async () => {
      const fileSystem = new MemoryFileSystem();
      const content = sample(200_000);
      for (const name of ['a', 'b', 'c', 'd']) await putFile(fileSystem, `/${name}`, content);
      await using server = await startServer({ ...(await serverOptions()), fileSystem });
      await using client = await login(server, options);
      const { connection } = client;
      const handle = await connection.openRead(at('/a'));
      assert.deepEqual(await readWhole(handle, 150_000), content.subarray(150_000));
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (path) => readWhole(await connection.openRead(at(`/${path}`)))),
      );
      for (const octets of all) assert.deepEqual(octets, content);
    });
  });
}
