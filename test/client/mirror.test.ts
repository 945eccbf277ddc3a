import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { isPartialName } from '#client/copy/partial-name.ts';
import { mirror, planMirror } from '#client/mirror/mirror.ts';
import type { MirrorOptions } from '#client/mirror/options.ts';
import { staysInside } from '#client/mirror/links.ts';
import { listTree } from '#client/remote/tree.ts';
import { planSync } from '#client/sync/sync.ts';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { at, get, pattern, put, scratch } from './places.ts';
import { serve } from './served.ts';

const time = Date.parse('2021-03-04T05:06:07Z');

/** Paths with what stands there: text of files, targets of links, `/` for directories. */
async function snapshot(fileSystem: FileSystem): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of listTree(fileSystem, rootPath, { recursive: true })) {
    found[entry.path] =
      entry.type === 'file'
        ? (await get(fileSystem, entry.path)).toString('latin1')
        : entry.type === 'directory'
          ? '/'
          : `-> ${entry.linkTarget ?? ''}`;
  }
  return found;
}

async function sample(fileSystem: FileSystem): Promise<void> {
  await fileSystem.makeDirectory(at('/d'));
  await fileSystem.makeDirectory(at('/d/e'));
  await fileSystem.makeDirectory(at('/empty'));
  await put(fileSystem, '/one', 'one', time);
  await put(fileSystem, '/d/two', 'two', time + 1000);
  await put(fileSystem, '/d/e/Grüße #1?.txt', 'three', time + 2000);
}

const top = (fileSystem: FileSystem): { fileSystem: FileSystem; path: typeof rootPath } => ({
  fileSystem,
  path: rootPath,
});

for (const scheme of ['memory', 'ftp', 'sftp'] as const) {
  suite(`mirrors with ${scheme}`, { concurrency: false }, () => {
    for (const direction of ['up', 'down'] as const) {
      test(`${direction}: all arrives with its time, and a second run moves nothing`, async (t) => {
        const there = new MemoryFileSystem();
        const served = scheme === 'memory' ? null : await serve(t, { fileSystem: there });
        const remote = served === null ? null : await served.connect(scheme);
        const far = top(remote?.fileSystem ?? there);
        const { fileSystem: here } = await scratch(t);
        const [from, to] = direction === 'up' ? [top(here), far] : [far, top(here)];
        await sample(direction === 'up' ? here : there);
        const result = await mirror(from, to);
        assert.deepEqual(result.failed, []);
        assert.equal(result.files, 3);
        assert.deepEqual(await snapshot(here), await snapshot(there));
        assert.equal((await here.stat(at('/d/two'))).modifiedAt, time + 1000);
        assert.equal(Math.floor(there.stat(at('/d/two')).modifiedAt ?? 0), time + 1000);
        const again = await planMirror(from, to, { delete: true });
        assert.deepEqual(again.actions, []);
        assert.equal(again.totals.unchanged, 3);
      });
    }
  });
}

async function pair(
  t: Parameters<typeof scratch>[0],
): Promise<{ from: MemoryFileSystem; to: FileSystem; root: string }> {
  const { fileSystem, root } = await scratch(t);
  return { from: new MemoryFileSystem(), to: fileSystem, root };
}

test('what is extra goes only when asked for, and last', async (t) => {
  const { from, to } = await pair(t);
  await sample(from);
  await put(to, '/extra', 'x');
  await to.makeDirectory(at('/old'));
  await put(to, '/old/file', 'x');
  await mirror(top(from), top(to));
  assert.equal((await snapshot(to))['/extra'], 'x');
  const plan = await planMirror(top(from), top(to), { delete: true });
  assert.deepEqual(
    plan.actions.map(({ kind, path }) => [kind, path]),
    [
      ['remove', 'old'],
      ['remove', 'extra'],
    ],
  );
  const copied: unknown = JSON.parse(JSON.stringify(plan));
  assert.deepEqual((copied as { actions: unknown }).actions, plan.actions, 'a plan is data');
  await plan.run();
  assert.deepEqual(await snapshot(to), await snapshot(from));
});

