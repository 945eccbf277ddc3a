import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WherryError } from '#core/errors.ts';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { contentOf } from '#test/ftp/helpers.ts';
import { at, connectTo, listAll, readWhole, store, type Client } from './client-fixture.ts';
import { ScriptedServer, sends, type ScriptedServerOptions } from './scripted-server.ts';

const soon = { abortMs: 200, dataConnectMs: 1000, replyMs: 3000, completionMs: 2000, stallMs: 2000 };

async function open(server: ScriptedServer, options: Partial<FtpClientOptions> = {}): Promise<Client> {
  const { host, port } = server;
  return connectTo({ host, port, user: 'u', password: 'secret word', tls: 'off', times: soon, ...options });
}

/** What connecting to such a server fails with. */
async function connectFails(
  scripted: ScriptedServerOptions,
  expected: object,
  options: Partial<FtpClientOptions> = {},
): Promise<readonly string[]> {
  await using server = await ScriptedServer.start(scripted);
  await assert.rejects(open(server, options), expected);
  return server.commands;
}

test('replies and listings may be cut anywhere', async () => {
  const listing = 'type=file;size=3; a b\r\ntype=dir; d\r\n';
  for (const pieceBytes of [1, 2, 3, 7]) {
    await using server = await ScriptedServer.start({
      pieceBytes,
      greeting: '220-Several lines\r\n220 early is text\r\n220-more\r\n 331 no\r\n220 Ready\r\n'.replace(
        '220 early',
        ' 220 early',
      ),
      scripts: { MLSD: sends(listing), RETR: sends('0123456789') },
    });
    await using client = await open(server);
    assert.deepEqual(
      (await listAll(client.connection)).map(({ name, type }) => [name, type]),
      [
        ['a b', 'file'],
        ['d', 'directory'],
      ],
    );
    assert.equal((await readWhole(await client.connection.openRead(at('/x')))).toString(), '0123456789');
  }
});

test('replies without end are not kept', async () => {
  const endlessLine = `220 ${'x'.repeat(200_000)}`;
  const endlessReply = `220-${'x\r\n220-'.repeat(5_000_000)}`;
  await connectFails({ greeting: endlessLine }, { code: 'too-large' });
  await connectFails({ greeting: endlessReply }, { code: 'too-large' });
  await connectFails({ greeting: 'SSH-2.0-OpenSSH_9.9\r\n' }, { code: 'protocol' });
  await connectFails({ scripts: { USER: () => '331 x\r\n'.repeat(1000) } }, { code: 'protocol' });
});

test('a listing without end is given up', async () => {
  await using server = await ScriptedServer.start({ scripts: { MLSD: sends(Buffer.alloc(300_000, 'x')) } });
  await using client = await open(server);
  await assert.rejects(listAll(client.connection), { code: 'too-large' });
  assert.equal((await client.connection.stat(at('/x'))).size, 10);
});

test('data are fetched from the server alone, whatever a 227 reply says', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      EPSV: () => '500 Unknown\r\n',
      PASV: async (_argument, session) => {
        const listening = await session.listen();
        return `227 Go to (203,0,113,5,${listening >> 8},${listening & 255})\r\n`;
      },
      RETR: sends('0123456789'),
    },
  });
  await using client = await open(server);
  assert.equal((await readWhole(await client.connection.openRead(at('/x')))).toString(), '0123456789');
  assert.ok(client.said.some(({ text }) => text.includes('203.0.113.5')));
  assert.equal((await readWhole(await client.connection.openRead(at('/x')))).toString(), '0123456789');
  assert.equal(server.commands.filter((command) => command === 'EPSV').length, 1);
});

test('active mode is the last resort', async () => {
  let target = '';
  await using server = await ScriptedServer.start({
    scripts: {
      EPSV: () => '502 No\r\n',
      PASV: () => '502 No\r\n',
      PORT: (argument) => {
        target = argument;
        return '200 Fine\r\n';
      },
      RETR: async (_argument, session) => {
        session.send('150 Coming\r\n');
        const { connect } = await import('node:net');
        const [a, b, c, d, high, low] = target.split(',').map(Number);
        const socket = connect({ host: `${a}.${b}.${c}.${d}`, port: (high ?? 0) * 256 + (low ?? 0) });
        await new Promise<void>((resolve) => {
          socket.end('0123456789', () => resolve());
        });
        return '226 Done\r\n';
      },
    },
  });
  {
    await using client = await open(server);
    assert.equal((await readWhole(await client.connection.openRead(at('/x')))).toString(), '0123456789');
  }
  await using passive = await open(server, { dataMode: 'passive' });
  await assert.rejects(readWhole(await passive.connection.openRead(at('/x'))), {
    code: 'connection-refused',
  });
});

