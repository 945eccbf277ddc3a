import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type {
  PlanItem,
  PlanRequest,
  PlanRun,
  PlanTotals,
} from '#protocols/http/contract/page/synchronise.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { at, get, names, put } from '#test/client/places.ts';
import { serve } from '#test/client/served.ts';
import { connectTo, trust } from './connect-page.ts';
import { enter, startUi, type PageClient } from './page-client.ts';

interface Both {
  readonly page: PageClient;
  readonly local: string;
  readonly remote: MemoryFileSystem;
  readonly request: PlanRequest;
}

/** A directory of the disk on the left, one of a server on the right. */
async function open(t: TestContext, memory = new MemoryFileSystem(), served: object = {}): Promise<Both> {
  const server = await serve(t, { fileSystem: memory, ...served });
  const ui = await startUi(t);
  await enter(ui);
  await ui.page.listen(t);
  const { id } = await connectTo(ui.page, server.address('ftp'), trust);
  const local = join(ui.root, 'left');
  await mkdir(local);
  memory.makeDirectory(at('/right'));
  const request: PlanRequest = {
    kind: 'mirror',
    left: { connection: 'local', path: local },
    right: { connection: id, path: '/right' },
    compare: ['size', 'time'],
    timeToleranceMs: 2000,
    delete: true,
    onlyNewer: false,
    include: [],
    exclude: [],
  };
  return { page: ui.page, local, remote: memory, request };
}

interface Made {
  readonly plan: string;
  readonly items: readonly PlanItem[];
  readonly totals: PlanTotals;
  readonly actions: Readonly<Record<string, string>>;
}

async function make(page: PageClient, request: object): Promise<Made> {
  const lines = await page.lines('/plans', request);
  assert.deepEqual(lines.at(-1), { end: 'complete' }, JSON.stringify(lines.at(-1)));
  const items = lines.flatMap((line) => (line['items'] ?? []) as readonly PlanItem[]);
  const totals = lines.findLast((line) => 'totals' in line)?.['totals'] as PlanTotals;
  const actions = Object.fromEntries(items.map(({ path, action }) => [path, action]));
  return { plan: String(lines[0]?.['plan']), items, totals, actions };
}

/** Carries a plan out as it was proposed, or otherwise for some names. */
async function run(
  page: PageClient,
  { plan, items }: Made,
  otherwise: Readonly<Record<string, string>> = {},
): Promise<PlanRun> {
  const chosen = items.map(({ id, path, action }) => ({ id, action: otherwise[path] ?? action }));
  await page.call('POST', `/plans/${plan}/run`, { items: chosen });
  return page.message(
    (message) =>
      message.type === 'plan' && message.run.plan === plan && message.run.state !== 'running' && message.run,
  );
}

test('a mirror is shown in full and made by the queue, what is too much going last', async (t) => {
  const { page, local, remote, request } = await open(t);
  await mkdir(join(local, 'new', 'deep'), { recursive: true });
  await writeFile(join(local, 'new', 'deep', 'file'), 'fresh');
  await writeFile(join(local, 'changed'), 'longer content');
  await writeFile(join(local, 'same'), 'same');
  await writeFile(join(local, 'skipped.log'), 'x');
  await symlink('/etc/passwd', join(local, 'out'));
  const when = new Date('2024-05-06T07:08:09Z');
  await utimes(join(local, 'same'), when, when);
  await put(remote, '/right/same', 'same', when.getTime());
  await put(remote, '/right/changed', 'short', Date.UTC(2020, 1));
  remote.makeDirectory(at('/right/gone'));
  await put(remote, '/right/gone/file', 'x');
  const made = await make(page, { ...request, exclude: ['*.log'] });
  assert.deepEqual(made.actions, {
    new: 'make-directory-right',
    'new/deep': 'make-directory-right',
    changed: 'copy-right',
    'new/deep/file': 'copy-right',
    gone: 'delete-right',
    same: 'equal',
  });
  const { skipped, ...counts } = made.totals;
  assert.deepEqual(counts, { copies: 2, bytes: 19, directories: 2, deletions: 1, conflicts: 0, equal: 1 });
  assert.deepEqual(skipped, [{ path: 'out', reason: 'the link leads out of the tree' }]);
  const changed = made.items.find(({ path }) => path === 'changed');
  assert.deepEqual([changed?.left?.size, changed?.right?.size], [14, 5]);
  assert.match(changed?.reason ?? '', /another size, newer on the left/u);
  assert.deepEqual(await names(remote, '/right'), ['changed', 'gone', 'same'], 'nothing was done yet');
  const ended = await run(page, made);
  assert.deepEqual([ended.state, ended.done, ended.steps, ended.deleted], ['done', 5, 5, 1]);
  assert.deepEqual(await names(remote, '/right'), ['changed', 'new', 'same']);
  assert.equal((await get(remote, '/right/new/deep/file')).toString(), 'fresh');
  assert.equal((await page.call('GET', `/plans/${made.plan}`))['state'], 'done');
  const again = { items: made.items.map(({ id, action }) => ({ id, action })) };
  assert.equal(await page.refusal('POST', `/plans/${made.plan}/run`, again), 'busy');
  const second = await make(page, { ...request, exclude: ['*.log'] });
  assert.deepEqual(new Set(Object.values(second.actions)), new Set(['equal']));
});

