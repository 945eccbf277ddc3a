import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { startServer, type TestServer } from '#test/ftp/harness.ts';
import { freePort } from '#test/ftp/helpers.ts';
import { startTlsServer } from '#test/ftp/tls-harness.ts';
import { at, login, readWhole, sample, store, type Client } from './client-fixture.ts';

const names = Array.from({ length: 40 }, (_, index) => `/file ${index}`);

const contentOf = (name: string): string => `content of ${name} `.repeat(100);

async function fill(server: TestServer): Promise<void> {
  for (const name of names) await store(server.fileSystem, name, contentOf(name));
}

/** The most transfers that were on their way at once, as the conversation shows it. */
function sideBySide({ said }: Client): number {
  let most = 0;
  let now = 0;
  for (const { kind, text } of said) {
    if (kind === 'command' && /^(RETR|STOR)/.test(text)) now += 1;
    else if (kind === 'reply' && /^(226|4|5)/.test(text)) now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

async function download(client: Client, name: string): Promise<string> {
  return String(await readWhole(await client.connection.openRead(at(name))));
}

for (const protection of ['in the clear', 'in TLS'] as const) {
  const start = (): Promise<TestServer> => (protection === 'in TLS' ? startTlsServer() : startServer());
  const options =
    protection === 'in TLS'
      ? ({ tls: 'require', tlsOptions: { verifyCertificate: () => true } } as const)
      : {};

  test(`small files follow each other over their own connections, ${protection}`, async () => {
    await using server = await start();
    await fill(server);
    await using client = await login(server, options);
    // The first one shows how data connections come about here.
    await download(client, names[0] ?? '');
    assert.deepEqual(await Promise.all(names.map((name) => download(client, name))), names.map(contentOf));
    assert.ok(sideBySide(client) > 1);
  });

  test(`small uploads follow each other, each under its name, ${protection}`, async () => {
    await using server = await start();
    await using client = await login(server, options);
    const upload = async (name: string): Promise<void> => {
      const content = Buffer.from(contentOf(name));
      const handle = await client.connection.openWrite(at(name), { size: content.length });
      await handle.write(content, 0);
      await handle.finish();
    };
    await upload(names[0] ?? '');
    await Promise.all(names.map(upload));
    assert.ok(sideBySide(client) > 1);
    for (const name of names) {
      const handle = await server.fileSystem.openRead(at(name));
      assert.equal(String(await readWhole(handle)), contentOf(name));
    }
  });
}

test('refusals and large files among small ones leave the others what they are', async () => {
  await using server = await startServer();
  await fill(server);
  const large = sample(3_000_000);
  await store(server.fileSystem, '/large', large);
  await using client = await login(server);
  const entry = await client.connection.stat(at(names[0] ?? ''));
  const wanted = names.flatMap((name, index) =>
    index % 5 === 0 ? [`/missing ${index}`, name, '/large'] : [name],
  );
  const found = await Promise.all(
    wanted.map(async (name) => {
      const known = name.startsWith('/missing') ? { entry } : {};
      try {
        return await readWhole(await client.connection.openRead(at(name), known));
      } catch (thrown) {
        return (thrown as WherryError).code;
      }
    }),
  );
  for (const [index, name] of wanted.entries()) {
    const content = found[index];
    if (name.startsWith('/missing')) assert.equal(content, 'not-found');
    else if (name === '/large') assert.ok(Buffer.isBuffer(content) && content.equals(large));
    else assert.equal(String(content), contentOf(name));
  }
});

test('stopping one file stops no other', async () => {
  await using server = await startServer();
  await fill(server);
  await using client = await login(server);
  await download(client, names[0] ?? '');
  const controller = new AbortController();
  const found = await Promise.all(
    names.map(async (name, index) => {
      const { signal } = index % 4 === 1 ? controller : new AbortController();
      try {
        const handle = await client.connection.openRead(at(name), { signal });
        if (index === 8) controller.abort();
        return String(await readWhole(handle));
      } catch (thrown) {
        assert.equal((thrown as WherryError).code, 'aborted');
        return 'stopped';
      }
    }),
  );
  for (const [index, name] of names.entries())
    assert.equal(found[index], index % 4 === 1 && found[index] === 'stopped' ? 'stopped' : contentOf(name));
  assert.ok(found.includes('stopped'));
  assert.equal(await download(client, names[1] ?? ''), contentOf(names[1] ?? ''));
});

test('a range of ports too small to prepare any still serves', async () => {
  const port = await freePort();
  await using server = await startServer({ passivePorts: [port, port] });
  await fill(server);
  await using client = await login(server);
  assert.deepEqual(await Promise.all(names.map((name) => download(client, name))), names.map(contentOf));
});

test('ports that were taken back are asked for again', async () => {
  const port = await freePort();
  await using server = await startServer({
    passivePorts: [port, port + 1],
    timeouts: { abandonedPortMs: 0 },
  });
  await fill(server);
  await using first = await login(server);
  await using second = await login(server);
  // A connection that was made already breaks with its port, which is told as worth another try.
  const retrying = async (client: Client, name: string): Promise<string> => {
    for (;;) {
      try {
        return await download(client, name);
      } catch (thrown) {
        if (!(thrown instanceof WherryError) || !thrown.retryable) throw thrown;
        assert.equal(client.connection.isClosed, false);
      }
    }
  };
  const downloads = names.map((name, index) => retrying(index % 2 === 0 ? first : second, name));
  assert.deepEqual(await Promise.all(downloads), names.map(contentOf));
});

test('a listing, a command by hand and a long pause come between', async () => {
  await using server = await startServer();
  await fill(server);
  await using client = await login(server);
  for (let round = 0; round < 3; round += 1) {
    const some = names.slice(round * 5, round * 5 + 5);
    const list = async (): Promise<number> => {
      let count = 0;
      for await (const entries of client.connection.readDirectory(at('/'))) count += entries.length;
      return count;
    };
    const [count, status, ...contents] = await Promise.all([
      list(),
      client.connection.command('NOOP'),
      ...some.map((name) => download(client, name)),
    ]);
    assert.equal(count, names.length);
    assert.match(status, /^200/);
    assert.deepEqual(contents, some.map(contentOf));
  }
});
