import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { QueueEvent } from '#client/queue/job.ts';
import { TransferQueue, type TransferQueueOptions } from '#client/queue/transfer-queue.ts';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';
import { get, names, pattern, put, scratch } from './places.ts';
import { serve, type Served } from './served.ts';

const megabyte = 1024 * 1024;

function options(served: Served, extra: TransferQueueOptions = {}): TransferQueueOptions {
  return { firstDelayMs: 1, longestDelayMs: 2, connect: () => served.options, ...extra };
}

test('transfers run by priority, several at once, and watchers hear of each step', async (t) => {
  const served = await serve(t);
  const { root } = await scratch(t);
  await using queue = new TransferQueue(options(served, { parallel: 1, paused: true }));
  const order: string[] = [];
  const events: QueueEvent['event'][] = [];
  queue.subscribe((event) => {
    events.push(event.event);
    if (event.event === 'changed' && event.job.state === 'running') order.push(event.job.to);
  });
  for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), name);
  queue.add({ from: join(root, 'a'), to: served.address('ftp', 'a'), priority: 'low' });
  queue.add({ from: join(root, 'b'), to: served.address('ftp', 'b') });
  queue.add({ from: join(root, 'c'), to: served.address('ftp', 'c'), priority: 'highest' });
  queue.resume();
  await queue.whenIdle();
  assert.deepEqual(
    order.map((to) => to.at(-1)),
    ['c', 'b', 'a'],
  );
  assert.deepEqual(await names(served.fileSystem), ['a', 'b', 'c']);
  assert.deepEqual(
    queue.list().map(({ state }) => state),
    ['done', 'done', 'done'],
  );
  assert.ok(events.includes('progress') && events.at(-1) === 'idle');
});

test('a transfer that is paused goes on where it was', async (t) => {
  const memory = new MemoryFileSystem();
  await put(memory, '/big', pattern(6 * megabyte));
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(memory, [
    { operation: 'read', after: 4 * megabyte, gate, times: 1 },
  ]);
  const served = await serve(t, { fileSystem });
  const { root } = await scratch(t);
  await using queue = new TransferQueue(options(served));
  const { id } = queue.add({ from: served.address('sftp', 'big'), to: join(root, 'big') });
  await gate.reached;
  const pausing = queue.pause(id);
  gate.release();
  await pausing;
  assert.equal(queue.get(id)?.state, 'paused');
  queue.resume(id);
  await queue.whenIdle();
  assert.equal(queue.get(id)?.state, 'done');
  assert.ok((await readFile(join(root, 'big'))).equals(pattern(6 * megabyte)));
});

test('a queue on the disk survives the program', async (t) => {
  const served = await serve(t);
  const { root } = await scratch(t);
  const file = join(root, 'state', 'queue.db');
  await writeFile(join(root, 'a'), 'content');
  const first = new TransferQueue(options(served, { file, paused: true }));
  first.add({ from: join(root, 'a'), to: served.address('sftp', 'a') });
  await first.close();
  assert.throws(() => first.add({ from: 'x', to: 'y' }), { code: 'closed' });
  await using second = new TransferQueue(options(served, { file }));
  await second.whenIdle();
  assert.equal((await get(served.fileSystem, '/a')).toString(), 'content');
});

test('a queue that an earlier version has left is opened, its jobs in their order', async (t) => {
  const { root } = await scratch(t);
  const file = join(root, 'queue.db');
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE job (id INTEGER PRIMARY KEY AUTOINCREMENT, from_address TEXT NOT NULL,
    to_address TEXT NOT NULL, priority INTEGER NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL,
    added_at REAL NOT NULL, started_at REAL, ended_at REAL, bytes REAL NOT NULL DEFAULT 0, total REAL, error TEXT,
    error_code TEXT, failures INTEGER NOT NULL DEFAULT 0, not_before REAL) STRICT;
    CREATE INDEX job_next ON job (state, priority, id);
    INSERT INTO job (from_address, to_address, priority, options, state, added_at)
      VALUES ('/a', '/b', 2, '{}', 'paused', 1), ('/c', '/d', 2, '{}', 'paused', 2);`);
  database.close();
  await using queue = new TransferQueue({ file, paused: true });
  const [one, two] = queue.list();
  assert.deepEqual([one?.from, one?.route, one?.verified, two?.from], ['/a', null, null, '/c']);
  queue.move(two?.id ?? 0, 'first');
  assert.equal(queue.list()[0]?.from, '/c');
});

test('a target that must not be replaced stops a large file before it is sent', async (t) => {
  const served = await serve(t);
  const { root } = await scratch(t);
  await writeFile(join(root, 'large'), pattern(3 * megabyte));
  await put(served.fileSystem, '/large', pattern(2 * megabyte));
  await using queue = new TransferQueue(options(served));
  const { id } = queue.add({
    from: join(root, 'large'),
    to: served.address('sftp', 'large'),
    options: { overwrite: false, resume: 'parts' },
  });
  await queue.whenIdle();
  assert.equal(queue.get(id)?.errorCode, 'exists');
  assert.deepEqual(await names(served.fileSystem), ['large'], 'no part of it was left');
  queue.revise(id, { options: { overwrite: true, resume: 'parts' } });
  await queue.whenIdle();
  assert.equal(queue.get(id)?.verified, true);
  assert.ok((await get(served.fileSystem, '/large')).equals(pattern(3 * megabyte)));
});

test('what may work later is tried again; what cannot is told and may be asked for again', async (t) => {
  const memory = new MemoryFileSystem();
  const fileSystem = new FaultFileSystem(memory, [{ operation: 'openRead', code: 'busy', times: 2 }]);
  await put(memory, '/a', 'x');
  const served = await serve(t, { fileSystem });
  const { root } = await scratch(t);
  await using queue = new TransferQueue(options(served, { retries: 3 }));
  const { id } = queue.add({ from: served.address('sftp', 'a'), to: join(root, 'a') });
  const missing = queue.add({ from: served.address('sftp', 'none'), to: join(root, 'none') });
  await queue.whenIdle();
  assert.equal(queue.get(id)?.state, 'done');
  assert.ok((queue.get(id)?.failures ?? 0) >= 1);
  assert.equal(queue.get(missing.id)?.state, 'failed');
  assert.equal(queue.get(missing.id)?.errorCode, 'not-found');
  await put(memory, '/none', 'now');
  queue.resume(missing.id);
  await queue.whenIdle();
  assert.equal(queue.get(missing.id)?.state, 'done');
  await queue.clear();
  assert.deepEqual(queue.list(), []);
});

test('a directory is one transfer', async (t) => {
  const served = await serve(t);
  const { root } = await scratch(t);
  await mkdir(join(root, 'site', 'sub'), { recursive: true });
  await writeFile(join(root, 'site', 'index.html'), 'hello');
  await writeFile(join(root, 'site', 'sub', 'x'), 'x');
  await using queue = new TransferQueue(options(served));
  const { id } = queue.add({
    from: join(root, 'site'),
    to: served.address('ftp', 'www'),
    options: { kind: 'directory' },
  });
  await queue.whenIdle();
  assert.equal(queue.get(id)?.error, null);
  assert.deepEqual(await names(served.fileSystem, '/www'), ['index.html', 'sub']);
});
