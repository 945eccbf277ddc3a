import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;

test('sync goes both ways, shows first, and never resolves a conflict', async (t) => {
  const [remote, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  const run = wherryOf(t);
  const words = ['sync', ...trusting, here, served.address('sftp')];
  await writeFile(join(here, 'mine'), 'm');
  await writeFile(join(remote, 'theirs'), 't');

  const planned = await run([...words, '--dry-run', '--json']);
  assert.equal(planned.code, 0, planned.errors);
  assert.equal(planned.json().filter(({ kind }) => kind === 'copy').length, 2);
  assert.deepEqual(await readdir(here), ['mine']);

  const unasked = await run(words);
  assert.equal(unasked.code, 2);
  assert.match(unasked.errors, /--yes/u);
  assert.match(unasked.output, /mine/u);
  assert.deepEqual(await readdir(remote), ['theirs']);

  const done = await run([...words, '--yes', '--json']);
  assert.equal(done.code, 0, done.errors);
  assert.deepEqual((await readdir(here)).toSorted(), ['mine', 'theirs']);
  assert.deepEqual((await readdir(remote)).toSorted(), ['mine', 'theirs']);

  await rm(join(here, 'theirs'));
  await writeFile(join(here, 'mine'), 'changed here');
  await writeFile(join(remote, 'mine'), 'and over there');
  const conflicting = await run([...words, '--yes', '--json']);
  assert.equal(conflicting.code, 1, conflicting.errors);
  assert.ok(conflicting.json().some(({ event, path }) => event === 'failed' && path === 'mine'));
  assert.deepEqual(await readdir(remote), ['mine']);
  assert.equal(await readFile(join(here, 'mine'), 'utf8'), 'changed here');
  assert.equal(await readFile(join(remote, 'mine'), 'utf8'), 'and over there');
});
