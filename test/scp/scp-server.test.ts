import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { serveScp } from '#protocols/scp/server/scp-server.ts';
import { matches } from '#protocols/scp/server/glob.ts';
import { parseScpCommand, splitCommandLine } from '#protocols/scp/wire/scp-command.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { get, put } from '../sftp/sftp-fixture.ts';
import { connectPair, readAll } from '../ssh/ssh-fixture.ts';

async function startScp(
  t: TestContext,
  command: string,
  fileSystem: FileSystem = new MemoryFileSystem(),
): Promise<{ readonly channel: SshChannel; readonly fileSystem: FileSystem }> {
  const { client } = await connectPair(t, {
    openSession(request) {
      const parsed = request.kind === 'exec' ? parseScpCommand(request.command) : null;
      return parsed === null
        ? null
        : (channel) => serveScp(channel, { command: parsed, fileSystem, home: rootPath });
    },
  });
  return { channel: await client.openCommand(command), fileSystem };
}

/** Says everything at once, as no client does, and reads all the answers; status octets are shown as `<0>`. */
async function converse(channel: SshChannel, ...said: readonly string[]): Promise<string> {
  await channel.write(Buffer.from(said.join(''), 'latin1'));
  channel.end();
  const answers = (await readAll(channel)).toString('latin1');
  await channel.whenClosed();
  return answers.replaceAll('\0', '<0>').replaceAll('\u0001', '<1>').replaceAll('\u0002', '<2>');
}

test('N24: the command line is taken apart without a shell', () => {
  assert.deepEqual(splitCommandLine(`scp -t 'a b' "c\\"d" e\\ f "$(id)"`), [
    'scp',
    '-t',
    'a b',
    'c"d',
    'e f',
    '$(id)',
  ]);
  assert.equal(splitCommandLine(`scp -t 'open`), null);
  assert.deepEqual(parseScpCommand('scp -r -p -d -t -- -odd')?.paths, ['-odd']);
  for (const other of [
    'id',
    'scp -t',
    'scp -t a b',
    'scp -f',
    'scp -t -f x',
    'scp -S sh -t x',
    'scp;id -t x',
    '',
  ]) {
    assert.equal(parseScpCommand(other), null, other);
  }
});

test('wildcards match within one name', () => {
  for (const [pattern, name, expected] of [
    ['*.txt', 'a.txt', true],
    ['*.txt', '.txt', false],
    ['.*', '.txt', true],
    ['[a-c]?', 'bx', true],
    ['[!a-c]?', 'bx', false],
    ['*a*a*a*b', 'a'.repeat(60), false],
  ] as const) {
    assert.equal(matches(pattern, name), expected, `${pattern} ${name}`);
  }
});

test('N22: a sink takes files, nested directories, times and empty files', async (t) => {
  const { channel, fileSystem } = await startScp(t, 'scp -r -p -t /');
  const answers = await converse(
    channel,
    'T1000000000 0 1000000001 0\nC0644 5 one two\n',
    'hello\0',
    'D0755 0 dir\n',
    'C0600 0 empty\n\0',
    'D0755 0 inner\nC0640 2 x\nhi\0E\nE\n',
  );
  assert.match(answers, /^(?:<0>)+$/);
  assert.equal(channel.exitStatus, 0);
  assert.equal(await get(fileSystem, '/one two'), 'hello');
  assert.equal(await get(fileSystem, '/dir/inner/x'), 'hi');
  assert.equal(await get(fileSystem, '/dir/empty'), '');
  const entry = await fileSystem.stat('/one two' as VirtualPath);
  assert.deepEqual([entry.modifiedAt, entry.mode], [1e12, 0o644]);
});

test('a sink that names a file writes that file', async (t) => {
  const { channel, fileSystem } = await startScp(t, 'scp -t "/$(id)"');
  await converse(channel, 'C0644 2 other\nhi\0');
  assert.equal(await get(fileSystem, '/$(id)'), 'hi');
});

for (const line of [
  'C0644 1 ../x',
  'C0644 1 a/b',
  'C0644 1 ..',
  'C99 1 x',
  'C0644 x y',
  'D0755 0 dir',
  'E',
  'hello',
  'C0644 99999999999999999 x',
]) {
  test(`N23: a sink answers ${JSON.stringify(line)} with an error and writes nothing`, async (t) => {
    const { channel, fileSystem } = await startScp(t, 'scp -t /');
    const answers = await converse(channel, `${line}\nx\0`);
    assert.match(answers, /^<0><2>scp: /);
    assert.equal(channel.exitStatus, 1);
    for await (const batch of fileSystem.readDirectory(rootPath)) assert.deepEqual(batch, []);
  });
}

