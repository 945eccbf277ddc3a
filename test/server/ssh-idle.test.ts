import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWherry } from '#test/cli/wherry-process.ts';
import { logIn } from './ssh-client.ts';

const alice = { user: 'alice', password: 'wonderland' } as const;

test('--idle-timeout ends an SSH session in which nothing is said, also with SFTP open', async (t) => {
  const server = await startWherry(t, {
    words: [
      '--host',
      '127.0.0.1',
      '--ftp',
      'off',
      '--idle-timeout',
      '1',
      '--user',
      `${alice.user}:${alice.password}`,
    ],
  });
  const { ssh } = await logIn(t, server.port('sftp'), alice);
  const channel = await ssh.openSubsystem('sftp');
  await channel.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
  assert.equal((await channel.receive())?.[4], 2);
  await ssh.closed;
  const { reason } = await server.event(({ event }) => event === 'session-closed');
  assert.match(String(reason), /idle/);
});
