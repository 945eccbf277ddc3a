import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageLedger } from '#engine/quota/usage-ledger.ts';
import { sessionRows } from '#engine/session-rows.ts';
import { RawClient } from '#test/ftp/harness.ts';
import { put } from '#test/sftp/sftp-fixture.ts';
import { password, startLimited } from './limits-scene.ts';
import { protocols, visit } from './visitor.ts';

const kib = 1024;
const speedUnlimited = { uploadBytesPerSecond: null, downloadBytesPerSecond: null } as const;
const volumeUnlimited = {
  uploadBytesPerDay: null,
  downloadBytesPerDay: null,
  uploadBytesPerMonth: null,
  downloadBytesPerMonth: null,
} as const;

/** Seconds that a step takes: limits must make it slow, and nothing here asserts that anything is fast. */
async function secondsOf(step: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await step();
  return (performance.now() - startedAt) / 1000;
}

/** Octets that may pass at once after a pause count for a quarter of a second. */
const burst = 0.25;

for (const protocol of protocols) {
  const content = Buffer.alloc(100 * kib, 'x');

  for (const where of ['account', 'session', 'server'] as const) {
    test(`the speed of the ${where} holds uploads and downloads back, each by its own limit (${protocol})`, async (t) => {
      const speed = { uploadBytesPerSecond: 200 * kib, downloadBytesPerSecond: 250 * kib };
      const scene = await startLimited(t, {
        ...(where === 'server' ? { speed } : {}),
        ...(where === 'account' ? { limits: { accountSpeed: speed } } : {}),
        ...(where === 'session' ? { limits: { sessionSpeed: speed } } : {}),
      });
      const visitor = await visit(t, scene, { protocol });
      const up = await secondsOf(() => visitor.upload('/file', content));
      assert.ok(up >= 0.5 - burst - 0.05, `100 KiB at 200 KiB/s took ${up} s`);
      const down = await secondsOf(() => visitor.download('/file'));
      assert.ok(down >= 0.4 - burst - 0.05, `100 KiB at 250 KiB/s took ${down} s`);
    });
  }

  test(`the sessions of an account share its speed (${protocol})`, async (t) => {
    const accountSpeed = { ...speedUnlimited, uploadBytesPerSecond: 400 * kib };
    const scene = await startLimited(t, { limits: { accountSpeed } });
    const visitors = await Promise.all(Array.from({ length: 4 }, () => visit(t, scene, { protocol })));
    const together = await secondsOf(() =>
      Promise.all(visitors.map((visitor, index) => visitor.upload(`/file-${index}`, content))),
    );
    assert.ok(together >= 1 - burst - 0.05, `400 KiB at 400 KiB/s took ${together} s`);
  });

  test(`a speed that is taken off lets a running transfer go (${protocol})`, async (t) => {
    const scene = await startLimited(t, {
      limits: { sessionSpeed: { ...speedUnlimited, downloadBytesPerSecond: 16 * kib } },
    });
    await put(scene.fileSystem, '/file', Buffer.alloc(1024 * kib, 'x'));
    const visitor = await visit(t, scene, { protocol });
    // At 16 KiB/s it would take a minute; the test ends by its own time-out if nothing is noticed.
    const arriving = visitor.download('/file');
    while (sessionRows(scene.server.sessions).every(({ transfer }) => (transfer?.bytes ?? 0) === 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    scene.accounts.limit('alice', null);
    const outcome = await arriving;
    assert.ok(Buffer.isBuffer(outcome) && outcome.length === 1024 * kib);
  });

  test(`a day's and a month's volume are met and not passed, by direction, in UTC (${protocol})`, async (t) => {
    const clock = { now: Date.parse('2026-11-30T23:59:00Z') };
    const usage = new UsageLedger({ now: () => clock.now });
    const scene = await startLimited(t, {
      usage,
      limits: {
        volume: {
          ...volumeUnlimited,
          uploadBytesPerDay: 100 * kib,
          uploadBytesPerMonth: 150 * kib,
          downloadBytesPerDay: 300 * kib,
        },
      },
    });
    const visitor = await visit(t, scene, { protocol });
    assert.equal(await visitor.upload('/a', content), null);
    const refused = await visitor.upload('/b', Buffer.alloc(1));
    assert.match(refused?.text ?? '', /volume|quota/);
    for (let times = 0; times < 3; times += 1) assert.ok(Buffer.isBuffer(await visitor.download('/a')));
    assert.ok(!Buffer.isBuffer(await visitor.download('/a')), 'the download volume is used up too');
    clock.now = Date.parse('2026-12-01T00:00:00Z');
    assert.equal(await visitor.upload('/b', content), null, 'a new day, and a new month');
    clock.now = Date.parse('2026-12-02T12:00:00Z');
    assert.equal(await visitor.upload('/c', Buffer.alloc(50 * kib)), null);
    assert.match(
      (await visitor.upload('/d', Buffer.alloc(1)))?.text ?? '',
      /volume|quota/,
      'the month is used up',
    );
    clock.now = Date.parse('2026-11-30T12:00:00Z');
    assert.match(
      (await visitor.upload('/e', Buffer.alloc(1)))?.text ?? '',
      /volume|quota/,
      'a clock set back wins nothing',
    );
  });

  test(`an account has no more sessions than it may, and one that ends makes room (${protocol})`, async (t) => {
    const scene = await startLimited(t, { limits: { sessions: 2 } });
    const first = await visit(t, scene, { protocol });
    await visit(t, scene, { protocol });
    await assert.rejects(visit(t, scene, { protocol }));
    await visit(t, scene, { protocol, user: 'bob' });
    first.leave();
    while (scene.server.sessions.sessionsOf('alice').length > 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await visit(t, scene, { protocol });
    assert.ok(
      scene.events.some(
        (event) => event.event === 'login-refused' && event.reason.includes('as many connections'),
      ),
    );
  });

  test(`an account's sessions end by its time-outs, not by the server's (${protocol})`, async (t) => {
    const scene = await startLimited(t, { limits: { idleTimeoutMs: 200 } });
    const idle = await visit(t, scene, { protocol });
    await idle.ended();
    scene.accounts.limit('alice', { sessionTimeoutMs: 300 });
    const busy = await visit(t, scene, { protocol });
    await busy.ended();
    const reasons = scene.events.flatMap((event) => (event.event === 'session-closed' ? [event.reason] : []));
    assert.match(reasons[0] ?? '', /[Ii]dle/);
    assert.match(reasons[1] ?? '', /lasted/);
  });

  test(`an account that is removed loses its sessions at once (${protocol})`, async (t) => {
    const scene = await startLimited(t);
    const visitor = await visit(t, scene, { protocol });
    const other = await visit(t, scene, { protocol, user: 'bob' });
    scene.accounts.remove('alice');
    await visitor.ended();
    assert.equal(await other.upload('/still', Buffer.alloc(1)), null);
  });
}

test('sessions of one account from one address are counted apart from those of another', async (t) => {
  const scene = await startLimited(t, { limits: { sessionsPerAddress: 1 } });
  await visit(t, scene, { protocol: 'sftp' });
  await assert.rejects(visit(t, scene, { protocol: 'sftp' }));
  await visit(t, scene, { protocol: 'sftp', from: '127.0.0.2' });
});

test('FTP says 421 to an account that has too many sessions, and it counts as no guess', async (t) => {
  const scene = await startLimited(t, { limits: { sessions: 0 } });
  const client = await RawClient.connect('127.0.0.1', scene.port('ftp'));
  t.after(() => {
    client.destroy();
  });
  await client.expect(220);
  await client.command('USER alice', 331);
  const reply = await client.command(`PASS ${password}`, 421);
  assert.match(reply.text, /as many connections as it may have/);
  assert.equal(scene.server.defence.load.networks, 0);
});

test('a session is told as data, and kicked by its id', async (t) => {
  const scene = await startLimited(t);
  const visitor = await visit(t, scene, { protocol: 'sftp' });
  await visit(t, scene, { protocol: 'ftp', user: 'bob' });
  const rows = sessionRows(scene.server.sessions);
  assert.deepEqual(
    rows.map(({ protocol, account, remoteAddress, transfer }) => ({
      protocol,
      account,
      remoteAddress,
      transfer,
    })),
    [
      { protocol: 'sftp', account: 'alice', remoteAddress: '127.0.0.1', transfer: null },
      { protocol: 'ftp', account: 'bob', remoteAddress: '127.0.0.1', transfer: null },
    ],
  );
  assert.match(rows[0]?.security ?? '', /^SSH /);
  assert.equal(rows[1]?.security, null);
  scene.server.sessions.find(rows[0]?.id ?? '')?.kick('out');
  await visitor.ended();
});