test('an upload that breaks off leaves no file', async (t) => {
  const { channel, fileSystem } = await startScp(t, 'scp -t /');
  await converse(channel, 'C0644 100 x\nonly this');
  assert.equal(channel.exitStatus, 1);
  for await (const batch of fileSystem.readDirectory(rootPath)) assert.deepEqual(batch, []);
});

for (const leaves of ['end', 'destroy'] as const) {
  test(`a client that leaves by ${leaves} behind the last octet, as those of libssh2 do, has uploaded its file`, async (t) => {
    const stored = new MemoryFileSystem();
    let finished: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      finished = resolve;
    });
    const { client } = await connectPair(t, {
      openSession: (request) => {
        const parsed = request.kind === 'exec' ? parseScpCommand(request.command) : null;
        return parsed === null
          ? null
          : async (channel) => {
              const status = await serveScp(channel, { command: parsed, fileSystem: stored, home: rootPath });
              finished();
              return status;
            };
      },
    });
    const channel = await client.openCommand('scp -t /');
    await channel.receive();
    await channel.write(Buffer.from('C0644 5 x\n'));
    await channel.receive();
    await channel.write(Buffer.from('hello'));
    channel[leaves]();
    await over;
    assert.equal(await get(stored, '/x'), 'hello');
  });
}

test('what a client says behind the last octet decides, a lost file is not kept', async (t) => {
  for (const word of ['\u0001read error\n', '\u0002read error\n']) {
    const { channel, fileSystem } = await startScp(t, 'scp -t /');
    await converse(channel, `C0644 5 x\nhello${word}`);
    assert.equal(channel.exitStatus, 1);
    for await (const batch of fileSystem.readDirectory(rootPath)) assert.deepEqual(batch, []);
  }
});

test('a sink whose storage is full stays in step and goes on with the next file', async (t) => {
  const { channel, fileSystem } = await startScp(t, 'scp -t /', new MemoryFileSystem({ capacity: 10 }));
  const answers = await converse(channel, `C0644 20 big\n${'x'.repeat(20)}\0`, 'C0644 2 small\nhi\0');
  assert.match(answers, /^<0><0><1>scp: [^\n]*no space left[^\n]*\n<0><0>$/);
  assert.equal(channel.exitStatus, 1);
  assert.equal(await get(fileSystem, '/small'), 'hi');
});

test('N22: a source sends files, directories and times, and expands wildcards itself', async (t) => {
  const fileSystem = new MemoryFileSystem();
  fileSystem.makeDirectory('/dir' as VirtualPath, { mode: 0o755 });
  await put(fileSystem, '/dir/a.txt', 'A');
  await put(fileSystem, '/b.txt', 'BB');
  fileSystem.setAttributes('/b.txt' as VirtualPath, {
    modifiedAt: 5000,
    accessedAt: 6000,
    mode: 0o600,
  });
  const one = await startScp(t, 'scp -p -f *.txt missing', fileSystem);
  assert.equal(
    await converse(one.channel, '\0'.repeat(10)),
    'T5 0 6 0\nC0600 2 b.txt\nBB<0><1>scp: /missing: no such file or directory\n',
  );
  assert.equal(one.channel.exitStatus, 1);
  const tree = await startScp(t, 'scp -r -f dir', fileSystem);
  assert.equal(await converse(tree.channel, '\0'.repeat(10)), 'D0755 0 dir\nC0644 1 a.txt\nA<0>E\n');
  assert.equal(tree.channel.exitStatus, 0);
  const flat = await startScp(t, 'scp -f dir', fileSystem);
  assert.match(await converse(flat.channel, '\0'.repeat(10)), /^<1>scp: \/dir: it is a directory\n$/);
});

test('a client that does not want a file gets the next one', async (t) => {
  const fileSystem = new MemoryFileSystem();
  await put(fileSystem, '/a', 'A');
  await put(fileSystem, '/b', 'B');
  const { channel } = await startScp(t, 'scp -f a b', fileSystem);
  assert.equal(await converse(channel, '\0\u0001no room\n\0\0'), 'C0644 1 a\nC0644 1 b\nB<0>');
  assert.equal(channel.exitStatus, 1);
});