test('nothing is deleted when a copy has failed', async (t) => {
  const memory = new MemoryFileSystem();
  const fileSystem = new FaultFileSystem(memory, [{ operation: 'openWrite', code: 'no-space' }]);
  const { page, local, remote, request } = await open(t, memory, {
    fileSystem,
  });
  await writeFile(join(local, 'a'), 'x');
  await put(remote, '/right/precious', 'x');
  const ended = await run(page, await make(page, request));
  assert.deepEqual([ended.state, ended.deleted], ['failed', 0]);
  assert.equal(ended.failures[0]?.path, 'a');
  assert.deepEqual(await names(remote, '/right'), ['precious']);
});

test('both ways: what changed on one side goes to the other, and what both changed waits for a choice', async (t) => {
  const { page, local, remote, request: mirror } = await open(t);
  const request = { ...mirror, kind: 'both' };
  await writeFile(join(local, 'both'), 'one');
  await writeFile(join(local, 'left'), 'left');
  await put(remote, '/right/right', 'right');
  const first = await make(page, request);
  assert.deepEqual(first.actions, { both: 'copy-right', left: 'copy-right', right: 'copy-left' });
  assert.equal((await run(page, first)).state, 'done');
  assert.deepEqual((await readdir(local)).toSorted(), ['both', 'left', 'right']);
  await rm(join(local, 'left'));
  await writeFile(join(local, 'both'), 'changed here');
  await put(remote, '/right/both', 'changed there, too');
  const second = await make(page, request);
  assert.deepEqual(second.actions, { left: 'delete-right', both: 'conflict', right: 'equal' });
  const kept = await make(page, { ...request, delete: false });
  assert.equal(kept.actions['left'], 'conflict', 'nothing is to be deleted');
  assert.equal((await run(page, second, { both: 'copy-left' })).state, 'done');
  assert.equal(await readFile(join(local, 'both'), 'utf8'), 'changed there, too');
  assert.deepEqual(await names(remote, '/right'), ['both', 'right']);
  const third = await make(page, request);
  assert.deepEqual(new Set(Object.values(third.actions)), new Set(['equal']));
});

test('a comparison tells and does nothing, by size, time or content', async (t) => {
  const { page, local, remote, request: mirror } = await open(t);
  const request = { ...mirror, kind: 'compare' };
  const when = new Date('2024-05-06T07:08:09Z');
  for (const name of ['near', 'far', 'content']) {
    await writeFile(join(local, name), name);
    await utimes(join(local, name), when, when);
  }
  await put(remote, '/right/near', 'near', when.getTime() + 60_000);
  await put(remote, '/right/far', 'far', when.getTime() + 600_000);
  await put(remote, '/right/content', 'c0ntent', when.getTime());
  await put(remote, '/right/alone', 'x');
  const byTime = await make(page, { ...request, timeToleranceMs: 90_000 });
  assert.deepEqual(byTime.actions, { far: 'conflict', alone: 'conflict', content: 'equal', near: 'equal' });
  const byContent = await make(page, { ...request, compare: ['checksum'] });
  assert.equal(byContent.actions['content'], 'conflict');
  assert.equal(byContent.actions['near'], 'equal');
  assert.equal((await run(page, byContent, { alone: 'copy-left' })).state, 'done');
  assert.equal(await readFile(join(local, 'alone'), 'utf8'), 'x');
});

test('plans that are wrong, unknown or given up are refused', async (t) => {
  const { page, local, remote, request } = await open(t);
  await writeFile(join(local, 'a'), 'x');
  const { plan, items } = await make(page, request);
  const [item] = items;
  const refusal = (body: object): Promise<string> => page.refusal('POST', `/plans/${plan}/run`, body);
  assert.equal(await refusal({ items: [{ id: 99, action: 'copy-right' }] }), 'invalid-argument');
  assert.equal(await refusal({ items: [{ id: item?.id, action: 'delete-right' }] }), 'invalid-argument');
  assert.equal(await refusal({ items: [{ id: item?.id, action: 'burn' }] }), 'invalid-argument');
  assert.equal(await page.refusal('GET', `/plans/${plan}`), 'not-found');
  await page.call('DELETE', `/plans/${plan}`);
  assert.equal(await refusal({ items: [] }), 'not-found');
  const nowhere = { ...request, left: { connection: 'local', path: `${local}/none` } };
  const lines = await page.lines('/plans', nowhere);
  assert.match(JSON.stringify(lines.at(-1)), /"failed".*"not-found"/u);
  const outside = { ...request, left: { connection: 'nobody', path: '/' } };
  assert.match(JSON.stringify(await page.lines('/plans', outside)), /"closed"/u);
  assert.deepEqual(await names(remote, '/right'), []);
});
