import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { WherryError } from '#core/errors.ts';
import { transferBetween } from '#protocols/ftp/client/fxp/transfer-between.ts';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import type { FileSystem } from '#core/file-system.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { startServer, type TestServer, type TestServerOptions } from '#test/ftp/harness.ts';
import { contentOf, putFile } from '#test/ftp/helpers.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';
import { at, login, readWhole, sample, store, type Client } from './client-fixture.ts';
import { withEndlessFile } from './endless-file.ts';
import { startRefusingProxy, type RefusingProxy } from './refusing-proxy.ts';

const content = sample(2_000_003);
const trusting = { verifyCertificate: () => true };
const overTls: Partial<FtpClientOptions> = { tls: 'require', tlsOptions: trusting };

interface Pair extends AsyncDisposable {
  readonly servers: Readonly<Record<'source' | 'target', TestServer>>;
  readonly source: Client;
  readonly target: Client;
}

interface PairOptions {
  readonly source?: TestServerOptions;
  readonly target?: TestServerOptions;
  readonly client?: Partial<FtpClientOptions>;
  /** What the servers answer to some verbs, whatever they know. */
  readonly sourceRefuses?: Readonly<Record<string, string>>;
  readonly targetRefuses?: Readonly<Record<string, string>>;
}

/** Two servers at two addresses of loopback, each of which may be the other's peer, and a client at both. */
async function openPair(options: PairOptions = {}): Promise<Pair> {
  const { source = {}, target = {}, client = {}, sourceRefuses, targetRefuses } = options;
  const start = (host: string, own: TestServerOptions): Promise<TestServer> =>
    startServer({ host, fxpNetworks: ['127.0.0.2/31'], fileSystem: new MemoryFileSystem(), ...own });
  const servers = { source: await start('127.0.0.2', source), target: await start('127.0.0.3', target) };
  await putFile(servers.source.fileSystem, '/f', content);
  const proxies: RefusingProxy[] = [];
  const enter = async (server: TestServer, refusals: PairOptions['sourceRefuses']): Promise<Client> => {
    if (refusals === undefined) return login(server, client);
    const proxy = await startRefusingProxy({ host: server.host, port: server.port('ftp') }, refusals);
    proxies.push(proxy);
    return login(server, { ...client, port: proxy.port, pipelining: 'none' });
  };
  const clients = {
    source: await enter(servers.source, sourceRefuses),
    target: await enter(servers.target, targetRefuses),
  };
  return {
    servers,
    ...clients,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([clients.source.connection.close(), clients.target.connection.close()]);
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
      await servers.source[Symbol.asyncDispose]();
      await servers.target[Symbol.asyncDispose]();
    },
  };
}

function place(
  { connection }: Client,
  path: string,
): { connection: Client['connection']; path: ReturnType<typeof at> } {
  return { connection, path: at(path) };
}

async function holds(fileSystem: FileSystem, path: string, expected: Buffer): Promise<void> {
  assert.ok((await contentOf(fileSystem, path))?.equals(expected), `${path} is as it should be`);
}

/** Both connections still do what they are asked. */
async function bothWork({ source, target, servers }: Pair): Promise<void> {
  assert.deepEqual(await readWhole(await source.connection.openRead(at('/f'))), content);
  await store(target.connection, '/after', 'still here');
  await holds(servers.target.fileSystem, '/after', Buffer.from('still here'));
}

