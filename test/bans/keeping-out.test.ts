import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { LoginDefence } from '#engine/login-defence.ts';
import { BanList } from '#server/bans/ban-list.ts';
import { temporaryBanStore } from '#server/bans/ban-store.ts';
import { proxyPolicy } from '#server/proxy-policy.ts';
import { startLimited, type LimitsScene } from '#test/limits/limits-scene.ts';

/** Comes as from elsewhere, as a trusted proxy tells it; everything the server says until it ends. */
async function comeFrom(
  t: TestContext,
  scene: LimitsScene,
  { address, protocol, say = '' }: { address: string; protocol: 'ftp' | 'sftp'; say?: string },
): Promise<{ readonly socket: Socket; readonly heard: () => string; readonly ended: Promise<void> }> {
  const socket = connect({ host: '127.0.0.1', port: scene.port(protocol) });
  t.after(() => {
    socket.destroy();
  });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
    socket.once('end', () => {
      socket.end();
    });
  });
  await once(socket, 'connect');
  socket.write(`PROXY TCP4 ${address} 192.0.2.1 5555 21\r\n${say}`);
  return { socket, heard: () => text, ended };
}

async function behindProxy(t: TestContext, bans: BanList, defence?: LoginDefence): Promise<LimitsScene> {
  return startLimited(t, {
    proxy: proxyPolicy(['127.0.0.1']),
    bans,
    defence: defence ?? new LoginDefence({ limits: { firstDelayMs: 1 } }),
  });
}

const forever = { reason: 'test', durationMs: null } as const;

for (const protocol of ['ftp', 'sftp'] as const) {
  test(`a banned network hears so and nothing else, and others come in (${protocol})`, async (t) => {
    const bans = new BanList({ store: temporaryBanStore });
    const scene = await behindProxy(t, bans);
    bans.add({ network: '198.51.100.0/24', ...forever });
    const banned = await comeFrom(t, scene, { address: '198.51.100.9', protocol });
    await banned.ended;
    assert.match(banned.heard(), /^(?:421 )?Your network is not let in here\r\n$/);
    const other = await comeFrom(t, scene, { address: '198.51.101.9', protocol });
    while (other.heard() === '') await once(other.socket, 'data');
    assert.match(other.heard(), /^(?:220 |SSH-2\.0-)/);
    bans.remove('198.51.100.0/24');
    const again = await comeFrom(t, scene, { address: '198.51.100.9', protocol });
    while (again.heard() === '') await once(again.socket, 'data');
    assert.match(again.heard(), /^(?:220 |SSH-2\.0-)/);
  });

  test(`a ban by an administrator throws out who is in, and is told (${protocol})`, async (t) => {
    const bans = new BanList({ store: temporaryBanStore });
    const scene = await behindProxy(t, bans);
    const inside = await comeFrom(t, scene, { address: '198.51.100.9', protocol });
    while (inside.heard() === '') await once(inside.socket, 'data');
    bans.add({ network: '198.51.100.9', ...forever });
    await inside.ended;
    const told = scene.events.filter(
      (event) => event.event === 'ban-added' || event.event === 'session-closed',
    );
    assert.deepEqual(
      told.map(({ event }) => event),
      ['ban-added', 'session-closed'],
    );
  });
}

test('who guesses through all delays is banned, and his neighbour is not', async (t) => {
  const bans = new BanList({ store: temporaryBanStore });
  const defence = new LoginDefence({ limits: { firstDelayMs: 0.001, largestDelayMs: 0.001 } });
  const scene = await behindProxy(t, bans, defence);
  const guesses = 'USER alice\r\nPASS wrong\r\n'.repeat(4);
  for (let times = 0; bans.size === 0; times += 1) {
    assert.ok(times < 10, 'ten connections of four guesses are enough');
    const guesser = await comeFrom(t, scene, { address: '198.51.100.9', protocol: 'ftp', say: guesses });
    await guesser.ended;
  }
  assert.deepEqual(
    bans.list().map(({ network, source }) => ({ network, source })),
    [{ network: '198.51.100.9', source: 'automatic' }],
  );
  const neighbour = await comeFrom(t, scene, { address: '198.51.100.8', protocol: 'ftp' });
  while (neighbour.heard() === '') await once(neighbour.socket, 'data');
  assert.match(neighbour.heard(), /^220 /);
});

test('rubbish brings penalties, a monitor that connects and leaves does not', async (t) => {
  const offences: string[] = [];
  const defence = new LoginDefence();
  defence.onOffence(({ kind }) => offences.push(kind));
  const scene = await behindProxy(t, new BanList({ store: temporaryBanStore }), defence);
  const speak = async (say: string): Promise<void> => {
    const visitor = await comeFrom(t, scene, { address: '198.51.100.9', protocol: 'ftp', say });
    while (visitor.heard() === '' && !visitor.socket.destroyed) {
      await Promise.race([once(visitor.socket, 'data'), visitor.ended]);
    }
    visitor.socket.end();
    await visitor.ended;
  };
  await speak('');
  await speak('NOOP\r\nQUIT\r\n');
  await speak('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await scene.server.sessions.whenEmpty();
  assert.deepEqual(offences, ['scan', 'no-login', 'protocol']);
  assert.equal(defence.admit('198.51.100.9').admitted, true, 'once is nothing');
  for (let times = 0; times < 20; times += 1) {
    const admission = defence.admit('198.51.100.9');
    if (admission.admitted) admission.login.end('protocol');
  }
  assert.deepEqual(defence.admit('198.51.100.9'), { admitted: false, reason: 'penalty' });
});