test('nothing is removed when something has failed', async (t) => {
  const { from, to } = await pair(t);
  await put(from, '/good', 'g');
  await put(from, '/bad', 'b');
  await put(to, '/extra', 'x');
  const broken = new FaultFileSystem(from, [{ operation: 'openRead', path: '/bad', code: 'permission' }]);
  const result = await mirror(top(broken), top(to), { delete: true });
  assert.deepEqual(
    result.failed.map(({ path }) => path),
    ['bad'],
  );
  assert.deepEqual(await snapshot(to), { '/extra': 'x', '/good': 'g' });
});

test('a file where a directory is to be, and the reverse', async (t) => {
  const { from, to } = await pair(t);
  from.makeDirectory(at('/a'));
  await put(from, '/a/x', '1');
  await put(from, '/b', '2');
  await put(to, '/a', 'file');
  await to.makeDirectory(at('/b'));
  await put(to, '/b/y', 'old');
  const careful = await planMirror(top(from), top(to));
  assert.deepEqual(
    careful.actions.map(({ kind }) => kind),
    ['skip', 'skip'],
  );
  await mirror(top(from), top(to), { delete: true });
  assert.deepEqual(await snapshot(to), await snapshot(from));
});

test('names that could lead out of the target, and names told twice, are left', async (t) => {
  const { to, root } = await pair(t);
  const from = new MemoryFileSystem();
  await put(from, '/good', 'g');
  const [entry] = await Array.fromAsync(from.readDirectory(rootPath)).then((batches) => batches.flat());
  const lying = new FaultFileSystem(from);
  const told = ['..', '.', 'a/b', '../../evil', '/etc/passwd', 'x\0y', '', 'good', 'good'];
  Object.defineProperty(lying, 'readDirectory', {
    value: async function* () {
      yield await Promise.resolve(told.map((name) => ({ ...entry, name })));
    },
  });
  const events: string[] = [];
  await mirror(top(lying), top(to), { onEvent: ({ event, path }) => events.push(`${event} ${path}`) });
  assert.deepEqual(await readdir(root), ['good']);
  assert.deepEqual(await readdir(join(root, '..')), ['outside', 'root']);
  assert.equal(events.filter((event) => event.startsWith('skipped')).length, 8);
});

test('a link that the server swaps in leads nowhere outside of the target', async (t) => {
  const { root, outside } = await scratch(t);
  const from = new MemoryFileSystem();
  from.makeDirectory(at('/d'));
  await put(from, '/d/file', 'evil');
  const plan = await planMirror(top(from), root);
  const { symlink } = await import('node:fs/promises');
  await symlink(outside, join(root, 'd'));
  const result = await plan.run();
  assert.equal(result.failed.length > 0, true);
  assert.deepEqual(await readdir(outside), []);
});

test('links are made again where they stay inside, followed, or left out', async (t) => {
  for (const links of ['copy', 'follow', 'skip'] as const) {
    const { from, to } = await pair(t);
    from.makeDirectory(at('/d'));
    await put(from, '/d/file', 'f', time);
    from.createSymlink('d/file', at('/inside'));
    from.createSymlink('/etc/passwd', at('/absolute'));
    from.createSymlink('../../up', at('/d/out'));
    await mirror(top(from), top(to), { links });
    const found = await snapshot(to);
    const expected = { '/d': '/', '/d/file': 'f' };
    if (links === 'copy') assert.deepEqual(found, { ...expected, '/inside': '-> d/file' });
    if (links === 'follow') assert.deepEqual(found, { ...expected, '/inside': 'f' });
    if (links === 'skip') assert.deepEqual(found, expected);
    assert.deepEqual(
      (await planMirror(top(from), top(to), { links, delete: true })).actions.filter(
        ({ kind }) => kind !== 'skip',
      ),
      [],
    );
  }
});

