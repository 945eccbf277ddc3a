import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { fixedAccounts } from '#accounts/index.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { dial, readAll, type RawClient, type TestServer } from './harness.ts';
import { contentOf, listenActive, parsePassive, putFile } from './helpers.ts';
import { makeTls, startTlsServer, TlsClient, versions } from './tls-harness.ts';

const content = randomBytes(3_000_017);

/** Two servers at two addresses of loopback, each of which may be the other's peer. */
async function startPair(
  options: { readonly networks?: readonly string[]; readonly accountNetworks?: readonly string[] } = {},
): Promise<{ readonly source: TestServer; readonly target: TestServer } & AsyncDisposable> {
  const start = async (host: string): Promise<TestServer> => {
    const fileSystem = new MemoryFileSystem();
    return startTlsServer({
      host,
      fileSystem,
      fxpNetworks: options.networks ?? ['127.0.0.2/31'],
      ...(options.accountNetworks === undefined
        ? {}
        : {
            accounts: fixedAccounts([
              { name: 'alice', password: 'wonder land', fileSystem, fxpNetworks: options.accountNetworks },
            ]),
          }),
    });
  };
  const source = await start('127.0.0.2');
  const target = await start('127.0.0.3');
  await putFile(source.fileSystem, '/f', content);
  return {
    source,
    target,
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

/** Has one server send to the other; `passive` is the one that is connected to. */
async function move(
  from: RawClient,
  to: RawClient,
  passive: 'source' | 'target',
  verb: 'PASV' | 'CPSV' = 'PASV',
): Promise<void> {
  const [listening, calling] = passive === 'target' ? [to, from] : [from, to];
  const { host, port } = parsePassive((await listening.command(verb, 227)).text);
  await calling.command(`PORT ${host.replaceAll('.', ',')},${port >> 8},${port & 255}`, 200);
  const command = { source: 'RETR f', target: 'STOR f' };
  const other = passive === 'target' ? 'source' : 'target';
  listening.send(`${command[passive]}\r\n`);
  await listening.expect(150);
  await calling.command(command[other], 150);
  await from.expect(226);
  await to.expect(226);
}

for (const passive of ['source', 'target'] as const) {
  test(`O03 a file moves between two servers, the ${passive} passive`, async () => {
    await using pair = await startPair();
    const from = await pair.source.login();
    const to = await pair.target.login();
    await move(from, to, passive);
    assert.ok((await contentOf(pair.target.fileSystem, '/f'))?.equals(content));
  });
}

test('O03 where no network is named neither side takes part', async () => {
  await using pair = await startPair({ networks: [] });
  const from = await pair.source.login();
  const to = await pair.target.login();
  await from.command('PORT 127,0,0,3,200,1', 504);
  await from.command('EPRT |1|127.0.0.3|50000|', 504);
  const { port } = parsePassive((await to.command('PASV', 227)).text);
  // A foreign connection is dropped, and the client's own is still taken.
  to.send('STOR f\r\n');
  await to.expect(150);
  const stranger = connect({ host: '127.0.0.3', port, localAddress: '127.0.0.9' });
  await new Promise<void>((resolve) => {
    stranger.once('error', () => resolve());
    stranger.once('close', () => resolve());
    stranger.once('connect', () => stranger.resume());
  });
  const own = connect({ host: '127.0.0.3', port, localAddress: '127.0.0.1' });
  own.end('mine');
  await to.expect(226);
  assert.equal((await contentOf(pair.target.fileSystem, '/f'))?.toString(), 'mine');
});

test('O03 an account may have networks of its own, and only that account', async () => {
  await using pair = await startPair({ networks: [], accountNetworks: ['127.0.0.2/31'] });
  const from = await pair.source.login();
  const to = await pair.target.login();
  await move(from, to, 'target');
  assert.ok((await contentOf(pair.target.fileSystem, '/f'))?.equals(content));
  await from.command('PORT 127,0,0,4,200,1', 504);
});

for (const version of versions) {
  for (const passive of ['source', 'target'] as const) {
    for (const how of ['CPSV', 'SSCN on the source', 'SSCN on the target'] as const) {
      test(`O04 a file moves encrypted by ${how}, the ${passive} passive (${version})`, async () => {
        await using pair = await startPair();
        const from = (await TlsClient.login(pair.source, version)).raw;
        const to = (await TlsClient.login(pair.target, version)).raw;
        if (how === 'SSCN on the source') await from.command('SSCN ON', 200);
        if (how === 'SSCN on the target') await to.command('SSCN ON', 200);
        await move(from, to, passive, how === 'CPSV' ? 'CPSV' : 'PASV');
        assert.ok((await contentOf(pair.target.fileSystem, '/f'))?.equals(content));
        for (const server of [pair.source, pair.target]) {
          assert.ok(server.events.some((event) => event.event === 'negotiated' && event.channel === 'data'));
        }
      });
    }
  }

  test(`O04 two TLS servers without a client between them give up, and say so (${version})`, async () => {
    await using pair = await startPair();
    const from = (await TlsClient.login(pair.source, version)).raw;
    const to = (await TlsClient.login(pair.target, version)).raw;
    const { host, port } = parsePassive((await to.command('CPSV', 227)).text);
    await from.command('SSCN ON', 200);
    await from.command(`PORT ${host.replaceAll('.', ',')},${port >> 8},${port & 255}`, 200);
    to.send('STOR f\r\n');
    await to.expect(150);
    await from.command('RETR f', 150);
    assert.match(String((await from.reply()).code), /^[45]/u);
    assert.match(String((await to.reply()).code), /^[45]/u);
    assert.equal(await contentOf(pair.target.fileSystem, '/f'), null);
  });

  test(`K21 with SSCN ON this server says the ClientHello for files and not for lists (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const { raw } = client;
    assert.equal((await raw.command('SSCN', 200)).text, '200 SSCN:SERVER METHOD\r\n');
    assert.equal((await raw.command('SSCN ON', 200)).text, '200 SSCN:CLIENT METHOD\r\n');
    assert.equal((await raw.command('SSCN', 200)).text, '200 SSCN:CLIENT METHOD\r\n');
    await raw.command('SSCN MAYBE', 501);
    const up = await asTlsServer(client, 'STOR f');
    up.resume();
    up.end(content);
    await raw.expect(226);
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
    const down = await asTlsServer(client, 'RETR f');
    assert.ok((await readAll(down)).equals(content));
    down.end();
    await raw.expect(226);
    assert.match((await client.download('LIST')).toString(), /\bf\r\n/u);
    assert.equal((await raw.command('SSCN OFF', 200)).text, '200 SSCN:SERVER METHOD\r\n');
    assert.ok((await client.download('RETR f')).equals(content));
  });

  test(`K21 an upload that this server received as the TLS client is cut short by a bare FIN too (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    await client.raw.command('SSCN ON', 200);
    const plain = await client.dialPassive();
    await client.raw.command('STOR f', 150);
    const up = await serveTls(plain, version);
    up.resume();
    await new Promise<void>((resolve) => {
      up.write(randomBytes(50_000), () => resolve());
    });
    plain.end();
    await client.raw.expect(426);
    assert.equal(await contentOf(fixture.fileSystem, '/f'), null);
  });

  test(`K21 CPSV counts for one connection (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', content);
    const client = await TlsClient.login(fixture, version);
    const { host, port } = parsePassive((await client.raw.command('CPSV', 227)).text);
    const plain = await dial(host, port);
    await client.raw.command('RETR f', 150);
    const down = await serveTls(plain, version);
    assert.ok((await readAll(down)).equals(content));
    down.end();
    await client.raw.expect(226);
    assert.ok((await client.download('RETR f')).equals(content));
  });

  test(`K21 with SSCN in active mode this server is still the TLS client (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', content);
    const client = await TlsClient.login(fixture, version);
    await client.raw.command('SSCN ON', 200);
    await using listener = await listenActive();
    await client.raw.command(`PORT ${listener.portArgument}`, 200);
    await client.raw.command('RETR f', 150);
    const down = await serveTls(await listener.accept(), version);
    assert.ok((await readAll(down)).equals(content));
    down.end();
    await client.raw.expect(226);
  });

  test(`K21 reuse that is required does not bar SSCN, where no session can be resumed (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    await putFile(fixture.fileSystem, '/f', content);
    const client = await TlsClient.login(fixture, version);
    await client.raw.command('SSCN ON', 200);
    const down = await asTlsServer(client, 'RETR f');
    assert.ok((await readAll(down)).equals(content));
    down.end();
    await client.raw.expect(226);
  });
}

test('K21 SSCN needs PROT P, and CPSV needs TLS', async () => {
  await using fixture = await startTlsServer();
  const plain = await fixture.login();
  await plain.command('CPSV', 503);
  await plain.command('SSCN ON', 503);
  assert.match((await plain.command('FEAT', 211)).text, /^ SSCN\r$/mu);
});

/** Runs a command over a fresh passive connection on which this end is the TLS server. */
async function asTlsServer(client: TlsClient, line: string): Promise<TLSSocket> {
  const plain = await client.dialPassive();
  await client.raw.command(line, 150);
  return serveTls(plain, client.version);
}

async function serveTls(
  socket: ConstructorParameters<typeof TLSSocket>[0],
  version: (typeof versions)[number],
): Promise<TLSSocket> {
  const context = (await makeTls()).createSessionTls().contextFor(null);
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext: context,
    minVersion: version,
    maxVersion: version,
  });
  tls.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    tls.once('secure', resolve);
    tls.once('error', reject);
    tls.once('close', () => reject(new Error('closed during the TLS handshake')));
  });
  return tls;
}
