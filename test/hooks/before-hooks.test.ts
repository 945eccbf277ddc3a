import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { VirtualPath } from '#core/virtual-path.ts';
import { EventBus } from '#engine/events.ts';
import { BeforeHooks } from '#server/hooks/before-hooks.ts';
import type { BeforeHook } from '#server/hooks/hook-options.ts';
import { scratch } from '#test/cli/wherry-process.ts';
import { put } from '#test/sftp/sftp-fixture.ts';
import { startLimited, type LimitsScene } from '#test/limits/limits-scene.ts';
import { protocols, visit } from '#test/limits/visitor.ts';
import { startHookServer } from './hook-server.ts';

async function serve(t: TestContext, hook: Omit<BeforeHook, 'name'>): Promise<LimitsScene> {
  const events = new EventBus();
  const before = new BeforeHooks({ hooks: [{ name: 'guard', ...hook }], events });
  return startLimited(t, { events, before });
}

const actions = ['login', 'upload', 'download', 'delete', 'rename'] as const;

for (const protocol of protocols) {
  test(`a web server forbids what it likes before it is done (${protocol})`, async (t) => {
    const web = await startHookServer(t, (response, { json }) => {
      const forbidden = String(json['path']).startsWith('/no');
      response.writeHead(200).end(JSON.stringify({ allow: !forbidden, reason: 'The guard\r\n226 says no' }));
    });
    const scene = await serve(t, { target: { kind: 'http', url: web.url }, actions });
    await put(scene.fileSystem, '/no', 'x');
    const visitor = await visit(t, scene, { protocol });
    for (const refusal of [
      await visitor.upload('/no-file', Buffer.alloc(10)),
      await visitor.download('/no'),
      await visitor.remove('/no'),
      await visitor.rename('/no', '/yes'),
    ]) {
      assert.ok(refusal !== null && !Buffer.isBuffer(refusal));
      assert.doesNotMatch(refusal.text, /\n226/, 'an answer forges no reply');
    }
    assert.equal(await visitor.upload('/yes', Buffer.alloc(10)), null);
    assert.deepEqual(await visitor.download('/yes'), Buffer.alloc(10));
    assert.equal(await visitor.rename('/yes', '/moved'), null);
    assert.equal(await visitor.remove('/moved'), null);
    assert.equal((await scene.fileSystem.stat('/no' as VirtualPath)).size, 1, 'nothing happened to it');
    const denied = scene.events.filter(({ event }) => event === 'denied');
    assert.equal(denied.length, 4);
    assert.deepEqual(web.requests[0]?.json['action'], 'login');
    assert.deepEqual(web.requests[0]?.json['account'], 'alice');
  });

  test(`a hook may keep an account out (${protocol})`, async (t) => {
    const web = await startHookServer(t, (response) => response.writeHead(403).end('{"reason":"Not today"}'));
    const scene = await serve(t, { target: { kind: 'http', url: web.url }, actions: ['login'] });
    await assert.rejects(visit(t, scene, { protocol }));
    assert.ok(scene.events.some((event) => event.event === 'login-refused' && event.reason === 'Not today'));
  });

  for (const onFailure of ['refuse', 'allow'] as const) {
    test(`without an answer the setting decides: ${onFailure} (${protocol})`, async (t) => {
      const web = await startHookServer(t, () => undefined);
      const target = { kind: 'http', url: web.url } as const;
      const scene = await serve(t, { target, actions: ['upload'], timeoutMs: 100, onFailure });
      const visitor = await visit(t, scene, { protocol });
      const refusal = await visitor.upload('/file', Buffer.alloc(10));
      assert.equal(refusal === null, onFailure === 'allow');
      assert.ok(scene.events.some(({ event }) => event === 'warning'));
    });
  }
}

test('a program answers by its exit code and the first line it writes', async (t) => {
  const program = join(scratch(t), 'guard');
  writeFileSync(
    program,
    '#!/bin/sh\ncase "$WHERRY_PATH" in *.exe) echo "No programs"; echo more; exit 1;; *.odd) exit 7;; esac\n',
  );
  chmodSync(program, 0o700);
  const scene = await serve(t, { target: { kind: 'program', file: program }, actions: ['upload'] });
  const visitor = await visit(t, scene, { protocol: 'ftp' });
  const refusal = await visitor.upload('/virus.exe', Buffer.alloc(10));
  assert.match(refusal?.text ?? '', /^550 .*No programs\r\n$/);
  assert.equal(await visitor.upload('/letter.txt', Buffer.alloc(10)), null);
  assert.match((await visitor.upload('/x.odd', Buffer.alloc(10)))?.text ?? '', /cannot be checked now/);
});

test('more questions than can be asked at a time wait their turn, and past that fail at once', async (t) => {
  const held: (() => void)[] = [];
  const web = await startHookServer(t, (response) => held.push(() => response.writeHead(200).end()));
  const events = new EventBus();
  const hooks = new BeforeHooks({
    hooks: [{ name: 'h', target: { kind: 'http', url: web.url }, actions: ['login'] }],
    events,
    atOnce: 2,
    waiting: 1,
  });
  const facts = {
    session: '1',
    protocol: 'ftp',
    remoteAddress: '192.0.2.1',
    remotePort: 1,
    account: 'a',
    action: 'login',
    path: null,
    other: null,
  } as const;
  const asked = Array.from({ length: 4 }, () => hooks.refusal(facts));
  assert.match((await asked[3]) ?? '', /cannot be checked now/);
  await web.received(2);
  held.shift()?.();
  await web.received(3);
  for (const answer of held) answer();
  assert.deepEqual(await Promise.all(asked.slice(0, 3)), [null, null, null]);
});
