import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import type { RawClient, TestServer } from './harness.ts';
import { readAll } from './harness.ts';
import { contentOf, namesIn, putFile, unbufferable } from './helpers.ts';
import { startTlsServer, TlsClient } from './tls-harness.ts';

const content = randomBytes(unbufferable);

/** A client in the clear or in TLS, told apart only by how it opens data connections. */
interface Client {
  readonly raw: RawClient;
  open(line: string): Promise<Socket>;
}

const logins: Readonly<Record<string, (fixture: TestServer) => Promise<Client>>> = {
  plain: async (fixture) => {
    const raw = await fixture.login();
    return {
      raw,
      open: async (line) => {
        const data = await raw.passive();
        await raw.command(line, 150);
        return data;
      },
    };
  },
  TLS: async (fixture) => {
    const client = await TlsClient.login(fixture, 'TLSv1.3');
    return {
      raw: client.raw,
      open: async (line) => {
        const plain = await client.dialPassive();
        await client.raw.command(line, 150);
        const tls = await client.secureData(plain);
        tls.pause();
        return tls;
      },
    };
  },
};

/** Whether the port still takes connections. */
async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

for (const [kind, login] of Object.entries(logins)) {
  test(`O07 a stop lets a download finish, then says 421 (${kind})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', content);
    const client = await login(fixture);
    const idle = await fixture.login();
    const data = await client.open('RETR f');
    const closing = fixture.server.close({ graceMs: 60_000, reason: 'Maintenance' });
    assert.equal(await listens(fixture.port()), false);
    assert.match((await idle.expect(421)).text, /Maintenance/u);
    await idle.end();
    const received = await readAll(data);
    assert.ok(received.equals(content));
    data.end();
    await client.raw.expect(226);
    await client.raw.expect(421);
    await closing;
    assert.equal(fixture.server.sessions.size, 0);
  });

  test(`O07 a stop lets an upload finish, and its file is there (${kind})`, async () => {
    await using fixture = await startTlsServer();
    const client = await login(fixture);
    const data = await client.open('STOR f');
    data.resume();
    await new Promise<void>((resolve) => {
      data.write(content.subarray(0, 100_000), () => resolve());
    });
    const closing = fixture.server.close({ graceMs: 60_000 });
    await fixture.event(({ event }) => event === 'stopping');
    data.end(content.subarray(100_000));
    await client.raw.expect(226);
    await client.raw.expect(421);
    await closing;
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
  });

  test(`O07 no command is begun once the server stops (${kind})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', content);
    const client = await login(fixture);
    const data = await client.open('RETR f');
    const closing = fixture.server.close({ graceMs: 60_000 });
    client.raw.send('MKD late\r\n');
    data.resume();
    await client.raw.expect(226);
    await client.raw.expect(421);
    await closing;
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    data.destroy();
  });

  test(`O07 at the deadline what still runs is ended, and no half file stays (${kind})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', content);
    const down = await login(fixture);
    const up = await login(fixture);
    const stuck = await down.open('RETR f');
    const half = await up.open('STOR half');
    half.resume();
    await new Promise<void>((resolve) => {
      half.write(content.subarray(0, 100_000), () => resolve());
    });
    await fixture.server.close({ graceMs: 50 });
    assert.match(await down.raw.end(), /^(?:426 [^\r]*\r\n)?(?:421 [^\r]*\r\n)?$/u);
    assert.match(await up.raw.end(), /^(?:426 [^\r]*\r\n)?(?:421 [^\r]*\r\n)?$/u);
    assert.equal(fixture.server.sessions.size, 0);
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    stuck.destroy();
    half.destroy();
  });

  for (const line of ['RETR f', 'STOR half']) {
    test(`a kick ends ${line} with 426, then the session with 421 (${kind})`, async () => {
      await using fixture = await startTlsServer();
      await putFile(fixture.fileSystem, '/f', content);
      const client = await login(fixture);
      const data = await client.open(line);
      data.on('error', () => undefined);
      if (line.startsWith('STOR')) {
        data.resume();
        await new Promise<void>((resolve) => {
          data.write(content.subarray(0, 100_000), () => resolve());
        });
      }
      const [session] = fixture.server.sessions.list();
      session?.kick('Ended by the administrator');
      await client.raw.expect(426);
      assert.match((await client.raw.expect(421)).text, /administrator/u);
      await client.raw.end();
      assert.equal(fixture.server.sessions.size, 0);
      assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
      data.destroy();
    });
  }
}

test('O07 two calls of close are one, and it settles without sessions', async () => {
  await using fixture = await startTlsServer();
  const first = fixture.server.close();
  assert.equal(fixture.server.close(), first);
  await first;
  assert.equal(await listens(fixture.port()), false);
});