suite('a file from server to server', () => {
  test('in the clear, and nothing of it passes through here', async () => {
    await using pair = await openPair();
    let moved = 0;
    const outcome = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), {
      onProgress: (bytes) => {
        moved += bytes;
      },
    });
    await holds(pair.servers.target.fileSystem, '/g', content);
    assert.deepEqual(outcome, { size: content.length, way: { passive: 'target', tls: null } });
    assert.equal(moved, content.length);
    assert.ok(pair.source.commands().some((command) => command.startsWith('PORT 127,0,0,3,')));
    assert.ok(!pair.source.commands().some((command) => command.startsWith('EPSV')));
    await bothWork(pair);
  });

  const detours: readonly (readonly [string, Partial<PairOptions>, 'source' | 'target', string])[] = [
    ['EPSV where PASV is not known', { targetRefuses: { PASV: '502 No PASV' } }, 'target', 'EPSV'],
    ['EPRT where PORT is not known', { sourceRefuses: { PORT: '500 No PORT' } }, 'target', 'EPRT'],
    [
      'the source listening where it may not call',
      { sourceRefuses: { PORT: '504 Not to that address' } },
      'source',
      'PASV',
    ],
    [
      'the source listening where the target may not',
      { targetRefuses: { PASV: '550 Not you' } },
      'source',
      'PASV',
    ],
    [
      'the source listening where its call is not answered',
      { targetRefuses: { PASV: '227 Entering Passive Mode (127,0,0,3,0,9)' } },
      'source',
      'PASV',
    ],
  ];
  for (const [name, options, passive, verb] of detours) {
    test(`with ${name}`, async () => {
      await using pair = await openPair(options);
      const { way } = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
      await holds(pair.servers.target.fileSystem, '/g', content);
      assert.equal(way?.passive, passive);
      const commands = [...pair.source.commands(), ...pair.target.commands()];
      assert.ok(commands.some((command) => command.startsWith(verb)));
      await bothWork(pair);
    });
  }

  test('by the way that worked before', async () => {
    await using pair = await openPair({ sourceRefuses: { PORT: '504 Not to that address' } });
    await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
    const before = pair.source.commands().length;
    await transferBetween(place(pair.source, '/f'), place(pair.target, '/h'));
    assert.ok(
      !pair.source
        .commands()
        .slice(before)
        .some((command) => command.startsWith('PORT')),
    );
    await holds(pair.servers.target.fileSystem, '/h', content);
  });

  test('of nothing, and over an older one that is longer', async () => {
    await using pair = await openPair();
    await putFile(pair.servers.source.fileSystem, '/empty', Buffer.alloc(0));
    await putFile(pair.servers.target.fileSystem, '/g', sample(3_000_000));
    await transferBetween(place(pair.source, '/empty'), place(pair.target, '/e'));
    await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
    await holds(pair.servers.target.fileSystem, '/e', Buffer.alloc(0));
    await holds(pair.servers.target.fileSystem, '/g', content);
  });

  test('goes on where it stopped', async () => {
    await using pair = await openPair();
    await putFile(pair.servers.target.fileSystem, '/g', content.subarray(0, 700_001));
    let moved = 0;
    await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), {
      start: 700_001,
      onProgress: (bytes) => {
        moved += bytes;
      },
    });
    await holds(pair.servers.target.fileSystem, '/g', content);
    assert.equal(moved, content.length - 700_001);
    assert.ok(pair.source.commands().includes('REST 700001'));
    assert.ok(pair.target.commands().includes('REST 700001'));
    const again = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), {
      start: content.length,
    });
    assert.deepEqual(again, { size: content.length, way: null });
    for (const start of [content.length + 1, 2_000_004]) {
      await assert.rejects(transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), { start }), {
        code: 'invalid-range',
      });
    }
    await putFile(pair.servers.target.fileSystem, '/short', Buffer.from('ab'));
    await assert.rejects(
      transferBetween(place(pair.source, '/f'), place(pair.target, '/short'), { start: 3 }),
      {
        code: 'invalid-range',
        path: '/short',
      },
    );
  });

  test('over IPv6', async () => {
    await using pair = await openPair({ source: { host: '::1' }, target: { host: '::1' } });
    const { way } = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
    await holds(pair.servers.target.fileSystem, '/g', content);
    assert.equal(way?.passive, 'target');
    assert.ok(pair.source.commands().some((command) => command.startsWith('EPRT |2|::1|')));
    assert.ok(pair.target.commands().includes('EPSV'));
    await bothWork(pair);
  });

  test('both ways at once between the same two connections, and several pairs side by side', async () => {
    await using pair = await openPair();
    await putFile(pair.servers.target.fileSystem, '/back', content);
    await using thirdSource = await login(pair.servers.source);
    await using thirdTarget = await login(pair.servers.target);
    await Promise.all([
      transferBetween(place(pair.source, '/f'), place(pair.target, '/a')),
      transferBetween(place(pair.target, '/back'), place(pair.source, '/b')),
      transferBetween(place(pair.source, '/f'), place(pair.target, '/c')),
      transferBetween(place(thirdSource, '/f'), place(thirdTarget, '/d')),
    ]);
    for (const path of ['/a', '/c', '/d']) await holds(pair.servers.target.fileSystem, path, content);
    await holds(pair.servers.source.fileSystem, '/b', content);
  });
});

