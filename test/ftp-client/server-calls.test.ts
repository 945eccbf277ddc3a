import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as immediate } from 'node:timers/promises';
import type { WherryError } from '#core/errors.ts';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { parseHostPort } from '#protocols/ftp/wire/host-port.ts';
import { at, connectTo, readWhole, type Client } from './client-fixture.ts';
import { ScriptedServer, sends, type Script, type ScriptedSession } from './scripted-server.ts';

const vsftpd = '220 (vsFTPd 3.0.3)\r\n';
const proftpd = '220 ProFTPD Server (test)\r\n';
const names = Array.from({ length: 16 }, (_, index) => `/file-${index}`);
const contentOf = (name: string): string => name.padEnd(10, '.').slice(0, 10);

/** The ports that were told and not used yet; null where a passive one was asked for since. */
const told = new WeakMap<ScriptedSession, { readonly port: number } | null>();

const takePort: Script = (argument, session) => {
  told.set(session, parseHostPort(argument));
  return '200 PORT command successful\r\n';
};

const takePassive: Script = async (_argument, session) => {
  told.delete(session);
  return `229 Extended (|||${await session.listen()}|)\r\n`;
};

/** Calls the client where it said, once for each time that it said so. */
async function call(session: ScriptedSession, localAddress = '127.0.0.1'): Promise<Socket> {
  const { port } = told.get(session) ?? { port: 0 };
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  await new Promise<void>((resolve) => {
    socket.on('connect', resolve).on('error', () => resolve());
  });
  return socket;
}

const isTold = (session: ScriptedSession): boolean => told.has(session);

/** Sends a file over a connection that it opens, and waits for the other end as ProFTPD does. */
const sendByCall: Script = async (name, session) => {
  const socket = await call(session);
  told.delete(session);
  if (socket.connecting || socket.destroyed) return '425 Failed to establish connection.\r\n';
  session.send('150 Here it comes\r\n');
  socket.end(contentOf(name));
  socket.resume();
  await once(socket, 'close');
  return '226 Transfer complete\r\n';
};

/** Sends a file in whichever mode was asked for. */
const retrieve: Script = (name, session) =>
  isTold(session) ? sendByCall(name, session) : sends(contentOf(name))(name, session);

const ordinary = { PORT: takePort, EPSV: takePassive, RETR: retrieve };

async function open(server: ScriptedServer, options: Partial<FtpClientOptions> = {}): Promise<Client> {
  const { host, port } = server;
  return connectTo({ host, port, tls: 'off', callingFromMs: 0, ...options });
}

/** What each file gave: its content, or the code of what failed. */
async function readAll(client: Client, wanted: readonly string[] = names): Promise<string[]> {
  const entry = await client.connection.stat(at('/file'));
  return Promise.all(
    wanted.map(async (name) => {
      try {
        return String(await readWhole(await client.connection.openRead(at(name), { entry })));
      } catch (thrown) {
        return (thrown as WherryError).code;
      }
    }),
  );
}

const countOf = (server: ScriptedServer, verb: string): number =>
  server.commands.filter((command) => command.startsWith(`${verb} `) || command === verb).length;

/** Most transfers that were on their way at once, as the conversation shows it. */
function sideBySide({ said }: Client): number {
  let most = 0;
  let now = 0;
  for (const { kind, text } of said) {
    if (kind === 'command' && text.startsWith('RETR')) now += 1;
    else if (kind === 'reply' && /^(226|4|5)/.test(text)) now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

test('many small files are called for, several ahead, after one has shown that it works', async () => {
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts: ordinary });
  await using client = await open(server);
  assert.deepEqual(await readAll(client), names.map(contentOf));
  assert.ok(countOf(server, 'PORT') > names.length / 2);
  assert.ok(sideBySide(client) > 1);
  const first = server.commands.findIndex((command) => command.startsWith('PORT'));
  assert.match(server.commands[first + 1] ?? '', /^RETR/);
  assert.ok(server.commands.slice(0, first).some((command) => command === 'EPSV'));
});

