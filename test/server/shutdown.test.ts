import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { packetType } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { RawSftp } from '#test/sftp/sftp-fixture.ts';
import { logIn, type Client } from './ssh-client.ts';

const alice = { user: 'alice', password: 'wonderland' } as const;
/** Open for writing, make it, empty it. */
const newFile = 0x02 | 0x08 | 0x10;

interface Scene {
  readonly server: WherryProcess;
  readonly client: Client;
  readonly sftp: RawSftp;
}

async function start(t: TestContext, ...words: readonly string[]): Promise<Scene> {
  const server = await startWherry(t, {
    words: ['--host', '127.0.0.1', '--user', `${alice.user}:${alice.password}`, ...words],
  });
  const client = await logIn(t, server.port('sftp'), alice);
  const sftp = new RawSftp(await client.ssh.openSubsystem('sftp'));
  await sftp.channel.write(new SftpWriter(packetType.init).uint32(3).finish());
  await sftp.packet();
  return { server, client, sftp };
}

test('an upload by SFTP that runs at SIGTERM is finished, and then the server ends', async (t) => {
  const { server, sftp } = await start(t, '--grace', '60');
  const handle = await sftp.open('slow.bin', newFile);
  assert.equal(await sftp.write(handle, 0, 'first '), 0);
  const ended = server.stop();
  await server.event(({ event }) => event === 'stopping');
  const late = connect(server.port('sftp'), '127.0.0.1');
  await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' });
  assert.equal(await sftp.write(handle, 6, 'second'), 0);
  assert.equal(await sftp.close(handle), 0);
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.equal(readFileSync(join(server.directory, 'slow.bin'), 'utf8'), 'first second');
  const told = await server.event(({ event }) => event === 'transfer-finished');
  assert.equal(told['result'], 'completed');
});

test('an upload that outlasts the grace is broken off and leaves nothing behind', async (t) => {
  const { server, sftp } = await start(t, '--grace', '0.2');
  const handle = await sftp.open('never.bin', newFile);
  assert.equal(await sftp.write(handle, 0, 'first'), 0);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.ok(!existsSync(join(server.directory, 'never.bin')));
  assert.deepEqual(readdirSync(server.directory), []);
  const told = await server.event(({ event }) => event === 'transfer-finished');
  assert.equal(told['result'], 'aborted');
  const closed = await server.event(({ event }) => event === 'session-closed');
  assert.equal(closed['reason'], 'The server is shutting down');
});

test('connections on which nothing runs hold nothing up', async (t) => {
  const { server, client } = await start(t, '--grace', '600');
  const port = server.port('ftp');
  const tunnel = await client.ssh.openTunnel({ host: 'localhost', port, originHost: '::1', originPort: 1 });
  await tunnel.receive();
  // One that has said nothing yet.
  const silent = connect(server.port('sftp'), '127.0.0.1');
  t.after(() => silent.destroy());
  await once(silent, 'data');
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});