suite('between servers in TLS', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const client = { ...overTls, tlsOptions: { ...trusting, maxVersion: version } };

    test(`encrypted by CPSV (${version})`, async () => {
      const tls = await makeTls();
      await using pair = await openPair({ source: { tls }, target: { tls }, client });
      const { way } = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
      await holds(pair.servers.target.fileSystem, '/g', content);
      assert.deepEqual(way, { passive: 'target', tls: { verb: 'CPSV', client: 'target' } });
      for (const server of Object.values(pair.servers)) {
        assert.ok(server.events.some((event) => event.event === 'negotiated' && event.channel === 'data'));
      }
      await bothWork(pair);
    });

    test(`encrypted by SSCN where CPSV does not lead there (${version})`, async () => {
      const tls = await makeTls();
      await using pair = await openPair({
        source: { tls, host: '::1' },
        target: { tls, host: '::1' },
        client,
      });
      const { way } = await transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
      await holds(pair.servers.target.fileSystem, '/g', content);
      assert.deepEqual(way, { passive: 'target', tls: { verb: 'SSCN', client: 'source' } });
      assert.equal(pair.source.commands().at(-1), 'SSCN OFF');
      await bothWork(pair);
    });
  }

  test('not with one of them in the clear', async () => {
    const tls = await makeTls();
    await using pair = await openPair({ source: { tls }, client: { tls: 'auto', tlsOptions: trusting } });
    await assert.rejects(
      transferBetween(place(pair.source, '/f'), place(pair.target, '/g')),
      (error: WherryError) => error.code === 'not-supported' && /in the clear/.test(error.message),
    );
    await bothWork(pair);
  });
});

