import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratch } from './wherry-process.ts';

const root = join(import.meta.dirname, '..', '..');

const main = `
import { commandTable } from './command-table.ts';
const row = commandTable.find(({ name }) => name === process.argv[2]);
void row.load().then(async ({ said }) => process.stdout.write(await said));
`;

const table = `
export const commandTable = [
  {
    name: 'get',
    load: async () => import('./client/get.ts'),
  },
  {
    name: 'sum',
    load: async () => import('./hash.ts'),
  },
];
`;

const command = `
import { fileURLToPath } from 'node:url';
import { word } from '#core/word.ts';
export const said: string = word + fileURLToPath(import.meta.url).replace(/^.*\\./, '.');
`;

const threadStarter = `
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
const worker = new Worker(new URL('worker.ts', import.meta.url));
export const said: Promise<string> = once(worker, 'message').then(([text]) => text);
`;

const thread = `
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { word } from '#core/word.ts';
const extension: string = fileURLToPath(import.meta.url).replace(/^.*\\./, '.');
parentPort?.postMessage('thread ' + word + extension);
`;

const word = 'export const word: string = "one";\n';

/** A program of two commands, one of which has a thread answer, with the real files that start and build it. */
function smallProgram(t: Pick<TestContext, 'after'>): {
  readonly path: (name: string) => string;
  readonly build: () => void;
  readonly run: (command: string) => string;
} {
  const directory = scratch(t);
  const path = (name: string): string => join(directory, name);
  cpSync(join(root, 'bin'), path('bin'), { recursive: true });
  cpSync(join(root, 'scripts/build-program.mjs'), path('scripts/build-program.mjs'));
  symlinkSync(join(root, 'node_modules'), path('node_modules'));
  for (const folder of ['src/cli/client', 'src/core']) mkdirSync(path(folder), { recursive: true });
  const description = { type: 'module', imports: { '#core/*': './src/core/*' } };
  writeFileSync(path('package.json'), JSON.stringify(description));
  writeFileSync(path('src/core/word.ts'), word);
  writeFileSync(path('src/cli/main.ts'), main);
  writeFileSync(path('src/cli/command-table.ts'), table);
  writeFileSync(path('src/cli/hash.ts'), threadStarter);
  writeFileSync(path('src/cli/worker.ts'), thread);
  writeFileSync(path('src/cli/client/get.ts'), command);
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory };
  return {
    path,
    build: () => {
      // What was written in this very moment might be written again without a trace, and is not built from.
      waitForNextTick(path('src/cli/client/get.ts'));
      execFileSync(path('bin/wherry-node'), [path('scripts/build-program.mjs'), '--strict'], { env });
    },
    run: (name) => execFileSync(path('bin/wherry'), [name], { env, encoding: 'utf8', stdio: 'pipe' }),
  };
}

function waitForNextTick(file: string): void {
  const { ctimeMs } = statSync(file);
  while (Date.now() <= ctimeMs + 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

test('the program and its threads run from what was built', (t) => {
  const { build, run } = smallProgram(t);
  assert.equal(run('get'), 'one.ts');
  assert.equal(run('sum'), 'thread one.ts');
  build();
  assert.equal(run('get'), 'one.cjs');
  assert.equal(run('sum'), 'thread one.cjs');
});

test('a source that is no longer what was built from is what runs', (t) => {
  const { path, build, run } = smallProgram(t);
  build();
  const file = path('src/core/word.ts');
  const { atime, mtime } = statSync(file);
  writeFileSync(file, word.replace('one', 'two'));
  utimesSync(file, atime, mtime);
  assert.equal(run('get'), 'two.ts');
  build();
  assert.equal(run('get'), 'two.cjs');
  rmSync(path('src/cli/client/get.ts'));
  assert.throws(() => run('get'), /get\.ts/);
});

test('what only other commands load does not count', (t) => {
  const { path, build, run } = smallProgram(t);
  build();
  writeFileSync(path('src/cli/worker.ts'), thread);
  assert.equal(run('get'), 'one.cjs');
  assert.equal(run('sum'), 'thread one.ts');
  build();
  writeFileSync(path('src/cli/client/get.ts'), command);
  assert.equal(run('get'), 'one.ts');
  assert.equal(run('sum'), 'thread one.cjs');
});

test('a package, which has no sources, runs what was built', (t) => {
  const { path, build, run } = smallProgram(t);
  build();
  mkdirSync(path('dist/cli'), { recursive: true });
  writeFileSync(path('dist/cli/main.js'), "process.stdout.write('dist');\n");
  rmSync(path('src'), { recursive: true });
  assert.equal(run('get'), 'one.cjs');
  assert.equal(run('sum'), 'thread one.cjs');
  rmSync(path('build'), { recursive: true });
  assert.equal(run('get'), 'dist');
});

test('what is built on half-written or foreign contents is left alone', (t) => {
  const { path, build, run } = smallProgram(t);
  build();
  for (const contents of ['', '{}', '{"main":"code/main.cjs"}', '{"sources":[]}', 'null']) {
    writeFileSync(path('build/program/contents-get.json'), contents);
    assert.equal(run('get'), 'one.ts', contents);
  }
});
