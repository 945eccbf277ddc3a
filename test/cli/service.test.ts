import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer as createTcpServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeActivatedSockets } from '#cli/service/activation.ts';
import { program, runWherry, scratch, startWherry } from './wherry-process.ts';

const root = join(import.meta.dirname, '..', '..');
const complete = process.env['WHERRY_TESTS_COMPLETE'] === '1';

function needs(command: string, debianPackage: string): string | false {
  const missing = spawnSync('which', [command]).status !== 0;
  return missing && !complete ? `needs ${debianPackage}` : false;
}

test('sockets of systemd are taken by their names, and only by the process they are for', () => {
  const environment = { LISTEN_FDS: '2', LISTEN_PID: '77', LISTEN_FDNAMES: 'sftp:ftp', PATH: '/bin' };
  assert.deepEqual(takeActivatedSockets({ ...environment }, 78), {});
  const taken = { ...environment };
  assert.deepEqual(takeActivatedSockets(taken, 77), { sftp: 3, ftp: 4 });
  assert.deepEqual(taken, { PATH: '/bin' });
  for (const [count, names] of [
    ['1', 'gopher'],
    ['1', ''],
    ['2', 'ftp'],
    ['99', 'ftp'],
  ] as const) {
    assert.throws(
      () => takeActivatedSockets({ LISTEN_FDS: count, LISTEN_PID: '77', LISTEN_FDNAMES: names }, 77),
      /FileDescriptorName/u,
    );
  }
});

test('a server takes over sockets that listen already', { skip: needs('python3', 'python3') }, async (t) => {
  const directory = scratch(t);
  const script = [
    'import os, socket, sys',
    'listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]',
    'for index, listener in enumerate(listeners): os.dup2(listener.fileno(), 100 + index)',
    'for index in range(4): os.dup2(100 + index, 3 + index)',
    'print([listener.getsockname()[1] for listener in listeners], flush=True)',
    'os.environ.update(LISTEN_FDS="4", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="ftp:ftps:sftp:http")',
    'os.execv(sys.argv[1], sys.argv[1:])',
  ].join('\n');
  const words = [
    'serve',
    directory,
    '--json',
    '--data-dir',
    scratch(t),
    '--passive-ports',
    '0',
    '--user',
    'alice:wonderland',
  ];
  const off = [
    '--ftp',
    'off',
    '--ftps',
    'off',
    '--sftp',
    'off',
    '--http',
    'off',
    '--tftp',
    '0',
    '--host',
    '127.0.0.1',
  ];
  const child = spawn('python3', ['-c', script, program, ...words, ...off], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while (!said.includes('"ready"')) await once(child.stdout, 'data');
  const [first = '', second = ''] = said.split('\n');
  const ports = JSON.parse(first) as readonly number[];
  const { listeners } = JSON.parse(second) as {
    readonly listeners: readonly { readonly protocol: string; readonly port: number }[];
  };
  const told = new Map(listeners.map(({ protocol, port }) => [protocol, port]));
  assert.deepEqual(
    ['ftp', 'ftps', 'sftp', 'http'].map((protocol) => told.get(protocol)),
    ports,
  );
  const banner = async (port: number): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return chunk.toString('latin1');
  };
  assert.match(await banner(ports[0] ?? 0), /^220 /u);
  assert.match(await banner(ports[2] ?? 0), /^SSH-2\.0-/u);
  assert.equal((await fetch(`http://127.0.0.1:${ports[3]}/readyz`)).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test(
  'systemd is told that the server is ready and lives',
  { skip: needs('systemd-notify', 'systemd') || needs('python3', 'python3') },
  async (t) => {
    const socketFile = join(scratch(t), 'notify');
    const script = [
      'import os, socket, sys',
      'listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
      'listener.bind(sys.argv[1])',
      'print("bound", flush=True)',
      // systemd-notify sends a descriptor too, and waits until it is closed.
      'while True:',
      '    text, descriptors, _, _ = socket.recv_fds(listener, 4096, 4)',
      '    for descriptor in descriptors: os.close(descriptor)',
      '    print(text.decode().replace("\\n", " "), flush=True)',
    ].join('\n');
    const manager = spawn('python3', ['-c', script, socketFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => manager.kill('SIGKILL'));
    let heard = '';
    manager.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    const hears = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(heard)) await once(manager.stdout, 'data');
    };
    await hears(/bound/u);
    const environment = { NOTIFY_SOCKET: socketFile, WATCHDOG_USEC: '200000' };
    const server = await startWherry(t, { words: ['--host', '127.0.0.1', '--sftp', 'off'], environment });
    await hears(/READY=1/u);
    await hears(/WATCHDOG=1[^]*WATCHDOG=1/u);
    await server.stop();
    await hears(/STOPPING=1/u);
  },
);

const isRoot = process.geteuid?.() === 0;

test(
  'started as root it binds, becomes the user for good, and everything it makes is the user’s',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const user = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
    const directory = scratch(t);
    const dataDirectory = join(scratch(t), 'state');
    mkdirSync(dataDirectory);
    for (const path of [directory, join(dataDirectory, '..')]) chownSync(path, user, user);
    const server = await startWherry(t, {
      directory,
      dataDirectory,
      words: ['--host', '127.0.0.1', '--run-as', 'nobody', '--user', 'alice:wonderland'],
    });
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    assert.match(status, new RegExp(`^Uid:\\t${user}\\t${user}\\t${user}\\t${user}$`, 'mu'));
    assert.match(status, /^CapEff:\t0+$/mu);
    assert.ok(!/^Groups:.*\b0\b/mu.test(status));
    for (const name of ['wherry.db', 'state.db', 'admin.sock', 'ssh_host_ed25519_key', 'tls-self-made.pem'])
      assert.equal(statSync(join(dataDirectory, name)).uid, user, name);
    assert.equal((await fetch(`http://127.0.0.1:${server.port('http')}/readyz`)).status, 200);
    await server.stop();
  },
);

test('a user that cannot be become ends the start', async (t) => {
  const directory = scratch(t);
  const taken = createTcpServer().listen(0);
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  for (const name of ['nobody-of-that-name', 'root', '--', '$(id)']) {
    const { code, stderr } = await runWherry([
      'serve',
      directory,
      '--data-dir',
      scratch(t),
      `--run-as=${name}`,
      '--ftp',
      String(port),
    ]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Cannot run as/u);
  }
});

test(
  'the unit is one that systemd takes, and it is hardened',
  { skip: needs('systemd-analyze', 'systemd') },
  async (t) => {
    const { copyFileSync, writeFileSync, readdirSync } = await import('node:fs');
    const units = scratch(t);
    const source = join(root, 'packaging', 'systemd');
    for (const name of readdirSync(source)) copyFileSync(join(source, name), join(units, name));
    const text = readFileSync(join(source, 'wherry.service'), 'utf8').replaceAll('/usr/bin/wherry', program);
    writeFileSync(join(units, 'wherry.service'), text.replace(/^(User|Group)=wherry$/gmu, '$1=daemon'));
    const files = readdirSync(units).map((name) => join(units, name));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, ''], verified.stdout);
  },
);