test('a link text is judged by where it leads from', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a', 'b', true],
    ['a', '../b', false],
    ['d/a', '../b', true],
    ['d/a', '../../b', false],
    ['d/a', 'x/../../../b', false],
    ['a', '/etc', false],
    ['a', '', false],
    ['a', './b/./c', true],
  ];
  for (const [path, target, inside] of cases)
    assert.equal(staysInside(path, target), inside, `${path} -> ${target}`);
});

test('filters keep files out on both sides', async (t) => {
  const { from, to } = await pair(t);
  await sample(from);
  await put(from, '/big', 'x'.repeat(100), time);
  await put(to, '/kept.log', 'k');
  const plans: readonly (readonly [MirrorOptions, readonly string[]])[] = [
    [{ exclude: ['d/'] }, ['big', 'one']],
    [{ exclude: ['d/e'] }, ['big', 'd/two', 'one']],
    [{ include: ['*.txt', 'o*'] }, ['d/e/Grüße #1?.txt', 'one']],
    [{ include: ['d/'] }, ['d/e/Grüße #1?.txt', 'd/two']],
    [{ include: ['/d/e/', 'big'] }, ['big', 'd/e/Grüße #1?.txt']],
    [{ exclude: ['**/two', '*.txt'] }, ['big', 'one']],
    [{ maximumBytes: 3 }, ['d/two', 'one']],
    [{ minimumBytes: 4 }, ['big', 'd/e/Grüße #1?.txt']],
    [{ modifiedAfter: time + 500 }, ['d/e/Grüße #1?.txt', 'd/two']],
    [{ modifiedBefore: time + 500 }, ['big', 'one']],
  ];
  for (const [options, expected] of plans) {
    const { actions } = await planMirror(top(from), top(to), options);
    const copies = actions.filter(({ kind }) => kind === 'copy-file').map(({ path }) => path);
    assert.deepEqual(copies, expected, JSON.stringify(options));
  }
  const { actions } = await planMirror(top(from), top(to), { delete: true, exclude: ['*.log'] });
  assert.ok(
    actions.every(({ kind }) => kind !== 'remove'),
    'what is excluded is not removed',
  );
  await put(to, '/kept.txt', 'k');
  const selected = await planMirror(top(from), top(to), { delete: true, include: ['*.txt'] });
  assert.deepEqual(
    selected.actions.filter(({ kind }) => kind === 'remove').map(({ path }) => path),
    ['kept.txt'],
    'what no glob selects is not removed',
  );
});

test('what differs is told with the reason', async (t) => {
  const { from, to } = await pair(t);
  await put(from, '/size', 'longer', time);
  await put(to, '/size', 'short', time);
  await put(from, '/time', 'same', time);
  await put(to, '/time', 'same', time - 5000);
  await put(from, '/content', 'abcd', time);
  await put(to, '/content', 'abce', time);
  await put(from, '/older', 'old', time);
  await put(to, '/older', 'new', time + 5000);
  const reasons = async (options: MirrorOptions): Promise<unknown> => {
    const { actions } = await planMirror(top(from), top(to), options);
    return Object.fromEntries(
      actions.map((action) => [action.path, 'reason' in action ? action.reason : '']),
    );
  };
  assert.deepEqual(await reasons({}), { size: 'size', time: 'time', older: 'time' });
  assert.deepEqual(await reasons({ compare: ['size'] }), { size: 'size' });
  assert.deepEqual(await reasons({ onlyNewer: true }), { time: 'newer' });
  assert.deepEqual(await reasons({ compare: ['size', 'time', 'checksum'] }), {
    size: 'size',
    content: 'checksum',
    older: 'checksum',
    time: 'time',
  });
  await mirror(top(from), top(to), { compare: ['size', 'time', 'checksum'] });
  assert.equal(
    (await to.stat(at('/time'))).modifiedAt,
    time,
    'only the time is set where the content is the same',
  );
});

