import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { planSync } from '#client/sync/sync.ts';
import type { SyncResult } from '#client/sync/options.ts';
import { listTree } from '#client/remote/tree.ts';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { at, get, put } from './places.ts';
import { serve } from './served.ts';

const time = Date.parse('2021-03-04T05:06:07Z');

interface Pair {
  readonly a: FileSystem;
  readonly b: FileSystem;
  readonly baseFile: string;
}

async function pair(t: TestContext, b: FileSystem = new MemoryFileSystem()): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-sync-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return { a: new MemoryFileSystem(), b, baseFile: join(directory, 'base.jsonl') };
}

async function sync({ a, b, baseFile }: Pair): Promise<SyncResult> {
  const plan = await planSync(
    { fileSystem: a, path: rootPath },
    { fileSystem: b, path: rootPath },
    { baseFile },
  );
  return plan.run();
}

async function snapshot(fileSystem: FileSystem): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path, type } of listTree(fileSystem, rootPath, { recursive: true })) {
    found[path] = type === 'file' ? (await get(fileSystem, path)).toString() : '/';
  }
  return found;
}

test('what is new, changed and removed at one side comes to the other', async (t) => {
  const both = await pair(t);
  const { a, b } = both;
  await put(a, '/from-a', '1', time);
  await b.makeDirectory(at('/d'));
  await put(b, '/d/from-b', '2', time);
  await sync(both);
  const expected = { '/from-a': '1', '/d': '/', '/d/from-b': '2' };
  assert.deepEqual(await snapshot(a), expected);
  assert.deepEqual(await snapshot(b), expected);
  await put(b, '/from-a', 'changed at b', time + 10_000);
  await a.removeFile(at('/d/from-b'));
  await a.removeDirectory(at('/d'));
  const result = await sync(both);
  assert.deepEqual(result.failed, []);
  assert.equal(result.removals, 2);
  assert.deepEqual(await snapshot(a), { '/from-a': 'changed at b' });
  assert.deepEqual(await snapshot(b), { '/from-a': 'changed at b' });
  const nothing = await sync(both);
  assert.deepEqual([nothing.files, nothing.removals, nothing.directories], [0, 0, 0]);
});

test('conflicts are told of and nothing is touched', async (t) => {
  const both = await pair(t);
  const { a, b } = both;
  for (const name of ['/both', '/gone', '/type']) await put(a, name, 'old', time);
  await sync(both);
  await put(a, '/both', 'from a', time + 5000);
  await put(b, '/both', 'from b', time + 6000);
  await a.removeFile(at('/gone'));
  await put(b, '/gone', 'changed', time + 5000);
  await a.removeFile(at('/type'));
  await a.makeDirectory(at('/type'));
  const before = [await snapshot(a), await snapshot(b)];
  const result = await sync(both);
  assert.deepEqual([...result.conflicts].sort(), ['both', 'gone', 'type']);
  assert.deepEqual([await snapshot(a), await snapshot(b)], before);
  const again = await sync(both);
  assert.deepEqual(
    [...again.conflicts].sort(),
    ['both', 'gone', 'type'],
    'a conflict stays until somebody settles it',
  );
});

test('the first time nothing is removed, and files that differ are conflicts', async (t) => {
  const both = await pair(t);
  await put(both.a, '/x', 'a side', time);
  await put(both.b, '/x', 'b', time + 5000);
  await put(both.a, '/same', 's', time);
  await put(both.b, '/same', 's', time);
  const plan = await planSync(
    { fileSystem: both.a, path: rootPath },
    { fileSystem: both.b, path: rootPath },
    { baseFile: both.baseFile },
  );
  assert.deepEqual(
    plan.actions.map((action) => [action.kind, action.path]),
    [['conflict', 'x']],
  );
  assert.equal(plan.totals.unchanged, 1);
  assert.ok(JSON.stringify(plan).includes('unknown-past'));
});

test('a directory that one side removed stays where the other has something new in it', async (t) => {
  const both = await pair(t);
  await both.a.makeDirectory(at('/d'));
  await put(both.a, '/d/old', 'o', time);
  await sync(both);
  await both.b.removeFile(at('/d/old'));
  await both.b.removeDirectory(at('/d'));
  await put(both.a, '/d/new', 'n', time);
  await sync(both);
  assert.deepEqual(await snapshot(both.a), { '/d': '/', '/d/new': 'n' });
  assert.deepEqual(await snapshot(both.b), { '/d': '/', '/d/new': 'n' });
});

test('a failure removes nothing, and the next run does what is left', async (t) => {
  const inner = new MemoryFileSystem();
  const b = new FaultFileSystem(inner);
  const both = await pair(t, b);
  await put(both.a, '/keep', 'k', time);
  await put(both.a, '/drop', 'd', time);
  await sync(both);
  await both.a.removeFile(at('/drop'));
  await put(both.a, '/new', 'n', time);
  const repair = b.inject({ operation: 'openWrite', code: 'permission' });
  const broken = await sync(both);
  assert.deepEqual(
    broken.failed.map(({ path }) => path),
    ['new'],
  );
  assert.equal((await snapshot(inner))['/drop'], 'd');
  repair();
  await sync(both);
  assert.deepEqual(await snapshot(inner), { '/keep': 'k', '/new': 'n' });
});

test('a directory of this machine and an FTP server are kept the same', async (t) => {
  const served = await serve(t);
  const remote = await served.connect('ftp');
  const both = await pair(t, remote.fileSystem);
  await put(both.a, '/a', '1', time);
  await put(served.fileSystem, '/b', '2', time);
  await sync(both);
  assert.deepEqual(await snapshot(both.a), { '/a': '1', '/b': '2' });
  const again = await sync(both);
  assert.equal(again.files, 0);
  await put(served.fileSystem, '/a', 'changed', time + 60_000);
  await both.a.removeFile(at('/b'));
  await sync(both);
  assert.deepEqual(await snapshot(served.fileSystem), { '/a': 'changed' });
  assert.deepEqual(await snapshot(both.a), { '/a': 'changed' });
});

const steps = fc.array(
  fc.record({
    side: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y', 'z'),
    text: fc.option(fc.string({ maxLength: 3 }), { nil: null }),
  }),
  { maxLength: 5 },
);

test('whatever happens at either side, nothing that only one side changed is lost or brought back', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 4 }), async (rounds) => {
      const both = await pair(t);
      let clock = time;
      let agreed: Record<string, string> = {};
      for (const round of rounds) {
        const touched = { a: new Set<string>(), b: new Set<string>() };
        const expected = { ...agreed };
        for (const { side, name, text } of round) {
          const fileSystem = side === 'a' ? both.a : both.b;
          const other = side === 'a' ? touched.b : touched.a;
          // Only one side changes a name between two runs: what both change is for the test of conflicts.
          if (other.has(name)) continue;
          touched[side].add(name);
          clock += 10_000;
          if (text !== null) {
            await put(fileSystem, `/${name}`, text, clock);
            expected[`/${name}`] = text;
          } else if (expected[`/${name}`] !== undefined) {
            await fileSystem.removeFile(at(`/${name}`));
            delete expected[`/${name}`];
          }
        }
        const result = await sync(both);
        assert.deepEqual(result.conflicts, []);
        assert.deepEqual(await snapshot(both.a), expected);
        assert.deepEqual(await snapshot(both.b), expected);
        agreed = expected;
      }
    }),
    { seed: 6, numRuns: 60 },
  );
});
