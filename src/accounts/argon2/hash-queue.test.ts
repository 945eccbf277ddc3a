import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashQueue } from './hash-queue.ts';

const forever = new AbortController().signal;

/** Work that ends when told to, and remembers the order in which it was begun. */
function workshop() {
  const begun: string[] = [];
  const finishers: (() => void)[] = [];
  return {
    begun,
    work: (name: string) => async () => {
      begun.push(name);
      await new Promise<void>((resolve) => void finishers.push(resolve));
      return name;
    },
    finishNext: async () => {
      finishers.shift()?.();
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('no more work runs at once than allowed', async () => {
  const queue = new HashQueue({ running: 2, waiting: 10, waitingPerSource: 10 });
  const { begun, work, finishNext } = workshop();
  const all = ['1', '2', '3', '4'].map((name) => queue.run('a', forever, work(name)));
  await settle();
  assert.deepEqual(begun, ['1', '2']);
  assert.deepEqual(queue.load, { running: 2, waiting: 2 });
  for (let count = 0; count < 4; count += 1) await finishNext();
  assert.deepEqual(await Promise.all(all), ['1', '2', '3', '4']);
  assert.deepEqual(queue.load, { running: 0, waiting: 0 });
});

test('sources take turns, so one that floods delays itself', async () => {
  const queue = new HashQueue({ running: 1, waiting: 10, waitingPerSource: 10 });
  const { begun, work, finishNext } = workshop();
  const all = ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => queue.run(name.slice(0, 1), forever, work(name)));
  await settle();
  for (let count = 0; count < 5; count += 1) await finishNext();
  await Promise.all(all);
  assert.deepEqual(begun, ['a1', 'a2', 'b1', 'c1', 'a3']);
});

test('a full queue gives a newcomer the newest place of the greediest source, and refuses the greedy', async () => {
  const queue = new HashQueue({ running: 1, waiting: 3, waitingPerSource: 3 });
  const { begun, work, finishNext } = workshop();
  const running = queue.run('a', forever, work('a0'));
  const greedy = ['a1', 'a2', 'a3'].map((name) => queue.run('a', forever, work(name)));
  await assert.rejects(queue.run('a', forever, work('a4')), { code: 'unavailable' });
  const displaced = assert.rejects(greedy[2] ?? Promise.resolve(), { code: 'unavailable' });
  const newcomer = queue.run('b', forever, work('b1'));
  await displaced;
  await settle();
  for (let count = 0; count < 4; count += 1) await finishNext();
  await Promise.all([running, newcomer, greedy[0], greedy[1]]);
  assert.deepEqual(begun, ['a0', 'a1', 'b1', 'a2']);
});

test('a login that is stopped while it waits leaves its place', async () => {
  const queue = new HashQueue({ running: 1, waiting: 1, waitingPerSource: 1 });
  const { begun, work, finishNext } = workshop();
  const running = queue.run('a', forever, work('a0'));
  const stop = new AbortController();
  const waiting = assert.rejects(queue.run('b', stop.signal, work('b1')), { code: 'aborted' });
  stop.abort();
  await waiting;
  assert.deepEqual(queue.load, { running: 1, waiting: 0 });
  await assert.rejects(queue.run('b', stop.signal, work('b2')), { code: 'aborted' });
  await finishNext();
  await running;
  assert.deepEqual(begun, ['a0']);
});

test('work that fails gives its place back', async () => {
  const queue = new HashQueue({ running: 1, waiting: 1, waitingPerSource: 1 });
  await assert.rejects(
    queue.run('a', forever, () => Promise.reject(new Error('broken'))),
    /broken/u,
  );
  assert.equal(await queue.run('a', forever, () => Promise.resolve(7)), 7);
});
