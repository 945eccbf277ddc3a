import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { rootPath } from '#core/virtual-path.ts';
import { serveScp } from '#protocols/scp/server/scp-server.ts';
import { parseScpCommand } from '#protocols/scp/wire/scp-command.ts';
import { serveSftp } from '#protocols/sftp/server/sftp-server.ts';
import type { SshLimits } from '#protocols/ssh/limits.ts';
import { local } from '#storage/local/local.ts';
import { keyFile, missing, quietOptions, run, scratch } from '../ssh/programs.ts';
import { listen, patternBlock, serverOptions, testPassword } from '../ssh/ssh-fixture.ts';

interface Setting {
  readonly port: string;
  /** The served directory and the client's own. */
  readonly remote: string;
  readonly here: string;
  readonly identity: string;
}

/** Serves a directory of the disk by SFTP and SCP. */
async function serve(t: TestContext, limits: Partial<SshLimits> = {}): Promise<Setting> {
  const directory = scratch(t);
  const [remote, here] = [path.join(directory, 'remote'), path.join(directory, 'here')];
  mkdirSync(remote);
  mkdirSync(here);
  const fileSystem = local(remote);
  t.after(() => fileSystem.close());
  const { port } = await listen(
    t,
    serverOptions({
      limits,
      openSession(request) {
        if (request.kind === 'subsystem') {
          return (channel) => serveSftp(channel, { fileSystem, home: rootPath, user: 'user' });
        }
        const command = parseScpCommand(request.command);
        return command === null
          ? null
          : (channel) => serveScp(channel, { command, fileSystem, home: rootPath });
      },
    }),
  );
  return { port: String(port), remote, here, identity: await keyFile(directory) };
}

const content = Buffer.concat(Array.from({ length: 12 }, (_, index) => patternBlock(index))).subarray(1);
const openssh = missing({ sftp: 'openssh-client', scp: 'openssh-client' });

async function sftp(setting: Setting, batch: string, ...options: readonly string[]) {
  const args = [
    ...quietOptions(setting.identity),
    ...options,
    '-P',
    setting.port,
    '-b',
    '-',
    'user@127.0.0.1',
  ];
  return run('sftp', args, batch);
}

