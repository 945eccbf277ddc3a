import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { noSsh, runWherry, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { RawClient, readAll } from '#test/ftp/harness.ts';

async function login(t: TestContext, server: WherryProcess): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => client.destroy());
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonderland', 230);
  await client.command('TYPE I', 200);
  return client;
}

test('limits of the configuration that are changed take hold of what runs', async (t) => {
  const file = join(scratch(t), 'wherry.yaml');
  const write = (text: string): void => writeFileSync(file, text);
  write('speed: { download: 16 KiB/s }\n');
  const words = ['--config', file, '--user', 'alice:wonderland', ...noSsh];
  const server = await startWherry(t, { words });
  const octets = 2 * 1024 * 1024;
  writeFileSync(join(server.directory, 'file'), Buffer.alloc(octets, 'x'));
  const client = await login(t, server);
  const data = await client.passive();
  await client.command('RETR file', 150);
  // At 16 KiB/s it would take two minutes; the test ends by its own time-out if nothing is noticed.
  const arriving = readAll(data);
  write('speed: { download: none }\nlimits: { sessions: 2 }\n');
  const reload = await runWherry(['config', 'reload', '--json', '--data-dir', server.dataDirectory]);
  assert.deepEqual(JSON.parse(reload.stdout), {
    applied: ['limits.sessions', 'speed.download'],
    waiting: [],
  });
  assert.equal((await arriving).length, octets);
  await client.expect(226);
  const second = await login(t, server);
  const third = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => third.destroy());
  await third.expect(421);
  second.destroy();
  await client.command('NOOP', 200);
});
