import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import {
  freeHttp,
  program,
  runWherry,
  scratch,
  startWherry,
  type WherryProcess,
} from '#test/cli/wherry-process.ts';
import { lacking } from '#test/interop/programs.ts';
import { SshPrograms } from './ssh-programs.ts';

const skip = lacking(['ssh', 'sftp', 'scp'], 'openssh-client') || lacking(['curl'], 'curl');

const alice = { user: 'alice', password: 'wonderland' } as const;
const bob = { user: 'bob', password: 'builder' } as const;

interface Scene {
  readonly server: WherryProcess;
  readonly programs: SshPrograms;
  /** Where the programs run. */
  readonly here: string;
  /** The served directory. */
  readonly there: string;
}

async function start(t: Pick<TestContext, 'after'>, ...words: readonly string[]): Promise<Scene> {
  const users = ['--user', `${alice.user}:${alice.password}`, '--user', `${bob.user}:${bob.password}:r`];
  const server = await startWherry(t, { words: ['--host', '127.0.0.1', ...users, ...words] });
  const here = scratch(t);
  return { server, programs: new SshPrograms(server, here), here, there: server.directory };
}

/** Most tests share one server, and look only at what it tells from their beginning on. */
const shared = skip === false ? start({ after: after as TestContext['after'] }) : null;

async function share(): Promise<Scene & { readonly from: number }> {
  if (shared === null) throw new Error('The programs are missing');
  const scene = await shared;
  return { ...scene, from: scene.server.lines.length };
}

function ftpUrl({ server }: Scene, path: string): string {
  return `ftp://${alice.user}:${alice.password}@127.0.0.1:${server.port('ftp')}/${path}`;
}

test('sftp puts, lists, renames and gets', { skip }, async () => {
  const { programs, here, there } = await share();
  const content = randomBytes(3_000_001);
  writeFileSync(join(here, 'up.bin'), content);
  const { code, stdout, said } = await programs.sftp(alice, [
    'mkdir in',
    'put up.bin in/first.bin',
    'rename in/first.bin in/second.bin',
    'ls -1 in',
    'get in/second.bin down.bin',
  ]);
  assert.equal(code, 0, said);
  assert.match(stdout.toString(), /^in\/second\.bin\s*$/m);
  assert.ok(readFileSync(join(there, 'in/second.bin')).equals(content));
  assert.ok(readFileSync(join(here, 'down.bin')).equals(content));
});

test('a file is the same by SFTP, SCP and FTP, whichever of them brought it', { skip }, async () => {
  const scene = await share();
  const { programs, here } = scene;
  for (const name of ['sftp', 'scp', 'ftp']) writeFileSync(join(here, name), randomBytes(700_001));
  assert.equal((await programs.sftp(alice, ['put sftp'])).code, 0);
  assert.equal((await programs.scp(alice, 'scp', ':')).code, 0);
  assert.equal((await programs.run('curl', '-sS', '-T', 'ftp', ftpUrl(scene, ''))).code, 0);
  for (const name of ['sftp', 'scp', 'ftp']) {
    const content = readFileSync(join(here, name));
    const bySftp = await programs.sftp(alice, [`get ${name} ${name}.sftp`]);
    const byScp = await programs.scp(alice, `:${name}`, `${name}.scp`);
    const byFtp = await programs.run('curl', '-sS', '-o', `${name}.ftp`, ftpUrl(scene, name));
    assert.deepEqual([bySftp.code, byScp.code, byFtp.code], [0, 0, 0], bySftp.said + byScp.said + byFtp.said);
    for (const by of ['sftp', 'scp', 'ftp']) {
      assert.ok(readFileSync(join(here, `${name}.${by}`)).equals(content), `${name} by ${by}`);
    }
  }
});

test('scp copies whole directories both ways, and its transfers are told as scp', { skip }, async () => {
  const { server, from, programs, here } = await share();
  mkdirSync(join(here, 'tree/inner'), { recursive: true });
  writeFileSync(join(here, 'tree/inner/leaf.txt'), 'leaf');
  const up = await programs.scp(alice, 'tree', ':');
  const down = await programs.scp(alice, ':tree', 'back');
  assert.deepEqual([up.code, down.code], [0, 0], up.said + down.said);
  assert.equal(readFileSync(join(here, 'back/inner/leaf.txt'), 'utf8'), 'leaf');
  const told = await server.event(
    ({ event, path }) => event === 'transfer-finished' && path === '/tree/inner/leaf.txt',
    from,
  );
  const { session } = told;
  const opened = await server.event(
    (event) => event.event === 'session-opened' && event['session'] === session,
  );
  assert.deepEqual([told['protocol'], told['account'], opened['protocol']], ['scp', 'alice', 'sftp']);
});