test('421 ends the connection, and says that trying again makes sense', async () => {
  await connectFails(
    { greeting: '421 Too many users\r\n' },
    { code: 'too-many', retryable: true, reply: 421 },
  );
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: () => '150 Coming\r\n421 Shutting down\r\n',
      MLST: (name) => (name === '/x' ? ' ' : '421 Bye\r\n'),
    },
  });
  await using client = await open(server);
  await assert.rejects(client.connection.stat(at('/y')), {
    code: 'unavailable',
    retryable: true,
    reply: 421,
  });
  assert.equal(client.connection.isClosed, true);
  await assert.rejects(client.connection.stat(at('/z')), { code: 'unavailable' });
});

test('421 in the middle of a transfer is not taken for its end', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: async (_argument, session) => {
        session.send('150 Coming\r\n');
        (await session.data()).write('01234');
        return '421 Shutting down\r\n';
      },
    },
  });
  await using client = await open(server);
  const handle = await client.connection.openRead(at('/x'));
  await assert.rejects(readWhole(handle), { code: 'unavailable', retryable: true });
});

test('a login that is refused is told apart from one too many', async () => {
  await connectFails(
    { scripts: { PASS: () => '530 Login incorrect\r\n' } },
    { code: 'login-refused', retryable: false },
  );
  await connectFails(
    {
      scripts: {
        PASS: () =>
          '530 Sorry, the maximum number of connections (2) for your host are already connected\r\n',
      },
    },
    { code: 'too-many', retryable: true },
  );
  await connectFails({ scripts: { PASS: () => '332 Account?\r\n' } }, { code: 'login-refused', reply: 332 });
});

test('nothing secret is sent where TLS is required and not offered', async () => {
  const commands = await connectFails({}, { code: 'not-trusted' }, { tls: 'require' });
  assert.deepEqual(commands, ['AUTH TLS', 'AUTH SSL']);
});

test('what follows the reply to AUTH in the clear is not believed', async () => {
  const scripts = { AUTH: () => '234 Go on\r\n230 Logged in already\r\n' };
  const commands = await connectFails({ scripts }, { code: 'protocol' }, { tls: 'require' });
  assert.deepEqual(commands, ['AUTH TLS']);
});

test('passwords are not told', async () => {
  await using server = await ScriptedServer.start();
  await using client = await open(server);
  assert.ok(server.commands.includes('PASS secret word'));
  assert.ok(client.commands().includes('PASS ***'));
  assert.ok(!client.said.some(({ text }) => text.includes('secret word')));
});

test('a name that would break a command is refused before anything is sent', async () => {
  await using server = await ScriptedServer.start();
  await using client = await open(server);
  const before = server.commands.length;
  const { connection } = client;
  for (const name of ['/a\r\nDELE b', '/a\nb', '/a\rb']) {
    const refused = { code: 'name-invalid' };
    await assert.rejects(connection.stat(at(name)), refused);
    await assert.rejects(connection.removeFile(at(name)), refused);
    await assert.rejects(connection.rename(at('/x'), at(name)), refused);
    await assert.rejects(connection.makeDirectory(at(name)), refused);
    await assert.rejects(listAll(connection, name), refused);
    await assert.rejects(store(connection, name, 'x'), refused);
  }
  assert.deepEqual(
    server.commands.slice(before).filter((command) => command !== 'EPSV'),
    [],
  );
});

test('listed names that reach for other directories are left out and told', async () => {
  const names = ['good', '../evil', 'a/b', '..', '.', '/etc/passwd', 'nul\0l', 'also good'];
  const listing = names.map((name) => `type=file;size=1; ${name}\r\n`).join('');
  await using server = await ScriptedServer.start({ scripts: { MLSD: sends(listing) } });
  await using client = await open(server);
  assert.deepEqual(
    (await listAll(client.connection)).map(({ name }) => name),
    ['also good', 'good'],
  );
  const told = client.said.filter(({ kind }) => kind === 'error').map(({ text }) => text);
  assert.equal(told.length, 4);
});

test('a server without digests says so before it is asked', async () => {
  await using server = await ScriptedServer.start();
  await using client = await open(server);
  assert.deepEqual(client.connection.capabilities.checksums, []);
  await assert.rejects(client.connection.checksum(at('/x'), 'SHA-256'), { code: 'not-supported' });
});

test('a download that breaks off at any octet is no file, and the connection goes on', async () => {
  const content = Buffer.from('0123456789');
  let length = 0;
  let ending: 'end' | 'reset' = 'end';
  let last = '226 Done\r\n';
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: async (_argument, session) => {
        session.send('150 Coming\r\n');
        const data = await session.data();
        await new Promise<void>((resolve) => {
          data.write(content.subarray(0, length), () => resolve());
        });
        if (ending === 'reset') data.resetAndDestroy();
        else data.end();
        return last;
      },
    },
  });
  await using client = await open(server);
  const endings = [
    ['end', '226 Done\r\n', 'truncated'],
    ['end', '426 Broken\r\n', 'connection-lost'],
    ['reset', '426 Broken\r\n', 'connection-lost'],
    ['end', '451 Disk\r\n', 'io'],
  ] as const;
  for (const [how, reply, code] of endings) {
    for (length = 0; length < content.length; length += 1) {
      ending = how;
      last = reply;
      const target = new MemoryFileSystem();
      const handle = await client.connection.openRead(at('/x'));
      const written = target.openWrite(at('/x'));
      await assert.rejects(
        async () => handle.copyTo(written, { start: 0 }),
        { code },
        `${how} ${reply} ${length}`,
      );
      await handle.close();
      await written.abort();
      assert.equal(await contentOf(target, '/x'), null);
    }
  }
  ending = 'end';
  last = '226 Done\r\n';
  assert.deepEqual(await readWhole(await client.connection.openRead(at('/x'))), content);
});

