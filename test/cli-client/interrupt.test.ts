import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { program, scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;

/** Runs the program slowly and stops it when the first octets have moved; gives its exit code and signal. */
async function interrupted(t: TestContext, words: readonly string[]): Promise<unknown[]> {
  const child = spawn(program, [...words, '--limit-rate', '2M'], {
    env: { PATH: process.env['PATH'], HOME: scratch(t) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  child.stderr.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, bytes } = JSON.parse(line) as { readonly event: string; readonly bytes: number };
    if (event === 'progress' && bytes > 0) child.kill('SIGINT');
  }
  return ended;
}

test('an interrupted download is exit 130, leaves nothing under its name, and is gone on with', async (t) => {
  const [remote, here] = [scratch(t), scratch(t)];
  const content = randomBytes(4_000_000);
  await writeFile(join(remote, 'large'), content);
  const served = await serve(t, { fileSystem: local(remote) });
  const words = ['get', ...trusting, '--json', '-o', join(here, 'large'), served.address('ftp', 'large')];
  assert.deepEqual(await interrupted(t, words), [130, null]);
  const left = await readdir(here);
  assert.equal(left.length, 1);
  assert.match(left[0] ?? '', /^\.large\..*partial$/u);
  const again = await wherryOf(t)([...words, '-c']);
  assert.equal(again.code, 0, again.errors);
  const moved = again.json().find(({ event }) => event === 'done')?.['movedBytes'];
  assert.ok(typeof moved === 'number' && moved < content.length, `moved ${String(moved)}`);
  assert.deepEqual(await readdir(here), ['large']);
  assert.deepEqual(await readFile(join(here, 'large')), content);
});

for (const scheme of ['ftp', 'ftps', 'sftp'] as const) {
  test(`${scheme}: an interrupted upload is exit 130, leaves nothing under its name, and is gone on with`, async (t) => {
    const [there, here] = [scratch(t), scratch(t)];
    const content = randomBytes(4_000_000);
    await writeFile(join(here, 'large'), content);
    const served = await serve(t, { fileSystem: local(there) });
    const words = ['put', ...trusting, '--json', join(here, 'large'), served.address(scheme, 'large')];
    assert.deepEqual(await interrupted(t, words), [130, null]);
    const [left = '', ...more] = await readdir(there);
    assert.deepEqual(more, []);
    assert.match(left, /^\.large\..*partial$/u);
    const again = await wherryOf(t)([...words, '-c']);
    assert.equal(again.code, 0, again.errors);
    const moved = again.json().find(({ event }) => event === 'done')?.['movedBytes'];
    assert.ok(typeof moved === 'number' && moved < content.length, `moved ${String(moved)}`);
    assert.deepEqual(await readdir(there), ['large']);
    assert.deepEqual(await readFile(join(there, 'large')), content);
  });
}
