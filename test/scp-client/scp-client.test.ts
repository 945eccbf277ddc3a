import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath } from '#core/virtual-path.ts';
import { connectScp } from '#protocols/scp/client/connect.ts';
import { quoteForShell } from '#protocols/scp/client/remote-command.ts';
import type { ScpConnection } from '#protocols/scp/client/scp-connection.ts';
import { serveScp } from '#protocols/scp/server/scp-server.ts';
import { parseScpCommand, splitCommandLine } from '#protocols/scp/wire/scp-command.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import type { SessionProgram } from '#protocols/ssh/server/server-options.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, put } from '../sftp/sftp-fixture.ts';
import { at, siteOptions } from '../sftp-client/client-fixture.ts';
import { missing, scratch } from '../ssh/programs.ts';
import { listen, serverOptions } from '../ssh/ssh-fixture.ts';

async function connectTo(
  t: TestContext,
  program: (command: string) => SessionProgram | null,
): Promise<ScpConnection> {
  const { port } = await listen(
    t,
    serverOptions({ openSession: (request) => (request.kind === 'exec' ? program(request.command) : null) }),
  );
  const connection = await connectScp(siteOptions(port));
  t.after(() => connection.close());
  return connection;
}

function overTree(fileSystem: FileSystem): (command: string) => SessionProgram | null {
  return (line) => {
    const command = parseScpCommand(line);
    return command === null ? null : (channel) => serveScp(channel, { command, fileSystem, home: rootPath });
  };
}

/** Runs the real command behind a shell, as sshd does. */
function throughShell(line: string): SessionProgram {
  return async (channel) => {
    const child = spawn('sh', ['-c', line], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
    channel.signal.addEventListener('abort', () => child.kill());
    void feed(channel, child.stdin);
    for await (const chunk of child.stdout) await channel.write(chunk as Buffer);
    return ended;
  };
}

async function feed(channel: SshChannel, target: NodeJS.WritableStream): Promise<void> {
  try {
    for (let data = await channel.receive(); data !== null; data = await channel.receive())
      target.write(data);
  } catch {
    // The client has closed the channel.
  }
  target.end();
}

async function namesIn(connection: ScpConnection, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const batch of connection.readDirectory(at(path))) names.push(...batch.map(({ name }) => name));
  return names.sort();
}

const oddNames = [
  'plain',
  'with space',
  "it's",
  '$(touch x)',
  '-rf',
  'a;b|c&d',
  '"quoted"',
  'star*?[x]',
  '\udcff raw',
];

test('a shell gives back every word that was quoted for it', () => {
  for (const name of oddNames) {
    assert.deepEqual(splitCommandLine(`scp -f ${quoteForShell(`/${name}`)}`), ['scp', '-f', `/${name}`]);
  }
});

test('files of any name go up and come down', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const connection = await connectTo(t, overTree(fileSystem));
  const content = randomBytes(300_000);
  for (const name of oddNames) {
    const up = await connection.openWrite(at(`/${name}`));
    await up.write(content.subarray(0, 100_000), 0);
    await up.write(content.subarray(100_000), 100_000);
    await up.finish();
    const down = await connection.openRead(at(`/${name}`));
    assert.equal(down.entry.size, content.length);
    const target = Buffer.alloc(400_000);
    assert.equal(await down.read(target, 0), content.length);
    assert.ok(target.subarray(0, content.length).equals(content));
    await down.close();
  }
  assert.deepEqual(await namesIn(connection, '/'), [...oddNames].sort());
});

test('what a source knows of itself is sent as it is read, with mode and times', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const connection = await connectTo(t, overTree(fileSystem));
  const here = new MemoryFileSystem();
  await put(here, '/from', randomBytes(600_000));
  const source = here.openRead(at('/from'));
  const up = await connection.openWrite(at('/to'), { mode: 0o640 });
  await up.setAttributes({ modifiedAt: 1_600_000_000_000 });
  assert.equal(await up.copyFrom?.(source, { start: 0 }), 600_000);
  await up.finish();
  assert.equal(await get(fileSystem, '/to'), await get(here, '/from'));
  const entry = await connection.stat(at('/to'));
  assert.deepEqual(
    [entry.type, entry.size, entry.mode, entry.modifiedAt],
    ['file', 600_000, 0o640, 1_600_000_000_000],
  );
});

