import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { nativeAvailable } from '#native/index.ts';
import { addonTest } from './addon-test.ts';
import { openDescriptors, temporaryDirectory, untilDescriptors } from './rooms.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const { WHERRY_NATIVE: _, ...environment } = process.env;

/** A copy of this room with its build script, so that a test may spoil it. */
function copyRoom(context: { after(action: () => void): void }): string {
  const copy = temporaryDirectory(context);
  cpSync(join(root, 'src/native'), join(copy, 'src/native'), { recursive: true });
  mkdirSync(join(copy, 'scripts'));
  cpSync(join(root, 'scripts/build-native.mjs'), join(copy, 'scripts/build-native.mjs'));
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  return copy;
}

async function isAvailable(copy: string, env: NodeJS.ProcessEnv = environment): Promise<boolean> {
  const program = `console.log((await import(${JSON.stringify(join(copy, 'src/native/index.ts'))})).nativeAvailable)`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env });
  return stdout.trim() === 'true';
}

async function build(copy: string, env: NodeJS.ProcessEnv = environment): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [join(copy, 'scripts/build-native.mjs')], { env });
  return stdout + stderr;
}

test('a missing, broken or unwanted addon only means that the other way is taken', async (context) => {
  const copy = copyRoom(context);
  assert.equal(await isAvailable(copy), false);
  mkdirSync(join(copy, 'build'));
  writeFileSync(join(copy, 'build/wherry.node'), 'not an addon');
  assert.equal(await isAvailable(copy), false);
  if (!nativeAvailable) return;
  cpSync(join(root, 'build/wherry.node'), join(copy, 'build/wherry.node'));
  assert.equal(await isAvailable(copy), true);
  assert.equal(await isAvailable(copy, { ...environment, WHERRY_NATIVE: 'off' }), false);
});

test('a build that fails says one line, fails nothing, and leaves no stale addon', async (context) => {
  const copy = copyRoom(context);
  mkdirSync(join(copy, 'build'));
  const addon = join(copy, 'build/wherry.node');
  for (const compiler of ['/nonexistent/cc', 'false']) {
    writeFileSync(addon, 'stale');
    utimesSync(addon, 0, 0);
    assert.match(
      await build(copy, { ...environment, CC: compiler }),
      /^wherry: .*going on without the addon\n$/u,
    );
    assert.equal(existsSync(addon), false);
  }
});

addonTest('a build makes the addon once and again only for newer sources', async (context) => {
  const copy = copyRoom(context);
  const addon = join(copy, 'build/wherry.node');
  assert.equal(await build(copy), '');
  if (!existsSync(addon)) {
    context.skip('no headers beside this copy');
    return;
  }
  assert.equal(await isAvailable(copy), true);
  const { ino } = statSync(addon);
  await build(copy);
  assert.equal(statSync(addon).ino, ino);
  utimesSync(join(copy, 'src/native/addon/addon.h'), Date.now() / 1000 + 60, Date.now() / 1000 + 60);
  await build(copy);
  assert.notEqual(statSync(addon).ino, ino);
});

addonTest('a worker that is ended leaves neither descriptors nor a crash behind', async () => {
  const before = openDescriptors();
  for (let round = 0; round < 10; round += 1) {
    const worker = new Worker(new URL('waiting-worker.ts', import.meta.url));
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.ok(openDescriptors() > before + 4);
    await worker.terminate();
  }
  await untilDescriptors(before + 2);
});