test('an upload that breaks off leaves nothing under its name', async () => {
  let taken = 0;
  await using server = await ScriptedServer.start({
    scripts: {
      STOR: async (_argument, session) => {
        session.send('150 Go\r\n');
        const data = await session.data();
        let received = 0;
        await new Promise<void>((resolve) => {
          data.on('data', (chunk: Buffer) => {
            received += chunk.length;
            if (received >= taken) data.resetAndDestroy();
          });
          data.once('close', () => resolve());
        });
        return '426 Broken\r\n';
      },
      DELE: () => '250 Gone\r\n',
    },
  });
  await using client = await open(server);
  for (taken = 1; taken <= 10; taken += 1) {
    await assert.rejects(store(client.connection, '/x', '0123456789'), { code: 'connection-lost' });
  }
  assert.ok(!server.commands.some((command) => command.startsWith('RNTO')));
});

test('the last reply may come before the last data', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: async (_argument, session) => {
        session.send('150 Coming\r\n226 Done already\r\n');
        const data = await session.data();
        data.write('01234');
        setImmediate(() => data.end('56789'));
        return null;
      },
    },
  });
  await using client = await open(server);
  assert.equal((await readWhole(await client.connection.openRead(at('/x')))).toString(), '0123456789');
});

test('ABOR ends a transfer that the server does not begin', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: () => null,
      // The telnet sequence for attention comes before the verb.
      '\xff\xf4\xff\xf2ABOR': () => '426 Stopped\r\n226 Aborted\r\n',
    },
  });
  await using client = await open(server);
  const stop = new AbortController();
  const handle = await client.connection.openRead(at('/x'), { signal: stop.signal });
  const reading = readWhole(handle);
  stop.abort();
  await assert.rejects(reading, { code: 'aborted' });
  assert.equal((await client.connection.stat(at('/x'))).size, 10);
});

test('commands sent ahead to a server that mixes up its replies fail once, and never again', async () => {
  let confused = false;
  await using server = await ScriptedServer.start({
    greeting: '220 (vsFTPd 3.0.3)\r\n',
    scripts: {
      EPSV: async (_argument, session) => {
        const { commands } = session;
        // The third is the first that follows a transfer at once; only the first session sends it so.
        const asked = commands.filter((command) => command === 'EPSV').length;
        if (asked === 3 && !confused) {
          confused = true;
          return '226 No\r\n';
        }
        return `229 Extended (|||${await session.listen()}|)\r\n`;
      },
      RETR: sends('0123456789'),
    },
  });
  {
    await using client = await open(server);
    const { connection } = client;
    assert.equal(connection.parallelTransfers, 3);
    const files = ['/a', '/b', '/c'].map(async (path) => readWhole(await connection.openRead(at(path))));
    const results = await Promise.allSettled(files);
    const failed = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as WherryError] : [],
    );
    assert.ok(failed.length > 0);
    for (const { code, retryable } of failed) assert.deepEqual([code, retryable], ['protocol', true]);
  }
  await using client = await open(server);
  assert.equal(client.connection.parallelTransfers, 1);
  const files = ['/a', '/b', '/c'].map(async (path) => readWhole(await client.connection.openRead(at(path))));
  for (const content of await Promise.all(files)) assert.equal(content.toString(), '0123456789');
});

test('the server is kept awake during a transfer, whenever it answers', async () => {
  for (const early of [true, false]) {
    let release: () => void = () => undefined;
    await using server = await ScriptedServer.start({
      greeting: '220 (vsFTPd 3.0.3)\r\n',
      scripts: {
        RETR: async (_argument, session) => {
          session.send('150 Coming\r\n');
          const data = await session.data();
          data.write('01234');
          const { promise, resolve } = Promise.withResolvers<void>();
          release = resolve;
          if (early) session.socket.once('data', () => session.send('200 Still here\r\n'));
          await promise;
          data.end('56789');
          return '226 Done\r\n';
        },
        NOOP: () => (early ? null : '200 Still here\r\n'),
      },
    });
    await using client = await open(server, { times: { ...soon, keepAliveMs: 20 } });
    const handle = await client.connection.openRead(at('/x'));
    const reading = readWhole(handle);
    reading.catch(() => undefined);
    while (!client.connection.isClosed && !client.commands().includes('NOOP')) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    release();
    assert.equal((await reading).toString(), '0123456789');
    assert.equal((await client.connection.stat(at('/x'))).size, 10);
  }
});
