import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '#test/ftp/harness.ts';
import { noSsh, runWherry, scratch, startWherry, type WherryProcess } from './wherry-process.ts';

const words = ['--user', 'alice:wonderland', '--host', '127.0.0.1', ...noSsh];

async function logIn(t: { after(end: () => void): void }, server: WherryProcess): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => {
    client.destroy();
  });
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonderland', 230);
  await client.command('TYPE I', 200);
  return client;
}

test('tells its ports first, as one line of JSON, and they take connections then', async (t) => {
  const server = await startWherry(t, { words });
  const first = JSON.parse(server.lines[0] ?? '') as Record<string, unknown>;
  assert.equal(first['event'], 'ready');
  const listeners = first['listeners'] as readonly Record<string, unknown>[];
  assert.deepEqual(
    listeners.map(({ protocol, host }) => [protocol, host]),
    [
      ['ftp', '127.0.0.1'],
      ['ftps', '127.0.0.1'],
      ['http', '127.0.0.1'],
    ],
  );
  for (const { port } of listeners) {
    assert.ok(Number(port) > 0);
    const client = await RawClient.connect('127.0.0.1', Number(port));
    client.destroy();
  }
});

test('leaves out what is off', async (t) => {
  const server = await startWherry(t, { words: [...words, '--ftps', 'off'] });
  const first = JSON.parse(server.lines[0] ?? '') as { readonly listeners: readonly object[] };
  assert.equal(first.listeners.length, 2);
  assert.throws(() => server.port('ftps'));
});

test('listens on both families by default', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', ...noSsh] });
  for (const host of ['127.0.0.1', '::1']) {
    const client = await RawClient.connect(host, server.port());
    await client.expect(220);
    client.destroy();
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`finishes a running upload at ${signal}, takes no new clients, and ends with 0`, async (t) => {
    const server = await startWherry(t, { words: [...words, '--grace', '60'] });
    const client = await logIn(t, server);
    const idle = await logIn(t, server);
    const data = await client.passive();
    await client.command('STOR late.bin', 150);
    data.write('first half, ');
    const stopped = server.stop(signal);
    await server.event(({ event }) => event === 'stopping');
    await idle.expect(421);
    await idle.end();
    idle.destroy();
    await assert.rejects(RawClient.connect('127.0.0.1', server.port()), { code: 'ECONNREFUSED' });
    data.end('second half');
    await client.expect(226);
    await client.expect(421);
    client.destroy();
    assert.deepEqual(await stopped, { code: 0, signal: null });
    assert.equal(readFileSync(join(server.directory, 'late.bin'), 'utf8'), 'first half, second half');
    assert.equal((JSON.parse(server.lines.at(-1) ?? '') as { event: string }).event, 'stopped');
  });
}

test('breaks off what outlasts the grace, and leaves nothing of it', async (t) => {
  const server = await startWherry(t, { words: [...words, '--grace', '0.1'] });
  const client = await logIn(t, server);
  const data = await client.passive();
  await client.command('STOR never.bin', 150);
  data.on('error', () => undefined);
  data.write('first half');
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.deepEqual(readdirSync(server.directory), []);
});

test('ends soon though clients hold on to connections on which nothing runs', async (t) => {
  const config = join(scratch(t), 'patient.yaml');
  writeFileSync(config, 'timeouts:\n  close: 10m\n');
  const server = await startWherry(t, { words: [...words, '--grace', '600', '--config', config] });
  const before = await RawClient.connect('127.0.0.1', server.port());
  await before.expect(220);
  const after = await logIn(t, server);
  const silent = await RawClient.connect('127.0.0.1', server.port('ftps'));
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  await before.expect(421);
  await after.expect(421);
  for (const client of [before, after, silent]) client.destroy();
});

test('a second signal does not wait', async (t) => {
  const server = await startWherry(t, { words: [...words, '--grace', '600'] });
  const client = await logIn(t, server);
  const data = await client.passive();
  await client.command('STOR never.bin', 150);
  data.on('error', () => undefined);
  const stopped = server.stop('SIGINT');
  await server.event(({ event }) => event === 'stopping');
  server.child.kill('SIGINT');
  assert.deepEqual(await stopped, { code: 130, signal: null });
  assert.ok(!existsSync(join(server.directory, 'never.bin')));
});

test('a second server on the same data directory is told so, and the first runs on', async (t) => {
  const server = await startWherry(t, { words });
  const free = ['--ftp', '0', '--ftps', 'off', '--sftp', 'off'];
  const second = await runWherry(['serve', scratch(t), '--data-dir', server.dataDirectory, ...free]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^wherry: .*another wherry is using it\n$/u);
  await logIn(t, server);
});

test('a data directory that cannot be is told of, and what to do', async (t) => {
  const file = join(scratch(t), 'file');
  writeFileSync(file, '');
  for (const [dataDirectory, why] of [
    [file, /file is no directory; name another with --data-dir\n$/u],
    [join(file, 'below'), /Cannot make the data directory .*; name another with --data-dir\n$/u],
  ] as const) {
    const { code, stderr } = await runWherry(['serve', scratch(t), '--data-dir', dataDirectory]);
    assert.equal(code, 1);
    assert.match(stderr, why);
  }
});

test('the data directory is for its owner alone', async (t) => {
  const dataDirectory = join(scratch(t), 'made', 'by', 'wherry');
  await startWherry(t, { words, dataDirectory });
  assert.equal(statSync(dataDirectory).mode & 0o777, 0o700);
  for (const name of readdirSync(dataDirectory)) {
    assert.equal(statSync(join(dataDirectory, name)).mode & 0o077, 0, name);
  }
});

test('runs with every log going nowhere', async (t) => {
  const server = await startWherry(t, { words });
  server.child.stdout?.destroy();
  const client = await logIn(t, server);
  await client.upload('STOR heard.txt', 'content');
  await client.command('QUIT', 221);
  client.destroy();
  server.child.kill('SIGTERM');
  const [code] = (await once(server.child, 'exit')) as [number | null];
  assert.equal(code, 0);
});