test('N21: sftp stores, lists, renames, links and removes', { skip: openssh }, async (t) => {
  const setting = await serve(t);
  const { remote, here } = setting;
  const file = path.join(here, 'file');
  writeFileSync(file, content, { mode: 0o640 });
  utimesSync(file, 1_000_000, 1_234_567);
  const { status, stdout, stderr } = await sftp(
    setting,
    [
      `put -p ${file} copy`,
      'mkdir dir',
      'rename copy dir/renamed',
      'symlink renamed dir/link',
      'ln dir/renamed dir/hard',
      `get -p dir/renamed ${here}/back`,
      `put -f ${file} "with space"`,
      'copy "with space" copied',
      'chmod 600 copied',
      'ls -la dir',
      'df',
      'pwd',
      'rm "with space"',
    ].join('\n'),
  );
  assert.equal(status, 0, stderr);
  assert.ok(readFileSync(path.join(here, 'back')).equals(content));
  assert.deepEqual(readdirSync(remote).toSorted(), ['copied', 'dir']);
  const stored = statSync(path.join(remote, 'dir/renamed'));
  assert.deepEqual([stored.mtimeMs, stored.mode & 0o777, stored.nlink], [1_234_567_000, 0o640, 2]);
  assert.equal(statSync(path.join(remote, 'copied')).mode & 0o777, 0o600);
  assert.match(stdout.toString(), /Remote working directory: \//);
  assert.match(stdout.toString(), /-rw-r-----.* dir\/renamed/);
});

test('sftp goes on where a download and an upload stopped', { skip: openssh }, async (t) => {
  const setting = await serve(t);
  writeFileSync(path.join(setting.remote, 'big'), content);
  writeFileSync(path.join(setting.here, 'part'), content.subarray(0, 1_000_000));
  writeFileSync(path.join(setting.here, 'big'), content);
  writeFileSync(path.join(setting.remote, 'part'), content.subarray(0, 700_000));
  const { status, stderr } = await sftp(
    setting,
    `reget big ${setting.here}/part\nreput ${setting.here}/big part`,
  );
  assert.equal(status, 0, stderr);
  assert.ok(readFileSync(path.join(setting.here, 'part')).equals(content));
  assert.ok(readFileSync(path.join(setting.remote, 'part')).equals(content));
});

for (const side of ['client', 'server'] as const) {
  test(
    `things 37, M06, M07: sftp transfers exactly while the ${side} renews keys every MiB`,
    { skip: openssh },
    async (t) => {
      const setting = await serve(t, side === 'server' ? { rekeyBytes: 1_048_576 } : {});
      writeFileSync(path.join(setting.here, 'file'), content);
      const options = side === 'client' ? ['-o', 'RekeyLimit=1M'] : [];
      const batch = `put ${setting.here}/file stored\nget stored ${setting.here}/back`;
      const { status, stderr } = await sftp(setting, batch, ...options);
      assert.equal(status, 0, stderr);
      assert.ok(readFileSync(path.join(setting.here, 'back')).equals(content));
    },
  );
}

for (const mode of ['-O', '-s']) {
  test(`N21: scp ${mode} copies trees both ways with times`, { skip: openssh }, async (t) => {
    const setting = await serve(t);
    const tree = path.join(setting.here, 'tree');
    mkdirSync(path.join(tree, 'inner'), { recursive: true });
    writeFileSync(path.join(tree, 'big'), content);
    writeFileSync(path.join(tree, 'inner', 'a b'), 'small');
    writeFileSync(path.join(tree, 'empty'), '');
    utimesSync(path.join(tree, 'big'), 1_000_000, 1_234_567);
    const common = [...quietOptions(setting.identity), mode, '-r', '-p', '-P', setting.port];
    const up = await run('scp', [...common, tree, 'user@127.0.0.1:']);
    assert.equal(up.status, 0, up.stderr);
    const down = await run('scp', [...common, 'user@127.0.0.1:tree', path.join(setting.here, 'back')]);
    assert.equal(down.status, 0, down.stderr);
    for (const place of [path.join(setting.remote, 'tree'), path.join(setting.here, 'back')]) {
      assert.ok(readFileSync(path.join(place, 'big')).equals(content));
      assert.equal(readFileSync(path.join(place, 'inner', 'a b'), 'utf8'), 'small');
      assert.equal(statSync(path.join(place, 'empty')).size, 0);
      assert.equal(statSync(path.join(place, 'big')).mtimeMs, 1_234_567_000);
    }
    const missingFile = await run('scp', [...common, 'user@127.0.0.1:nothing', setting.here]);
    assert.equal(missingFile.status, 1);
  });
}

test('psftp stores and fetches', { skip: missing({ psftp: 'putty-tools' }) }, async (t) => {
  const setting = await serve(t);
  writeFileSync(path.join(setting.here, 'file'), content);
  const { hostKeys } = await import('../ssh/ssh-fixture.ts');
  const { fingerprintOf } = await import('#protocols/ssh/keys/public-key.ts');
  const fingerprint = fingerprintOf(hostKeys[0]?.publicKey.blob ?? Buffer.alloc(0));
  const batch = `put ${setting.here}/file stored\nget stored ${setting.here}/back\nls\nquit\n`;
  const login = ['-P', setting.port, '-pw', testPassword, '-hostkey', fingerprint, 'user@127.0.0.1'];
  const { stdout, stderr } = await run('psftp', ['-batch', ...login], batch);
  assert.ok(existsSync(path.join(setting.here, 'back')), stdout.toString() + stderr);
  assert.ok(readFileSync(path.join(setting.here, 'back')).equals(content));
});

for (const mode of ['-scp', '-sftp']) {
  test(
    `N21: pscp ${mode} copies a tree both ways with times`,
    { skip: missing({ pscp: 'putty-tools' }) },
    async (t) => {
      const setting = await serve(t);
      const tree = path.join(setting.here, 'tree');
      mkdirSync(path.join(tree, 'inner'), { recursive: true });
      writeFileSync(path.join(tree, 'inner', 'a b'), content);
      utimesSync(path.join(tree, 'inner', 'a b'), 1_000_000, 1_234_567);
      const { hostKeys } = await import('../ssh/ssh-fixture.ts');
      const { fingerprintOf } = await import('#protocols/ssh/keys/public-key.ts');
      const fingerprint = fingerprintOf(hostKeys[0]?.publicKey.blob ?? Buffer.alloc(0));
      const login = ['-batch', '-P', setting.port, '-pw', testPassword, '-hostkey', fingerprint];
      const common = [...login, mode, '-r', '-p'];
      const up = await run('pscp', [...common, tree, 'user@127.0.0.1:']);
      assert.equal(up.status, 0, up.stderr);
      const down = await run('pscp', [...common, 'user@127.0.0.1:tree', path.join(setting.here, 'back')]);
      assert.equal(down.status, 0, down.stderr);
      for (const place of [path.join(setting.remote, 'tree'), path.join(setting.here, 'back')]) {
        const file = path.join(place, 'inner', 'a b');
        assert.ok(readFileSync(file).equals(content));
        assert.equal(statSync(file).mtimeMs, 1_234_567_000);
      }
    },
  );
}

test(
  "N21: scp and sftp over dropbear's client",
  { skip: openssh || missing({ dbclient: 'dropbear-bin' }) },
  async (t) => {
    const setting = await serve(t);
    const dbclient = path.join(setting.here, 'dbclient');
    // Its options are its own, so only the command is taken over, and -s, which says that it is a subsystem.
    const script = [
      '#!/bin/bash',
      'for word; do if [ "$word" = -s ]; then subsystem=-s; fi; done',
      `DROPBEAR_PASSWORD=${testPassword} exec dbclient -y -y -p ${setting.port} $subsystem user@127.0.0.1 "\${@: -1}"`,
    ];
    writeFileSync(dbclient, script.join('\n'), { mode: 0o755 });
    writeFileSync(path.join(setting.here, 'file'), content);
    const up = await run('scp', [
      '-O',
      '-S',
      dbclient,
      '-P',
      setting.port,
      path.join(setting.here, 'file'),
      'user@127.0.0.1:by-scp',
    ]);
    assert.equal(up.status, 0, up.stderr);
    const batch = `put ${setting.here}/file by-sftp\nget by-scp ${setting.here}/back\n`;
    const both = await run('sftp', ['-S', dbclient, '-P', setting.port, '-b', '-', 'user@127.0.0.1'], batch);
    assert.equal(both.status, 0, both.stderr);
    for (const file of [
      path.join(setting.remote, 'by-scp'),
      path.join(setting.remote, 'by-sftp'),
      path.join(setting.here, 'back'),
    ])
      assert.ok(readFileSync(file).equals(content), file);
  },
);

test(
  'lftp mirrors a tree there and back',
  { skip: missing({ lftp: 'lftp', ssh: 'openssh-client' }) },
  async (t) => {
    const setting = await serve(t);
    mkdirSync(path.join(setting.here, 'tree', 'inner'), { recursive: true });
    writeFileSync(path.join(setting.here, 'tree', 'inner', 'file'), content);
    const connect = `ssh -a -x ${quietOptions(setting.identity).join(' ')}`;
    const script = [
      'set net:max-retries 1; set net:timeout 10',
      `set sftp:connect-program "${connect}"`,
      `open -u user,x -p ${setting.port} sftp://127.0.0.1`,
      `mirror -R ${setting.here}/tree up`,
      `mirror up ${setting.here}/back`,
      'rm -r up',
    ].join('; ');
    const { status, stderr } = await run('lftp', ['--norc', '-c', script]);
    assert.equal(status, 0, stderr);
    assert.ok(readFileSync(path.join(setting.here, 'back', 'inner', 'file')).equals(content));
    assert.deepEqual(readdirSync(setting.remote), []);
  },
);

test('N21: curl stores, lists and fetches a range', { skip: missing({ curl: 'curl' }) }, async (t) => {
  const setting = await serve(t);
  if (!(await run('curl', ['--version'])).stdout.includes('sftp')) {
    t.skip('this curl is built without SFTP; the Debian package curl has it');
    return;
  }
  const file = path.join(setting.here, 'file');
  writeFileSync(file, content);
  const url = `sftp://127.0.0.1:${setting.port}/stored`;
  const login = ['-sS', '-k', '-u', `user:${testPassword}`];
  const up = await run('curl', [...login, '-T', file, url]);
  assert.equal(up.status, 0, up.stderr);
  const part = await run('curl', [...login, '-r', '1000000-1000999', url]);
  assert.ok(part.stdout.equals(content.subarray(1_000_000, 1_001_000)), part.stderr);
  const listing = await run('curl', [...login, `sftp://127.0.0.1:${setting.port}/`]);
  assert.match(listing.stdout.toString(), /stored/);
});

test('rclone copies and checks', { skip: missing({ rclone: 'rclone' }) }, async (t) => {
  const setting = await serve(t);
  writeFileSync(path.join(setting.here, 'file'), content);
  const common = ['--config', '/dev/null', '--sftp-host', '127.0.0.1', '--sftp-port', setting.port];
  const login = ['--sftp-user', 'user', '--sftp-key-file', setting.identity, '--sftp-shell-type', 'none'];
  const up = await run('rclone', ['copy', ...common, ...login, setting.here, ':sftp:/dir']);
  assert.equal(up.status, 0, up.stderr);
  const check = await run('rclone', ['check', '--download', ...common, ...login, setting.here, ':sftp:/dir']);
  assert.equal(check.status, 0, check.stderr);
});

const systemPython = '/usr/bin/python3';

async function hasModule(name: string): Promise<boolean> {
  return existsSync(systemPython) && (await run(systemPython, ['-c', `import ${name}`])).status === 0;
}

const paramiko = `
import paramiko, sys
port, directory, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', port, 'user', password, allow_agent=False, look_for_keys=False)
sftp = client.open_sftp()
sftp.put(directory + '/file', 'stored')
sftp.get('stored', directory + '/back')
with sftp.open('stored', 'r+') as handle:
    handle.seek(10)
    handle.write(b'changed')
    handle.seek(10)
    assert handle.read(7) == b'changed'
assert sftp.stat('stored').st_size == ${content.length}
assert [entry.filename for entry in sftp.listdir_attr('.') if not entry.filename.startswith('.')] == ['stored']
`;

const asyncssh = `
import asyncio, asyncssh, sys
port, directory, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
async def main():
    async with asyncssh.connect('127.0.0.1', port, username='user', password=password, known_hosts=None, config=None, client_keys=None) as connection:
        async with connection.start_sftp_client() as sftp:
            await sftp.put(directory + '/file', 'stored')
            await sftp.get('stored', directory + '/back')
            assert (await sftp.stat('stored')).size == ${content.length}
            await sftp.posix_rename('stored', 'renamed')
            assert 'renamed' in await sftp.listdir('.')
asyncio.run(main())
`;

for (const [name, script] of Object.entries({ paramiko, asyncssh })) {
  test(`${name} stores, fetches and lists`, async (t) => {
    if (!(await hasModule(name))) {
      t.skip(`needs ${name}, which the Debian package python3-${name} brings`);
      return;
    }
    const setting = await serve(t);
    writeFileSync(path.join(setting.here, 'file'), content);
    const { status, stderr } = await run(systemPython, [
      '-c',
      script,
      setting.port,
      setting.here,
      testPassword,
    ]);
    assert.equal(status, 0, stderr);
    assert.ok(readFileSync(path.join(setting.here, 'back')).equals(content));
  });
}