test('a server that reads nothing until it has confirmed its data is told the next port with their end', async () => {
  /** A file of which the client must say nothing while it comes, and to whose end it must add the next port. */
  const watched: Script = async (name, session) => {
    if (name !== '/file-10') return retrieve(name, session);
    assert.ok(isTold(session));
    let heard = '';
    session.socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
    const socket = await call(session);
    session.send('150 Here it comes\r\n');
    for (let turn = 0; turn < 50; turn += 1) await immediate();
    assert.equal(heard, '');
    socket.end(contentOf(name));
    socket.resume();
    while (!heard.includes('RETR')) await once(session.socket, 'data');
    return '226 Transfer complete\r\n';
  };
  const scripts = { ...ordinary, RETR: watched };
  await using server = await ScriptedServer.start({ greeting: proftpd, scripts });
  await using client = await open(server);
  assert.deepEqual(await readAll(client), names.map(contentOf));
  assert.ok(countOf(server, 'PORT') > names.length / 2);
});

for (const [what, scripts] of [
  ['knows no PORT', { PORT: () => '500 Illegal PORT command.\r\n' }],
  ['cannot call', { PORT: (_: string, session: ScriptedSession) => takePort('127,0,0,1,0,1', session) }],
] as const) {
  test(`a server that ${what} is asked once, and nothing is lost over it`, async () => {
    await using server = await ScriptedServer.start({
      greeting: vsftpd,
      scripts: { ...ordinary, ...scripts },
    });
    await using client = await open(server);
    assert.deepEqual(await readAll(client), names.map(contentOf));
    assert.equal(countOf(server, 'PORT'), 1);
    assert.equal(server.sessions.length, 1);
  });
}

test('a server that never calls is left behind, and everything goes on over another connection', async () => {
  const stuck: Script = (name, session) =>
    isTold(session) ? new Promise<null>(() => undefined) : retrieve(name, session);
  await using server = await ScriptedServer.start({
    greeting: vsftpd,
    scripts: { ...ordinary, RETR: stuck },
  });
  await using client = await open(server);
  const listed = Array.fromAsync(client.connection.readDirectory(at('/')));
  assert.deepEqual(await readAll(client), names.map(contentOf));
  await listed;
  assert.equal(client.connection.isClosed, false);
  assert.equal(countOf(server, 'PORT'), 1);
  assert.equal(server.sessions.length, 2);
  const [first, second] = server.sessions;
  assert.equal(first?.socket.destroyed, true);
  assert.ok(second?.commands.some((command) => command.startsWith('RETR')));
});

test('a server that stops calling in the middle of many is left behind with none of them lost', async () => {
  let calls = 0;
  const halting: Script = (name, session) => {
    if (isTold(session)) calls += 1;
    return isTold(session) && calls > 4 ? new Promise<null>(() => undefined) : retrieve(name, session);
  };
  const scripts = { ...ordinary, RETR: halting };
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts });
  await using client = await open(server);
  assert.deepEqual(await readAll(client), names.map(contentOf));
  assert.equal(server.sessions.length, 2);
});

test('when no other connection can be had, the files fail as over a connection that was lost', async () => {
  let logins = 0;
  const user: Script = () => {
    logins += 1;
    return logins > 1 ? '530 Too many connections\r\n' : '331 Password\r\n';
  };
  const stuck: Script = (name, session) =>
    isTold(session) ? new Promise<null>(() => undefined) : retrieve(name, session);
  const scripts = { ...ordinary, USER: user, RETR: stuck };
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts });
  await using client = await open(server);
  const found = await readAll(client);
  assert.ok(found.includes('connection-lost'));
  for (const [index, content] of found.entries())
    assert.ok(content === 'connection-lost' || content === contentOf(names[index] ?? ''));
  assert.equal(client.connection.isClosed, true);
});

test('a session may be closed while it looks for another connection', async () => {
  const again = Promise.withResolvers<void>();
  let logins = 0;
  const user: Script = () => {
    logins += 1;
    if (logins === 1) return '331 Password\r\n';
    again.resolve();
    return new Promise<null>(() => undefined);
  };
  const stuck: Script = (name, session) =>
    isTold(session) ? new Promise<null>(() => undefined) : retrieve(name, session);
  const scripts = { ...ordinary, USER: user, RETR: stuck };
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts });
  await using client = await open(server);
  const reading = readAll(client);
  await again.promise;
  await client.connection.close();
  assert.ok((await reading).includes('closed'));
});