test('moving leaves nothing at the source but its directories', async (t) => {
  const { from, to } = await pair(t);
  await sample(from);
  const expected = await snapshot(from);
  await mirror(top(from), top(to), { move: true });
  assert.deepEqual(await snapshot(to), expected);
  assert.deepEqual(Object.values(await snapshot(from)), ['/', '/', '/']);
});

test('a mirror that broke off goes on with what has arrived', async (t) => {
  const { from, to, root } = await pair(t);
  const megabyte = 1024 * 1024;
  await put(from, '/a', pattern(2 * megabyte, 1), time);
  await put(from, '/b', pattern(4 * megabyte, 2), time);
  const broken = new FaultFileSystem(from, [
    { operation: 'read', path: '/b', after: 3 * megabyte, code: 'connection-lost' },
  ]);
  const first = await mirror(top(broken), top(to), { retries: 0 });
  assert.deepEqual(
    first.failed.map(({ path }) => path),
    ['b'],
  );
  assert.ok((await readdir(root)).some(isPartialName));
  const second = await mirror(top(from), top(to), { delete: true });
  assert.ok(second.bytes <= megabyte + 262_144, String(second.bytes));
  assert.deepEqual((await readdir(root)).sort(), ['a', 'b']);
});

test('a directory is copied into none of its own, where it would grow with every run', async (t) => {
  const { root: above } = await scratch(t);
  const directory = join(above, 'tree');
  await mkdir(directory);
  const inside = join(directory, 'inside');
  for (const [from, to] of [
    [directory, inside],
    ['/', inside],
    [`${directory}/`, pathToFileURL(inside)],
  ] as const) {
    await assert.rejects(planMirror(from, to), { code: 'invalid-argument' });
  }
  await assert.rejects(planSync(inside, directory), { code: 'invalid-argument' });
  assert.deepEqual(await readdir(directory), []);
  await mirror(directory, `${directory}-beside`);
  assert.deepEqual(await readdir(above), ['tree', 'tree-beside']);
});

test('a full disk ends a mirror at once', async () => {
  const from = new MemoryFileSystem();
  const to = new MemoryFileSystem({ capacity: 1000 });
  for (let index = 0; index < 50; index += 1) await put(from, `/${index}`, 'x'.repeat(400));
  let failures = 0;
  const running = mirror(top(from), top(to), {
    parallel: 1,
    onEvent: ({ event }) => {
      if (event === 'failed') failures += 1;
    },
  });
  await assert.rejects(running, { code: 'no-space' });
  assert.equal(failures, 1);
});

/** Trees of two levels, as text of files by path. */
const names = fc.constantFrom('a', 'b', 'c', 'ä', 'x y');
const trees = fc.dictionary(
  names,
  fc.oneof(fc.string({ maxLength: 3 }), fc.dictionary(names, fc.string({ maxLength: 3 }), { maxKeys: 3 })),
  { maxKeys: 4 },
);

async function grow(tree: Record<string, string | Record<string, string>>): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  for (const [name, content] of Object.entries(tree)) {
    if (typeof content === 'string') {
      await put(fileSystem, `/${name}`, content, time);
      continue;
    }
    fileSystem.makeDirectory(at(`/${name}`));
    for (const [child, text] of Object.entries(content))
      await put(fileSystem, `/${name}/${child}`, text, time);
  }
  return fileSystem;
}

test('whatever both sides hold, a mirror with delete makes them equal, and again moves nothing', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, async (one, other) => {
      const [from, to] = [await grow(one), await grow(other)];
      await mirror(top(from), top(to), { delete: true, compare: ['size', 'checksum'] });
      assert.deepEqual(await snapshot(to), await snapshot(from));
      const again = await planMirror(top(from), top(to), { delete: true });
      assert.deepEqual(again.actions, []);
    }),
    { seed: 6, numRuns: 200 },
  );
});
