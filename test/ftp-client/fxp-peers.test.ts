import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { transferBetween } from '#protocols/ftp/client/fxp/transfer-between.ts';
import type { FxpOptions, FxpOutcome } from '#protocols/ftp/client/fxp/fxp-options.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { startServer, type TestServer } from '#test/ftp/harness.ts';
import { contentOf, putFile } from '#test/ftp/helpers.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';
import { lackingPeer, peerNames, startPeer, type PeerServer } from '#test/interop/servers/index.ts';
import { at, connectTo, login, sample, store, type Client } from './client-fixture.ts';
import { withEndlessFile } from './endless-file.ts';

const content = sample(3_000_017);
const trusting = { verifyCertificate: () => true };

async function enter(server: PeerServer, tls: boolean): Promise<Client> {
  const { host, port, user, password } = server;
  return connectTo({ host, port, user, password, tls: tls ? 'require' : 'off', tlsOptions: trusting });
}

async function move(
  from: Client,
  to: Client,
  paths: readonly [string, string],
  options: FxpOptions = {},
): Promise<FxpOutcome> {
  const [source, target] = paths;
  return transferBetween(
    { connection: from.connection, path: at(source) },
    { connection: to.connection, path: at(target) },
    options,
  );
}

async function startOwn(tls: boolean): Promise<TestServer> {
  const server = await startServer({
    fileSystem: new MemoryFileSystem(),
    ...(tls ? { tls: await makeTls() } : {}),
  });
  await putFile(server.fileSystem, '/f', content);
  return server;
}

function put(server: PeerServer, name: string, octets: Buffer): void {
  const path = join(server.root, name);
  writeFileSync(path, octets);
  chmodSync(path, 0o666);
}

for (const name of peerNames) {
  for (const tls of [false, true]) {
    suite(`wherry and ${name} ${tls ? 'in TLS' : 'in the clear'}`, { skip: lackingPeer(name) }, () => {
      test('move a file there and back, also from the middle, and tell of one that is not there', async () => {
        await using own = await startOwn(tls);
        await using peer = await startPeer(name, { tls });
        await using near = await login(own, { tls: tls ? 'require' : 'off', tlsOptions: trusting });
        await using far = await enter(peer, tls);
        const stored = join(peer.root, 'g');
        const there = await move(near, far, ['/f', '/g']);
        assert.equal(there.way?.tls === null, !tls);
        assert.ok(readFileSync(stored).equals(content));
        await move(far, near, ['/g', '/back']);
        assert.ok((await contentOf(own.fileSystem, '/back'))?.equals(content));
        const entry = await near.connection.stat(at('/f'));
        await assert.rejects(move(far, near, ['/none', '/h'], { entry }), { code: 'not-found' });
        await assert.rejects(move(near, far, ['/f', '/no/such/place'], { entry }));
        chmodSync(stored, 0o666);
        truncateSync(stored, 1_000_001);
        await move(near, far, ['/f', '/g'], { start: 1_000_001 });
        assert.ok(readFileSync(stored).equals(content));
      });
    });
  }
}

const pairs = [
  ['proftpd', 'vsftpd'],
  ['vsftpd', 'proftpd'],
  ['pyftpdlib', 'pure-ftpd'],
] as const;

for (const [first, second] of pairs) {
  suite(`${first} and ${second}`, { skip: lackingPeer(first) || lackingPeer(second) }, () => {
    test('move a file between them in the clear', async () => {
      await using one = await startPeer(first);
      await using two = await startPeer(second);
      put(one, 'f', content);
      await using from = await enter(one, false);
      await using to = await enter(two, false);
      await move(from, to, ['/f', '/g']);
      assert.ok(readFileSync(join(two.root, 'g')).equals(content));
    });
  });
}

suite('two of them in TLS', { skip: lackingPeer('proftpd') || lackingPeer('vsftpd') }, () => {
  // The other way round ProFTPD closes with tickets of TLS 1.3 unread, which resets the connection under vsftpd.
  test('ProFTPD is told by SSCN to be the client', async () => {
    await using one = await startPeer('vsftpd', { tls: true });
    await using two = await startPeer('proftpd', { tls: true });
    put(one, 'f', content);
    await using from = await enter(one, true);
    await using to = await enter(two, true);
    const { way } = await move(from, to, ['/f', '/g']);
    assert.deepEqual(way?.tls, { verb: 'SSCN', client: 'target' });
    assert.ok(readFileSync(join(two.root, 'g')).equals(content));
    // To this program they are servers of TLS again.
    await store(from.connection, '/a', 'one');
    await store(to.connection, '/b', 'two');
  });

  test('two that know neither SSCN nor CPSV are left alone, with the reason', async () => {
    await using one = await startPeer('vsftpd', { tls: true });
    put(one, 'f', content);
    await using from = await enter(one, true);
    await using to = await enter(one, true);
    await assert.rejects(move(from, to, ['/f', '/g']), { code: 'not-supported', message: /SSCN/ });
    assert.equal(existsSync(join(one.root, 'g')), false);
  });
});

for (const name of peerNames) {
  suite(`${name} stopped`, { skip: lackingPeer(name) }, () => {
    test('in the middle of sending, and of receiving, is usable afterwards', async () => {
      const fileSystem = withEndlessFile(new MemoryFileSystem(), '/endless');
      await putFile(fileSystem, '/endless', Buffer.alloc(1));
      await using own = await startServer({ fileSystem });
      await using peer = await startPeer(name);
      await using near = await login(own);
      await using far = await enter(peer, false);
      const stop = new AbortController();
      const stopped = move(near, far, ['/endless', '/g'], {
        signal: stop.signal,
        progressIntervalMs: 20,
        onProgress: () => stop.abort(),
      });
      await assert.rejects(stopped, { code: 'aborted' });
      await store(far.connection, '/after', 'still here');
      assert.equal(readFileSync(join(peer.root, 'after'), 'utf8'), 'still here');
      await move(far, near, ['/after', '/after']);
      assert.equal((await contentOf(fileSystem, '/after'))?.toString(), 'still here');
    });
  });
}