test('whoever else calls is turned away, and the server is waited for', async () => {
  let turnedAway = 0;
  const behindStranger: Script = async (name, session) => {
    if (isTold(session)) {
      const stranger = await call(session, '127.0.0.2');
      stranger.end('not what was asked for');
      stranger.resume();
      if (!stranger.closed) await once(stranger, 'close');
      turnedAway += 1;
    }
    return retrieve(name, session);
  };
  const scripts = { ...ordinary, RETR: behindStranger };
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts });
  await using client = await open(server);
  assert.deepEqual(await readAll(client), names.map(contentOf));
  assert.ok(turnedAway > names.length / 2);
  assert.ok(client.said.some(({ text }) => text.includes('127.0.0.2 was turned away')));
});

test('what fails in the middle of many fails alone', async () => {
  const failing: Script = async (name, session) => {
    if (!isTold(session) || !/-(8|10|12|14)$/.test(name)) return retrieve(name, session);
    if (name.endsWith('8')) return '550 Failed to open file.\r\n';
    if (name.endsWith('4')) return '425 Failed to establish connection.\r\n';
    const socket = await call(session);
    session.send('150 Here it comes\r\n');
    if (name.endsWith('2')) {
      socket.end(contentOf(name).slice(0, 4));
      return '226 Transfer complete\r\n';
    }
    await new Promise<void>((resolve) => {
      socket.write('some', () => resolve());
    });
    socket.resetAndDestroy();
    return '426 Failure writing network stream.\r\n';
  };
  for (const greeting of [vsftpd, proftpd]) {
    const scripts = { ...ordinary, RETR: failing };
    await using server = await ScriptedServer.start({ greeting, scripts });
    await using client = await open(server, { dataMode: 'active' });
    const found = await readAll(client);
    const expected = names.map(contentOf);
    expected[8] = 'not-found';
    expected[10] = 'connection-lost';
    expected[12] = 'truncated';
    assert.deepEqual(found, expected);
    assert.equal(client.connection.isClosed, false);
  }
});

test('a file that is stopped while it waits for the server stops no other', async () => {
  await using server = await ScriptedServer.start({ greeting: vsftpd, scripts: ordinary });
  await using client = await open(server);
  const entry = await client.connection.stat(at('/file'));
  await readAll(client);
  const controller = new AbortController();
  const found = await Promise.all(
    names.map(async (name, index) => {
      const { signal } = index % 3 === 1 ? controller : new AbortController();
      const handle = await client.connection.openRead(at(name), { entry, signal });
      const reading = readWhole(handle).then(String, (thrown: unknown) => (thrown as WherryError).code);
      if (index === 5) setImmediate(() => controller.abort());
      return reading;
    }),
  );
  for (const [index, name] of names.entries()) {
    if (found[index] !== 'aborted' || index % 3 !== 1) assert.equal(found[index], contentOf(name));
  }
  assert.ok(found.includes('aborted'));
  assert.equal(client.connection.isClosed, false);
  assert.deepEqual(await readAll(client), names.map(contentOf));
});

for (const [what, options] of [
  ['it is told to be passive', { dataMode: 'passive' }],
  ['the way is shorter than is worth it', { callingFromMs: 1e6 }],
  ['it goes by another way', { dialer: { dial: ({ host, port }) => dialled(host, port) } }],
] as const satisfies readonly (readonly [string, Partial<FtpClientOptions>])[]) {
  test(`no server is let call where ${what}`, async () => {
    await using server = await ScriptedServer.start({ greeting: vsftpd, scripts: ordinary });
    await using client = await open(server, options);
    assert.deepEqual(await readAll(client), names.map(contentOf));
    assert.equal(countOf(server, 'PORT'), 0);
  });
}

async function dialled(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  return socket;
}
