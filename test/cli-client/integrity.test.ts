import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { startFlippingRelay } from './flipping-relay.ts';
import { wherryOf, type Run } from './run-wherry.ts';

const content = randomBytes(300_000);

interface Setting {
  /** The served directory and the one where the program runs; the file is in one of them. */
  readonly remote: string;
  readonly here: string;
  run(command: string, words: (address: string) => readonly string[]): Promise<Run>;
  readonly transfers: () => number;
}

async function setUp(t: TestContext, flips: number): Promise<Setting> {
  const [remote, here] = [scratch(t), scratch(t)];
  await mkdir(join(remote, 'tree'));
  const served = await serve(t, { fileSystem: local(remote) });
  const relay = await startFlippingRelay(t, served.port('ftp'), flips);
  const address = served.address('ftp').replace(/:\d+\/$/u, `:${relay.port}/`);
  const run = wherryOf(t);
  const common = ['--tls', 'off', '--json', '--retries', '2'];
  return {
    remote,
    here,
    run: (command, words) => run([command, ...common, ...words(address)], { directory: here }),
    transfers: () => relay.transfers,
  };
}

/** What moves the file over, and where it is and goes. */
const ways: readonly (readonly [
  title: string,
  side: 'remote' | 'here',
  command: string,
  words: (address: string) => readonly string[],
])[] = [
  ['get --verify', 'remote', 'get', (address) => ['--verify', `${address}tree/file`, '-o', 'tree/file']],
  ['get as it is', 'remote', 'get', (address) => [`${address}tree/file`, '-o', 'tree/file']],
  ['get -n 2', 'remote', 'get', (address) => ['-n', '2', `${address}tree/file`, '-o', 'tree/file']],
  ['put --verify', 'here', 'put', (address) => ['--verify', 'tree/file', `${address}tree/`]],
  ['put as it is', 'here', 'put', (address) => ['tree/file', `${address}tree/`]],
  ['cp', 'remote', 'cp', (address) => [`${address}tree/file`, 'tree/']],
  ['mirror down', 'remote', 'mirror', (address) => ['--verify', `${address}tree`, 'tree']],
  ['mirror up', 'here', 'mirror', (address) => ['--verify', 'tree', `${address}tree`]],
];

for (const [title, side, command, words] of ways) {
  test(`${title}: an octet that is always damaged is exit 8, and nothing stands under the name`, async (t) => {
    const setting = await setUp(t, Number.POSITIVE_INFINITY);
    await place(setting, side);
    const run = await setting.run(command, words);
    assert.equal(run.code, 8, run.errors);
    assert.equal(run.json().find(({ event }) => event === 'failed')?.['code'], 'integrity');
    assert.ok(setting.transfers() >= 3, `tried in ${setting.transfers()} transfers`);
    const target = join(side === 'here' ? setting.remote : setting.here, 'tree');
    assert.ok(!(await readdir(target)).includes('file'));
  });

  test(`${title}: an octet that is damaged once is repaired by another try`, async (t) => {
    const setting = await setUp(t, 1);
    await place(setting, side);
    const { code, errors } = await setting.run(command, words);
    assert.equal(code, 0, errors);
    const target = join(side === 'here' ? setting.remote : setting.here, 'tree');
    assert.deepEqual(await readdir(target), ['file']);
    assert.deepEqual(await readFile(join(target, 'file')), content);
  });
}

async function place({ remote, here }: Setting, side: 'remote' | 'here'): Promise<void> {
  await mkdir(join(here, 'tree'));
  await writeFile(join(side === 'remote' ? remote : here, 'tree/file'), content);
}

test('with --no-verify sizes alone are compared', async (t) => {
  const setting = await setUp(t, 1);
  await place(setting, 'remote');
  const run = await setting.run('get', (address) => ['--no-verify', `${address}tree/file`]);
  assert.equal(run.code, 0);
  assert.equal(run.json().find(({ event }) => event === 'done')?.['verified'], 'size');
  assert.notDeepEqual(await readFile(join(setting.here, 'file')), content);
});
