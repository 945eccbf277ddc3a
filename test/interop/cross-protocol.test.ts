import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { lacking, run } from './programs.ts';

const skip = lacking(['curl'], 'curl');

/** Who may write, and who may only read. */
const writer = 'alice:wonderland';
const reader = 'bob:builder';

const shared = startWherry(
  { after: after as TestContext['after'] },
  {
    words: ['--host', '127.0.0.1', '--tftp', '0', '--user', writer, '--user', `${reader}:r`],
  },
);

interface Way {
  readonly name: string;
  /** Words of curl in front of the address. */
  readonly words: readonly string[];
  readonly address: (server: WherryProcess, path: string) => string;
  /** Whether it knows accounts; without them everybody reads and nobody writes. */
  readonly accounts: boolean;
}

const way = (
  name: string,
  protocol: Parameters<WherryProcess['port']>[0],
  scheme: string,
  ...words: readonly string[]
): Way => ({
  name,
  words: ['--insecure', '--path-as-is', ...words],
  address: (server, path) => `${scheme}://127.0.0.1:${server.port(protocol)}/${path}`,
  accounts: scheme !== 'tftp',
});

const ways: readonly Way[] = [
  way('FTP', 'ftp', 'ftp'),
  way('FTP with TLS', 'ftp', 'ftp', '--ssl-reqd'),
  way('FTPS', 'ftps', 'ftps'),
  way('SFTP', 'sftp', 'sftp'),
  way('SCP', 'sftp', 'scp'),
  way('TFTP', 'tftp', 'tftp'),
];

interface Asked {
  readonly user?: string;
  readonly words?: readonly string[];
  readonly path: string;
}

async function curl(
  t: TestContext,
  { words, address, accounts }: Way,
  asked: Asked,
): Promise<{ readonly code: number | null; readonly got: Buffer | null; readonly said: string }> {
  const server = await shared;
  const cwd = scratch(t);
  writeFileSync(join(cwd, 'sent'), 'sent');
  const login = accounts ? ['-u', asked.user ?? writer] : [];
  const output = asked.words === undefined ? ['-o', 'got'] : [];
  const given = ['-sS', ...words, ...login, ...output, ...(asked.words ?? [])];
  const { code, said } = await run('curl', { words: [...given, address(server, asked.path)] }, { cwd });
  const file = join(cwd, 'got');
  return { code, said, got: existsSync(file) ? readFileSync(file) : null };
}

for (const up of ways.filter(({ accounts }) => accounts)) {
  test(`O01: what comes by ${up.name} is the same by every protocol`, { skip }, async (t) => {
    const server = await shared;
    const name = `from-${up.name.replaceAll(' ', '-')} with spaces é.bin`;
    const content = randomBytes(300_001);
    const source = join(scratch(t), 'source');
    writeFileSync(source, content);
    const sent = await curl(t, up, { path: encodeURIComponent(name), words: ['-T', source] });
    assert.equal(sent.code, 0, sent.said);
    assert.ok(readFileSync(join(server.directory, name)).equals(content));
    for (const down of ways) {
      // libssh2 asks for a name in the quotes of a shell; octets beyond ASCII pass them.
      const { code, got, said } = await curl(t, down, { path: encodeURIComponent(name) });
      assert.equal(code, 0, `${down.name}: ${said}`);
      assert.ok(got?.equals(content), down.name);
    }
    for (const { name: protocol, ...list } of ways.filter(({ name: one }) => /^S?FTP/.test(one))) {
      const { got } = await curl(t, { name: protocol, ...list }, { path: '' });
      assert.ok(got?.toString('utf8').includes(name), protocol);
    }
  });
}

test(
  'O02: nothing outside of the directory is read, made or replaced by any protocol',
  { skip },
  async (t) => {
    const server = await shared;
    const outside = scratch(t);
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(join(outside, 'secret'), join(server.directory, 'leads-out'));
    symlinkSync(outside, join(server.directory, 'out'));
    const escapes = ['leads-out', 'out/secret', `..${outside}/secret`, `%2e%2e${outside}/secret`];
    for (const one of ways) {
      for (const path of [...escapes, '../'.repeat(20) + outside.slice(1) + '/secret']) {
        const { code, got } = await curl(t, one, { path });
        assert.notEqual(code, 0, `${one.name} ${path}`);
        assert.ok(got === null || !got.includes('secret'), `${one.name} ${path}`);
      }
      for (const path of ['leads-out', 'out/new']) await curl(t, one, { path, words: ['-T', 'sent'] });
      assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret', one.name);
      assert.ok(!existsSync(join(outside, 'new')), one.name);
    }
  },
);

test('O02: who may only read writes by no protocol, and reads by each', { skip }, async (t) => {
  const server = await shared;
  mkdirSync(join(server.directory, 'held'));
  writeFileSync(join(server.directory, 'held', 'file'), 'kept');
  for (const one of ways) {
    const { got } = await curl(t, one, { user: reader, path: 'held/file' });
    assert.equal(got?.toString(), 'kept', one.name);
    for (const path of ['held/file', 'held/new']) {
      const { code } = await curl(t, one, { user: reader, path, words: ['-T', 'sent'] });
      assert.notEqual(code, 0, `${one.name} ${path}`);
    }
    assert.equal(readFileSync(join(server.directory, 'held', 'file'), 'utf8'), 'kept', one.name);
    assert.ok(!existsSync(join(server.directory, 'held', 'new')), one.name);
  }
});

/** A connection that begins a login and says nothing more. */
async function begin(t: TestContext, port: number, said: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  await once(socket, 'data');
  socket.write(said);
  return socket;
}

test('O08: five hundred logins that stop half-way keep nobody else from logging in', { skip }, async (t) => {
  const server = await shared;
  writeFileSync(join(server.directory, 'small'), 'small');
  const beginnings = [
    [server.port('ftp'), 'USER alice\r\n'],
    [server.port('ftp'), 'AUTH TLS\r\n'],
    [server.port('sftp'), 'SSH-2.0-slow\r\n'],
    [server.port('sftp'), 'SSH-2.0-'],
  ] as const;
  const slow: Socket[] = [];
  let lost = 0;
  for (let turn = 0; turn < 125; turn += 1) {
    const sockets = await Promise.all(beginnings.map(([port, said]) => begin(t, port, said)));
    for (const socket of sockets) socket.on('close', () => (lost += 1)).on('error', () => undefined);
    slow.push(...sockets);
  }
  for (const one of ways) {
    const { code, said } = await curl(t, one, { path: 'small' });
    assert.equal(code, 0, `${one.name}: ${said}`);
  }
  // They were all there still: nobody got in by their running into a time-out.
  assert.equal(lost, 0);
  assert.equal(slow.length, 500);
});
