import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../ftp/harness.ts';
import { noSsh, runWherry, scratch, startWherry, type WherryProcess } from './wherry-process.ts';

/** A program whose clock began in 1970 with the test. */
function clockOf1970(directory: string): Readonly<Record<string, string>> {
  const file = join(directory, 'clock.mjs');
  writeFileSync(file, `const behind = ${Date.now()}, now = Date.now;\nDate.now = () => now() - behind;\n`);
  return { NODE_OPTIONS: `--import=${file}` };
}

async function tryLogin(server: WherryProcess): Promise<number> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  await client.expect(220);
  await client.command('USER guest', 331);
  const { code } = await client.command('PASS for-a-while', 230, 530);
  await client.command('QUIT', 221);
  client.destroy();
  return code;
}

interface Found {
  readonly event: string;
  readonly time: string;
}

async function recordedTimes(dataDirectory: string): Promise<readonly Found[]> {
  const words = ['log', '--json', '--data-dir', dataDirectory];
  const { stdout, stderr } = await runWherry(words);
  assert.notEqual(stdout, '', stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
}

test('a clock that begins in 1970 is told, lets nobody in who has expired, and keeps the audit in order', async (t) => {
  const dataDirectory = scratch(t);
  const words = [...noSsh, '--user', 'guest:for-a-while', '--host', '127.0.0.1', '--ftps', 'off'];
  const right = await startWherry(t, { dataDirectory, words });
  assert.equal(await tryLogin(right), 230);
  const user = ['user', 'set', 'guest', '--data-dir', dataDirectory];
  const set = await runWherry([...user, '--expires', new Date(Date.now() - 1000).toISOString()]);
  assert.equal(set.code, 0, set.stderr);
  assert.equal(await tryLogin(right), 530);
  await right.stop();

  const environment = clockOf1970(scratch(t));
  const wrong = await startWherry(t, {
    dataDirectory,
    environment,
    words: words.filter((word) => !word.startsWith('guest:') && word !== '--user'),
  });
  const warning = await wrong.event(({ event }) => event === 'warning');
  assert.match(String(warning['message']), /system clock says 1970-.* but it was 20/u);
  assert.equal(await tryLogin(wrong), 530);
  const graded = await runWherry(['doctor', '--server', '--data-dir', dataDirectory]);
  assert.equal(graded.code, 1);
  assert.match(graded.stdout, /HIGH +system clock \(this machine\)/u);
  const times = (await recordedTimes(dataDirectory)).map(({ time }) => time);
  assert.ok(times.length >= 4);
  assert.deepEqual(times, times.toSorted());
});
