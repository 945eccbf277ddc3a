import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { EventBus } from '#engine/events.ts';
import { countTree } from '#engine/quota/count-tree.ts';
import { openOperations, type Operations } from '#server/operations.ts';
import { local } from '#storage/index.ts';
import { scratch } from '#test/cli/wherry-process.ts';
import { RawClient } from '#test/ftp/harness.ts';

const node = join(import.meta.dirname, '..', '..', 'bin', 'wherry-node');
const program = join(import.meta.dirname, 'kill-server.ts');

interface Killable {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(t: TestContext, tree: string, data: string): Promise<Killable> {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', program, tree, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, port: (JSON.parse(line) as { ftp: number }).ftp };
}

/** Uploads, overwrites, renames and deletes until the connection breaks; `done` hears of each upload. */
async function work(port: number, prefix: string, done: () => void): Promise<void> {
  const client = await RawClient.connect('127.0.0.1', port);
  try {
    await client.expect(220);
    await client.command('USER alice', 331);
    await client.command('PASS wonderland', 230);
    await client.command('TYPE I', 200);
    for (let turn = 0; ; turn += 1) {
      const name = `/${prefix}-${turn % 20}`;
      await client.upload(`STOR ${name}`, Buffer.alloc((turn * 7919) % 50_000, 'x'));
      done();
      if (turn % 5 === 4) await client.command(`DELE ${name}`, 250);
      if (turn % 7 === 6) {
        await client.command(`RNFR /${prefix}-0`);
        await client.command(`RNTO /${prefix}-moved`);
      }
    }
  } catch {
    // The server was killed, as it was meant to be.
  } finally {
    client.destroy();
  }
}

/** What the audit says is there, from its first record on; paths whose last change is unknown may be either way. */
async function filesByAudit(operations: Operations): Promise<Map<string, number | 'unknown' | 'gone'>> {
  const records = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await operations.audit?.search({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...(page?.records ?? []));
    if (page?.cursor === undefined || page.cursor === null) break;
    ({ cursor } = page);
  }
  const files = new Map<string, number | 'unknown' | 'gone'>();
  for (const { event, outcome, path, target, bytes } of records.toReversed()) {
    if (path === null || (outcome !== 'completed' && outcome !== 'unknown')) continue;
    const known = outcome === 'completed';
    if (event === 'upload') files.set(path, known ? (bytes ?? 0) : 'unknown');
    if (event === 'delete') files.set(path, known ? 'gone' : 'unknown');
    if (event === 'rename' && target !== null) {
      files.set(target, known ? (files.get(path) ?? 'unknown') : 'unknown');
      files.set(path, known ? 'gone' : 'unknown');
    }
  }
  return files;
}

test('after kill -9 at any moment, again and again, quota and audit agree with the files', async (t) => {
  const directory = scratch(t);
  const tree = join(directory, 'tree');
  const data = join(directory, 'data');
  mkdirSync(tree);
  mkdirSync(data);
  for (let round = 0; round < 5; round += 1) {
    const { child, port } = await start(t, tree, data);
    let uploads = 0;
    const done = (): void => {
      uploads += 1;
      // While the others are in the middle of whatever they are doing.
      if (uploads === 40 + round * 23) child.kill('SIGKILL');
    };
    await Promise.all(Array.from({ length: 3 }, (_, index) => work(port, `client-${index}`, done)));
  }
  const operations = await openOperations({ directory: data, events: new EventBus() });
  const fileSystem = local(tree);
  try {
    const there = new Map(
      readdirSync(tree)
        .filter((name) => !name.startsWith('.'))
        .map((name) => [`/${name}`, statSync(join(tree, name)).size]),
    );
    assert.ok(there.size > 10, 'something was uploaded');
    assert.equal(operations.usage.facts('alice').counted, false, 'what was cut off is not trusted');
    const counted = await countTree(fileSystem);
    const facts = await operations.usage.rescan('alice', fileSystem);
    assert.deepEqual({ bytes: facts.bytes, files: facts.files }, counted);
    const told = await filesByAudit(operations);
    for (const [path, size] of there) {
      const known = told.get(path);
      assert.ok(known === size || known === 'unknown', `${path} has ${size} octets, the audit says ${known}`);
    }
    for (const [path, known] of told) {
      if (typeof known === 'number')
        assert.equal(there.get(path), known, `${path} is there as the audit says`);
    }
    const unknown = [...told.values()].filter((known) => known === 'unknown');
    assert.ok(unknown.length <= 5 * 3 * 2, 'no more is unknown than what was being done');
  } finally {
    await operations.close();
    await fileSystem.close?.();
  }
});

test('after a proper end usage is known without counting', async (t) => {
  const directory = scratch(t);
  const tree = join(directory, 'tree');
  const data = join(directory, 'data');
  mkdirSync(tree);
  mkdirSync(data);
  const { child, port } = await start(t, tree, data);
  const client = await RawClient.connect('127.0.0.1', port);
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonderland', 230);
  await client.upload('STOR /file', Buffer.alloc(1234));
  child.kill('SIGTERM');
  await once(child, 'close');
  client.destroy();
  const operations = await openOperations({ directory: data, events: new EventBus() });
  const facts = operations.usage.facts('alice');
  await operations.close();
  assert.equal(facts.counted, true);
  assert.deepEqual({ bytes: facts.bytes, files: facts.files }, { bytes: 1234, files: 1 });
});
