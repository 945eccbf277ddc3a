import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { program, scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;

async function makeSite(directory: string): Promise<void> {
  await mkdir(join(directory, 'sub'), { recursive: true });
  await writeFile(join(directory, 'index.html'), 'hello');
  await writeFile(join(directory, 'sub', 'style.css'), 'b {}');
  await writeFile(join(directory, 'notes.tmp'), 'mine');
}

for (const scheme of ['ftp', 'sftp'] as const) {
  test(`mirror by ${scheme} moves what differs, and nothing the second time`, async (t) => {
    const [remote, here] = [scratch(t), scratch(t)];
    const served = await serve(t, { fileSystem: local(remote) });
    const run = wherryOf(t);
    await makeSite(here);
    const words = [
      'mirror',
      ...trusting,
      '--json',
      '--exclude',
      '*.tmp',
      here,
      served.address(scheme, 'www/'),
    ];
    const planned = await run([...words, '--dry-run']);
    assert.equal(planned.code, 0, planned.errors);
    assert.deepEqual(await readdir(remote), []);
    const copies = planned.json().filter(({ kind }) => kind === 'copy-file');
    assert.deepEqual(
      copies.map(({ path }) => path),
      ['index.html', 'sub/style.css'],
    );
    const first = await run(words);
    assert.equal(first.code, 0, first.errors);
    assert.equal(first.json().at(-1)?.['transferred'], 2);
    assert.equal(await readFile(join(remote, 'www/sub/style.css'), 'utf8'), 'b {}');
    assert.equal((await run(words)).json().at(-1)?.['transferred'], 0);
    await writeFile(join(remote, 'www', 'extra'), 'not of the source');
    assert.equal((await run([...words, '--delete'])).code, 0);
    assert.deepEqual((await readdir(join(remote, 'www'))).toSorted(), ['index.html', 'sub']);
  });
}

test('a plan for a directory that is not there makes none', async (t) => {
  const [from, here] = [scratch(t), scratch(t)];
  await makeSite(from);
  const planned = await wherryOf(t)(['mirror', '--dry-run', from, join(here, 'new')]);
  assert.equal(planned.code, 0, planned.errors);
  assert.match(planned.output, /index\.html/u);
  assert.deepEqual(await readdir(here), []);
});

test('a missing source is exit 5, and nothing is removed', async (t) => {
  const [remote, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  await writeFile(join(remote, 'kept'), 'x');
  const gone = await wherryOf(t)([
    'mirror',
    ...trusting,
    '--delete',
    join(here, 'gone'),
    served.address('ftp'),
  ]);
  assert.equal(gone.code, 5, gone.errors);
  assert.deepEqual(await readdir(remote), ['kept']);
});

test('a watched mirror sends what changes while it runs, and ends with 130', async (t) => {
  const [remote, here, home] = [scratch(t), scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  await writeFile(join(here, 'first'), 'one');
  const words = ['mirror', ...trusting, '--json', '--watch', here, served.address('ftp')];
  const child = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, path } = JSON.parse(line) as { readonly event: string; readonly path: string };
    if (event === 'summary' && !(await readdir(remote)).includes('second')) {
      await writeFile(join(here, 'second'), 'two');
    }
    if (event === 'done' && path === 'second') child.kill('SIGINT');
  }
  assert.deepEqual(await ended, [130, null]);
  assert.equal(await readFile(join(remote, 'second'), 'utf8'), 'two');
});
