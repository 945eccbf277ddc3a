import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { lacking } from '#test/interop/programs.ts';
import { keyFile, quietOptions, run } from '#test/ssh/programs.ts';
import { SshPrograms } from '#test/server/ssh-programs.ts';

const skip = lacking(['ssh'], 'openssh-client') || lacking(['curl'], 'curl') || lacking(['lftp'], 'lftp');
const alice = { user: 'alice', password: 'wonderland' } as const;

/** An address of this machine at which the server does not listen; there `ssh -L` does. */
const near = '127.0.0.2';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** `ssh -L` for the control port and the one passive port, until the test ends. */
async function forward(t: TestContext, server: WherryProcess, passive: number): Promise<void> {
  const directory = scratch(t);
  // Leaves the program that answers ssh's question for the password.
  void new SshPrograms(server, directory);
  const quiet = quietOptions(await keyFile(directory)).map((word) =>
    word === 'BatchMode=yes' ? 'BatchMode=no' : word,
  );
  const control = server.port('ftp');
  const ways = [control, passive].flatMap((port) => ['-L', `${near}:${port}:localhost:${port}`]);
  const words = ['-v', '-N', '-o', 'ExitOnForwardFailure=yes', ...ways, '-p', String(server.port('sftp'))];
  const child = spawn('ssh', [...quiet, '-o', 'LogLevel=DEBUG1', ...words, `${alice.user}@127.0.0.1`], {
    cwd: directory,
    env: {
      ...process.env,
      SSH_ASKPASS: join(directory, 'ask-password'),
      SSH_ASKPASS_REQUIRE: 'force',
      TEST_PASSWORD: alice.password,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill();
    await ended;
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    void ended.then(() => {
      reject(new Error(`ssh ended: ${said}`));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Entering interactive session')) resolve();
    });
  });
}

test('O05: curl and lftp move files through ssh -L, and the log has the true client', { skip }, async (t) => {
  const passive = await freePort();
  const server = await startWherry(t, {
    words: [
      '--host',
      '127.0.0.1',
      '--user',
      `${alice.user}:${alice.password}`,
      '--passive-ports',
      `${passive}-${passive}`,
    ],
  });
  await forward(t, server, passive);
  const here = scratch(t);
  const content = randomBytes(1_500_001);
  writeFileSync(join(server.directory, 'there.bin'), content);
  writeFileSync(join(here, 'here.bin'), content);
  const address = `ftp://${near}:${server.port('ftp')}/`;
  const login = ['-sS', '-u', `${alice.user}:${alice.password}`];
  const down = await run('curl', [...login, `${address}there.bin`]);
  assert.ok(down.stdout.equals(content), down.stderr);
  const up = await run('curl', [...login, '-T', join(here, 'here.bin'), address]);
  assert.equal(up.status, 0, up.stderr);
  assert.ok(readFileSync(join(server.directory, 'here.bin')).equals(content));
  const script = [
    'set net:max-retries 1; set net:timeout 10; set ftp:ssl-allow no',
    `open -u ${alice.user},${alice.password} -p ${server.port('ftp')} ${near}`,
    'ls',
    `get there.bin -o ${here}/by-lftp.bin`,
    `put ${here}/here.bin -o from-lftp.bin`,
  ].join('; ');
  const lftp = await run('lftp', ['--norc', '-c', script]);
  assert.equal(lftp.status, 0, lftp.stderr);
  assert.match(lftp.stdout.toString(), /there\.bin/);
  assert.ok(readFileSync(join(here, 'by-lftp.bin')).equals(content));
  assert.ok(readFileSync(join(server.directory, 'from-lftp.bin')).equals(content));
  const opened = await server.event(
    ({ event, protocol }) => event === 'session-opened' && protocol === 'ftp',
  );
  // That of the SSH connection, not of the end of the tunnel.
  assert.equal(opened['remoteAddress'], '127.0.0.1');
  const ssh = await server.event(({ event, protocol }) => event === 'session-opened' && protocol === 'sftp');
  assert.equal(opened['remotePort'], ssh['remotePort']);
});
