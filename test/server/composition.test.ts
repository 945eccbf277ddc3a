import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { fixedAccounts } from '#accounts/index.ts';
import { EventBus, type EventName, type EventOf, type ServerEvent } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { createServer, type ServerOptions, type WherryServer } from '#server/create-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { logIn } from './ssh-client.ts';

const alice = { user: 'alice', password: 'wonderland' } as const;

interface Scene {
  readonly server: WherryServer;
  readonly events: readonly ServerEvent[];
  readonly port: (protocol: 'ftp' | 'sftp' | 'tftp') => number;
}

async function start(t: TestContext, options: Partial<ServerOptions> = {}): Promise<Scene> {
  const bus = new EventBus();
  const events: ServerEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const server = await createServer({
    storage: new MemoryFileSystem(),
    accounts: fixedAccounts([{ name: alice.user, password: alice.password }]),
    events: bus,
    timeouts: { failedLoginMs: 1 },
    ...options,
    listen: { host: '127.0.0.1', sftp: 0, ...options.listen },
  });
  t.after(() => server.close({ graceMs: 0 }));
  return {
    server,
    events,
    port: (protocol) => {
      const found = server.listeners.find((listener) => listener.protocol === protocol);
      if (found === undefined) throw new Error(`Nothing listens for ${protocol}`);
      return found.port;
    },
  };
}

function told<Name extends EventName>(events: readonly ServerEvent[], name: Name): EventOf<Name>[] {
  return events.filter((event): event is ServerEvent & EventOf<Name> => event.event === name);
}

test('a server may be SFTP alone, with a key for this run', async (t) => {
  const { server, port } = await start(t);
  assert.deepEqual(
    server.listeners.map(({ protocol }) => protocol),
    ['sftp'],
  );
  const { ssh } = await logIn(t, port('sftp'), alice);
  await assert.rejects(
    ssh.openTunnel({ host: 'localhost', port: port('sftp'), originHost: '', originPort: 0 }),
  );
  const [session] = server.sessions.list();
  assert.equal(session?.protocol, 'sftp');
  assert.equal(session.account?.name, 'alice');
  assert.match(session.security ?? '', /^SSH /);
});

test('an administrator ends an SSH connection with a reason', async (t) => {
  const { server, port, events } = await start(t);
  const { ssh } = await logIn(t, port('sftp'), alice);
  server.sessions.list()[0]?.kick('Ended by an administrator');
  await ssh.closed;
  await server.sessions.whenEmpty();
  assert.equal(told(events, 'session-closed')[0]?.reason, 'Ended by an administrator');
});

test('the defence ends a connection that guesses, and lets nobody in beyond the limits', async (t) => {
  const defence = new LoginDefence({ limits: { failuresPerConnection: 1, firstDelayMs: 1 } });
  const { server, port, events } = await start(t, { defence, limits: { perAddress: 1 } });
  await assert.rejects(logIn(t, port('sftp'), { ...alice, password: 'wrong' }), /failed logins/);
  await server.sessions.whenEmpty();
  const [refused] = told(events, 'login-refused');
  assert.deepEqual([refused?.user, refused?.method, refused?.account], ['alice', 'password', null]);
  await logIn(t, port('sftp'), alice);
  const second = connect(port('sftp'), '127.0.0.1');
  const [line] = (await once(second, 'data')) as [Buffer];
  second.destroy();
  assert.equal(line.toString(), 'Too many connections from your address\r\n');
  assert.equal(told(events, 'session-refused')[0]?.protocol, 'sftp');
});

test('what cannot start leaves nothing open', async (t) => {
  const { port } = await start(t);
  const bus = new EventBus();
  const events: ServerEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const options: ServerOptions = {
    accounts: fixedAccounts([]),
    events: bus,
    listen: { host: '127.0.0.1', ftp: 0, sftp: port('sftp') },
  };
  await assert.rejects(createServer(options), /listen on 127\.0\.0\.1/);
  // TFTP comes last and has nothing to serve here; whatever else held a port open would keep this file from ending.
  await assert.rejects(
    createServer({ ...options, listen: { host: '127.0.0.1', ftp: 0, sftp: 0, tftp: 0 } }),
    {
      code: 'invalid-argument',
    },
  );
  assert.deepEqual(told(events, 'ready'), []);
});