test('directories are made, looked at and refused as files', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const connection = await connectTo(t, overTree(fileSystem));
  await connection.makeDirectory(at('/directory'));
  await connection.makeDirectory(at('/directory/inner'));
  await put(fileSystem, '/directory/file', 'content');
  assert.equal((await connection.stat(at('/directory'))).type, 'directory');
  assert.deepEqual(await namesIn(connection, '/directory'), ['file', 'inner']);
  await assert.rejects(connection.makeDirectory(at('/directory')), { code: 'exists' });
  await assert.rejects(connection.openRead(at('/directory')), { code: 'is-directory' });
  await assert.rejects(connection.openRead(at('/none')), { code: 'not-found' });
  await assert.rejects(namesIn(connection, '/directory/file'), { code: 'not-directory' });
  const up = await connection.openWrite(at('/directory'));
  await up.write(Buffer.from('x'), 0);
  await assert.rejects(async () => up.finish(), { code: 'is-directory' });
  assert.deepEqual(await namesIn(connection, '/directory'), ['file', 'inner']);
  await assert.rejects(connection.removeFile(), { code: 'not-supported' });
  await assert.rejects(connection.openWrite(at('/x'), { disposition: 'create' }), { code: 'not-supported' });
});

test(
  "OpenSSH's scp behind a shell serves all of it",
  { skip: missing({ scp: 'openssh-client' }) },
  async (t) => {
    const directory = scratch(t);
    const connection = await connectTo(t, throughShell);
    assert.notEqual(connection.home, '/');
    const content = randomBytes(500_000);
    mkdirSync(join(directory, 'inner'));
    for (const name of oddNames.slice(0, -1)) {
      const up = await connection.openWrite(at(join(directory, name)));
      await up.write(content, 0);
      await up.finish();
      assert.ok(readFileSync(join(directory, name)).equals(content), name);
      const down = await connection.openRead(at(join(directory, name)));
      const target = Buffer.alloc(content.length);
      assert.equal(await down.read(target, 0), content.length);
      assert.ok(target.equals(content));
      await down.close();
    }
    symlinkSync('plain', join(directory, 'link'));
    assert.equal((await connection.stat(at(join(directory, 'link')))).size, content.length);
    const names = await namesIn(connection, directory);
    assert.deepEqual(names, [...oddNames.slice(0, -1), 'inner', 'link'].sort());
    await connection.makeDirectory(at(join(directory, 'made')));
    assert.ok(statSync(join(directory, 'made')).isDirectory());
    const up = await connection.openWrite(at(join(directory, 'inner')));
    await up.write(content, 0);
    await assert.rejects(async () => up.finish(), { code: 'is-directory' });
    await assert.rejects(connection.openRead(at(join(directory, 'none'))), { code: 'not-found' });
    writeFileSync(join(directory, 'empty'), '');
    const empty = await connection.openRead(at(join(directory, 'empty')));
    assert.equal(await empty.read(Buffer.alloc(10), 0), 0);
    await empty.close();
  },
);

/** A server that says these words, whatever it hears. */
function says(words: string): SessionProgram {
  return async (channel) => {
    await channel.receive();
    await channel.write(Buffer.from(words, 'latin1'));
    for (let data = await channel.receive(); data !== null; data = await channel.receive());
    return 0;
  };
}

test('CVE-2019-6111: a server that sends another file than was asked for is refused', async (t) => {
  for (const words of [
    'C0644 4 other\n',
    'C0644 4 ../file\n',
    'C0644 4 /etc/file\n',
    'D0755 0 other\n',
    'C0644 99999999999999999999 file\n',
    'E\n',
    'hello\n',
    'x'.repeat(10_000),
  ]) {
    const connection = await connectTo(t, () => says(words));
    await assert.rejects(connection.openRead(at('/file')), (error: { code: string }) => {
      assert.match(error.code, /^(?:protocol|name-invalid)$/, words);
      return true;
    });
  }
});

test('names in a listing that would lead elsewhere are never told', async (t) => {
  for (const name of ['..', '../x', '/etc/passwd', '.']) {
    const connection = await connectTo(t, () => says(`D0755 0 directory\nC0644 0 ${name}\n`));
    await assert.rejects(namesIn(connection, '/directory'), { code: 'name-invalid' });
  }
});

test('a file that ends before its size is truncated, not complete', async (t) => {
  const connection = await connectTo(t, () => async (channel) => {
    await channel.receive();
    await channel.write(Buffer.from('C0644 100 file\nshort'));
    return 1;
  });
  const down = await connection.openRead(at('/file'));
  await assert.rejects(async () => down.read(Buffer.alloc(200), 0), { code: 'connection-lost' });
});

test('a server without scp says so', async (t) => {
  const connection = await connectTo(t, () => async (channel) => {
    await channel.receive();
    return 127;
  });
  await assert.rejects(connection.openRead(at('/file')), { code: 'not-supported' });
  const refusing = await connectTo(t, () => null);
  await assert.rejects(refusing.openRead(at('/file')), { code: 'not-supported' });
  assert.equal(refusing.home, '/');
});