test('an account that may only read changes nothing', { skip }, async () => {
  const { server, from, programs, here, there } = await share();
  writeFileSync(join(there, 'kept.txt'), 'kept');
  writeFileSync(join(here, 'new.txt'), 'new');
  for (const command of [
    'put new.txt',
    'put new.txt kept.txt',
    'rm kept.txt',
    'mkdir d',
    'chmod 600 kept.txt',
  ]) {
    const { code, said } = await programs.sftp(bob, [command]);
    assert.equal(code, 1, command);
    assert.match(said, /permission denied/i, command);
  }
  const copied = await programs.scp(bob, 'new.txt', ':new.txt');
  assert.notEqual(copied.code, 0);
  assert.equal((await programs.sftp(bob, ['get kept.txt'])).code, 0);
  assert.equal(readFileSync(join(there, 'kept.txt'), 'utf8'), 'kept');
  assert.ok(!existsSync(join(there, 'new.txt')) && !existsSync(join(there, 'd')));
  await server.event(({ event, action }) => event === 'denied' && action === 'upload', from);
});

test(
  'a wrong password and an unknown user are refused alike, and no secret is logged',
  { skip },
  async () => {
    const { server, from, programs } = await share();
    const secret = 'not-the-password';
    const byPassword = ['-o', 'PreferredAuthentications=password', '-s', 'sftp'] as const;
    const wrong = await programs.ssh({ user: 'alice', password: secret }, ...byPassword);
    const nobody = await programs.ssh({ user: 'nobody', password: secret }, ...byPassword);
    for (const { code, said } of [wrong, nobody]) {
      assert.equal(code, 255);
      assert.match(said, /permission denied \(publickey,password,keyboard-interactive\)/i);
    }
    const refused = await server.event(
      ({ event, user }) => event === 'login-refused' && user === 'alice',
      from,
    );
    assert.equal(refused['protocol'], 'sftp');
    assert.equal(refused['method'], 'password');
    assert.match(String(refused['reason']), /password is wrong/);
    await server.event(({ event, user }) => event === 'login-refused' && user === 'nobody', from);
    await programs.sftp(alice, ['ls']);
    await server.event(({ event }) => event === 'login-accepted', from);
    const log = server.lines.join('\n') + server.errors();
    assert.ok(!log.includes(secret) && !log.includes(alice.password));
  },
);

test('keyboard-interactive and password alone both log in', { skip }, async () => {
  const { server, from, programs } = await share();
  for (const method of ['keyboard-interactive', 'password']) {
    const { code, said } = await programs.ssh(
      alice,
      '-o',
      `PreferredAuthentications=${method}`,
      '-s',
      'sftp',
    );
    assert.equal(code, 0, said);
  }
  await server.event(({ event }) => event === 'login-accepted', from);
});

test('anonymous users read with any password where they may', { skip }, async (t) => {
  const { programs, here, there } = await start(t, '--anonymous');
  writeFileSync(join(there, 'public.txt'), 'public');
  const { code, said } = await programs.sftp({ user: 'anonymous', password: 'me@example.org' }, [
    'get public.txt',
  ]);
  assert.equal(code, 0, said);
  assert.equal(readFileSync(join(here, 'public.txt'), 'utf8'), 'public');
});

test('shells and other programs are not to be had', { skip }, async () => {
  const { server, from, programs } = await share();
  const { code, stdout } = await programs.ssh(alice, 'id');
  assert.deepEqual([code, stdout.length], [255, 0]);
  const denied = await server.event(({ event, action }) => event === 'denied' && action === 'run', from);
  assert.deepEqual([denied['action'], denied['path']], ['run', 'id']);
});

test('what SSH agreed on is told with the client', { skip }, async () => {
  const { server, from, programs } = await share();
  await programs.sftp(alice, ['ls']);
  const { description } = await server.event(({ event }) => event === 'negotiated', from);
  assert.match(String(description), /sha256.*ssh-ed25519.*OpenSSH/);
});