suite('what goes wrong', () => {
  test('servers that take no foreign address say so, and both stay usable', async () => {
    await using pair = await openPair({ source: { fxpNetworks: [] }, target: { fxpNetworks: [] } });
    await assert.rejects(
      transferBetween(place(pair.source, '/f'), place(pair.target, '/g')),
      (error: WherryError) => {
        assert.equal(error.code, 'not-supported');
        assert.match(error.message, /the source answers PORT with 504.*the target answers PORT with 504/);
        return true;
      },
    );
    assert.equal(await contentOf(pair.servers.target.fileSystem, '/g'), null);
    const asked = pair.source.commands().filter((command) => command.startsWith('PORT')).length;
    await assert.rejects(transferBetween(place(pair.source, '/f'), place(pair.target, '/g')), {
      code: 'not-supported',
      message: /answers PORT with 504/,
    });
    assert.equal(pair.source.commands().filter((command) => command.startsWith('PORT')).length, asked);
    await bothWork(pair);
  });

  test('a source that is not there, or a directory', async () => {
    await using pair = await openPair();
    await assert.rejects(transferBetween(place(pair.source, '/none'), place(pair.target, '/g')), {
      code: 'not-found',
    });
    await pair.source.connection.makeDirectory(at('/d'));
    await assert.rejects(transferBetween(place(pair.source, '/d'), place(pair.target, '/g')), {
      code: 'is-directory',
    });
    await bothWork(pair);
  });

  test('a source that is gone when it is asked for', async () => {
    await using pair = await openPair();
    const entry = await pair.source.connection.stat(at('/f'));
    await assert.rejects(transferBetween(place(pair.source, '/gone'), place(pair.target, '/g'), { entry }), {
      code: 'not-found',
      path: '/gone',
    });
    await bothWork(pair);
  });

  test('a target that cannot be written', async () => {
    await using pair = await openPair();
    await assert.rejects(
      transferBetween(place(pair.source, '/f'), place(pair.target, '/no/such/directory')),
      {
        code: 'not-found',
        path: '/no/such/directory',
      },
    );
    await bothWork(pair);
  });

  test('a file to itself at one connection', async () => {
    await using pair = await openPair();
    await assert.rejects(transferBetween(place(pair.source, '/f'), place(pair.source, '/g')), {
      code: 'not-supported',
    });
  });

  test('a source whose storage fails in the middle', async () => {
    const fileSystem = new FaultFileSystem(new MemoryFileSystem());
    const repair = fileSystem.inject({ operation: 'read', path: '/f', after: 500_000, code: 'io' });
    await using pair = await openPair({ source: { fileSystem } });
    await assert.rejects(transferBetween(place(pair.source, '/f'), place(pair.target, '/g')), { code: 'io' });
    repair();
    await bothWork(pair);
  });

  test('a target whose storage fails in the middle', async () => {
    const fileSystem = new FaultFileSystem(new MemoryFileSystem(), [
      { operation: 'write', path: '/g', after: 500_000, code: 'no-space' },
    ]);
    await using pair = await openPair({ target: { fileSystem } });
    await assert.rejects(transferBetween(place(pair.source, '/f'), place(pair.target, '/g')), {
      code: 'no-space',
    });
    await bothWork(pair);
  });

  for (const passive of ['target', 'source'] as const) {
    test(`stopped in the middle, the ${passive} listening, when it has told how far it is`, async () => {
      const fileSystem = withEndlessFile(new MemoryFileSystem(), '/f');
      const sourceRefuses = passive === 'source' ? { PORT: '504 Not to that address' } : {};
      await using pair = await openPair({ source: { fileSystem }, sourceRefuses });
      const stop = new AbortController();
      const told: number[] = [];
      const stopped = transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), {
        signal: stop.signal,
        progressIntervalMs: 10,
        onProgress: (bytes) => {
          told.push(bytes);
          if (told.length === 3) stop.abort();
        },
      });
      await assert.rejects(stopped, { code: 'aborted' });
      assert.equal(told.length, 3);
      assert.ok(told.every((bytes) => bytes > 0));
      for (const client of [pair.source, pair.target]) assert.ok(client.commands().includes('ABOR'));
      assert.equal(await contentOf(pair.servers.target.fileSystem, '/g'), null);
      await store(pair.source.connection, '/small', 'the next one');
      await transferBetween(place(pair.source, '/small'), place(pair.target, '/g'));
      await holds(pair.servers.target.fileSystem, '/g', Buffer.from('the next one'));
    });
  }

  test('stopped before it began', async () => {
    await using pair = await openPair();
    await assert.rejects(
      transferBetween(place(pair.source, '/f'), place(pair.target, '/g'), { signal: AbortSignal.abort() }),
      { code: 'aborted' },
    );
    await bothWork(pair);
  });

  test('a control connection that is lost in the middle', async () => {
    await using pair = await openPair();
    const stopped = transferBetween(place(pair.source, '/f'), place(pair.target, '/g'));
    await pair.source.connection.close();
    await assert.rejects(stopped, { code: 'closed' });
    await store(pair.target.connection, '/after', 'still here');
  });
});
