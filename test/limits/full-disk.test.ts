import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { RawClient } from '#test/ftp/harness.ts';

const node = join(import.meta.dirname, '..', '..', 'bin', 'wherry-node');
const program = join(import.meta.dirname, 'kill-server.ts');

/** Whether this user may mount a small disk of his own, in a namespace of his own. */
const missing =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
    ? false
    : 'no namespace with a disk of its own can be made here (unshare of util-linux, and the right to)';
const skip = process.env['WHERRY_TESTS_COMPLETE'] === '1' ? false : missing;

// On the larger one the journal has its room reserved at first.
for (const disk of ['1M', '3M']) {
  test(`a full disk of ${disk} under the databases costs records, never the service`, { skip }, (t) =>
    fillDisk(t, disk),
  );
}

async function fillDisk(t: TestContext, disk: string): Promise<void> {
  const directory = scratch(t);
  const tree = join(directory, 'tree');
  const data = join(directory, 'data');
  mkdirSync(tree);
  mkdirSync(data);
  const script = `mount -t tmpfs -o size=${disk} tmpfs "$1" && shift && exec "$@"`;
  const words = [node, '--disable-warning=ExperimentalWarning', program, tree, data];
  const child = spawn('unshare', ['-rm', 'sh', '-c', script, 'sh', data, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => {
    child.kill('SIGKILL');
  });
  const warnings: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const [first] = (await once(lines, 'line')) as [string];
  lines.on('line', (line) => warnings.push((JSON.parse(line) as { message: string }).message));
  const client = await RawClient.connect('127.0.0.1', (JSON.parse(first) as { ftp: number }).ftp);
  t.after(() => {
    client.destroy();
  });
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonderland', 230);
  await client.command('TYPE I', 200);
  for (let turn = 0; warnings.length === 0; turn += 1) {
    assert.ok(turn < 20_000, 'the disk is full long before');
    await client.upload(`STOR /${'long-name-'.repeat(20)}${turn % 3}`, 'content');
  }
  assert.match(
    warnings[0] ?? '',
    /^Cannot keep .*(?:full|no space).*\. Make room where the data directory lies/,
  );
  for (let turn = 0; turn < 20; turn += 1) await client.upload(`STOR /after-${turn}`, 'content');
  assert.equal(warnings.length, 1, 'it is told once in a while, not with every line');
}