test('the host keys outlive the server, and are nobody else’s to read', { skip }, async (t) => {
  const dataDirectory = scratch(t);
  const keys: string[][] = [];
  for (let round = 0; round < 2; round += 1) {
    const server = await startWherry(t, { dataDirectory, words: ['--host', '127.0.0.1'] });
    const programs = new SshPrograms(server, scratch(t));
    const words = ['-t', 'ed25519', '-p', String(server.port('sftp')), '127.0.0.1'];
    const scanned = await programs.run('ssh-keyscan', ...words);
    keys.push(scanned.stdout.toString().trim().split(/\s+/).slice(1));
    await server.stop();
  }
  assert.equal(keys[0]?.[0], 'ssh-ed25519');
  assert.deepEqual(keys[1], keys[0]);
  const files = readdirSync(dataDirectory).filter((name) => name.startsWith('ssh_host_'));
  assert.deepEqual(files.sort(), ['ssh_host_ecdsa_key', 'ssh_host_ed25519_key', 'ssh_host_rsa_key']);
  for (const name of files) assert.equal(statSync(join(dataDirectory, name)).mode & 0o777, 0o600, name);
});

test('SIGHUP takes new host keys into use', { skip }, async (t) => {
  const { server, programs, here } = await start(t);
  const file = join(server.dataDirectory, 'ssh_host_ed25519_key');
  await programs.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', 'fresh');
  writeFileSync(file, readFileSync(join(here, 'fresh')));
  const wanted = readFileSync(join(here, 'fresh.pub'), 'utf8').split(' ')[1]?.trim();
  server.child.kill('SIGHUP');
  const words = ['-t', 'ed25519', '-p', String(server.port('sftp')), '127.0.0.1'];
  // Nothing tells when the keys are read, so it is asked until it shows; a server that never does fails by time.
  for (let shown = ''; shown !== wanted;) {
    const scanned = await programs.run('ssh-keyscan', ...words);
    shown = scanned.stdout.toString().trim().split(/\s+/)[2] ?? '';
  }
});

test('the start tells each address and the fingerprints that ssh-keygen tells', { skip }, async (t) => {
  const dataDirectory = scratch(t);
  const words = ['serve', scratch(t), '--data-dir', dataDirectory, '--host', '127.0.0.1'];
  const child = spawn(program, [...words, '--ftp', '0', '--ftps', 'off', '--sftp', '0', '--tftp', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...freeHttp },
  });
  const exited = once(child, 'exit');
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('host key RSA') && said.includes('Stop with')) break;
  }
  for (const protocol of ['ftp', 'sftp', 'tftp']) {
    assert.match(said, new RegExp(` ${protocol}://127\\.0\\.0\\.1:\\d+/`));
  }
  for (const name of ['ssh_host_ecdsa_key', 'ssh_host_ed25519_key', 'ssh_host_rsa_key']) {
    const listed = spawnSync('ssh-keygen', ['-l', '-f', join(dataDirectory, name)], { encoding: 'utf8' });
    const [, fingerprint = '?'] = listed.stdout.split(' ');
    assert.ok(said.includes(fingerprint), `${name} ${listed.stdout}${listed.stderr}${said}`);
  }
  child.kill('SIGTERM');
  await exited;
});

test('--sftp off opens no such port, and alone it may stay on', { skip }, async (t) => {
  const without = await startWherry(t, { words: ['--host', '127.0.0.1', '--sftp', 'off'] });
  assert.throws(() => without.port('sftp'), /does not listen/);
  await without.stop();
  assert.ok(!existsSync(join(without.dataDirectory, 'ssh_host_ed25519_key')));
  const alone = await startWherry(t, { words: ['--host', '127.0.0.1', '--ftp', 'off', '--ftps', 'off'] });
  assert.ok(alone.port('sftp') > 0);
  assert.throws(() => alone.port('ftp'), /does not listen/);
  const { code, stderr } = await runWherry([
    'serve',
    '--ftp',
    'off',
    '--ftps',
    'off',
    '--sftp',
    'off',
    '--http',
    'off',
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /nothing would be served/);
});

test('a port that is taken ends the start, and what was opened is closed again', { skip }, async (t) => {
  const { server } = await start(t);
  const taken = String(server.port('sftp'));
  const { code, stderr } = await runWherry([
    'serve',
    scratch(t),
    '--data-dir',
    scratch(t),
    '--host',
    '127.0.0.1',
    '--ftp',
    '0',
    '--ftps',
    '0',
    '--sftp',
    taken,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`listen on 127\\.0\\.0\\.1 port ${taken}`));
});
