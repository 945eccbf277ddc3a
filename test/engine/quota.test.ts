import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { FileSystem } from '#core/file-system.ts';
import { noAccountLimits } from '#core/limits.ts';
import { WherryError } from '#core/errors.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { countTree } from '#engine/quota/count-tree.ts';
import { LimitedFileSystem } from '#engine/quota/limited-file-system.ts';
import { UsageLedger } from '#engine/quota/usage-ledger.ts';
import { MemoryUsageStore } from '#engine/quota/usage-store.ts';
import { periodsAt } from '#engine/quota/volumes.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { put } from '#test/sftp/sftp-fixture.ts';

const quotaBytes = 100;
const quotaFiles = 4;

function limited(inner: FileSystem, ledger = new UsageLedger()): { tree: FileSystem; ledger: UsageLedger } {
  const usage = ledger.open('alice');
  usage.limits = { ...noAccountLimits, quotaBytes, quotaFiles };
  return { tree: new LimitedFileSystem(inner, { usage, largestFileBytes: null }), ledger };
}

const name = fc.constantFrom('/a', '/b', '/c', '/d/e', '/d/f').map((path) => path as VirtualPath);
const size = fc.integer({ min: 0, max: 60 });
const disposition = fc.constantFrom('replace', 'create', 'update');

type Step = (tree: FileSystem) => Promise<void>;

/** Writes in two pieces, so that others come in between, and ends it one way or the other. */
const upload = fc
  .record({ path: name, first: size, second: size, disposition, ending: fc.constantFrom('finish', 'abort') })
  .map(({ path, first, second, disposition: how, ending }): Step => async (tree) => {
    const handle = await tree.openWrite(path, { disposition: how });
    try {
      await handle.write(Buffer.alloc(first, 'x'), 0);
      await Promise.resolve();
      await handle.write(Buffer.alloc(second, 'y'), first);
    } catch (thrown) {
      await handle.abort();
      throw thrown;
    }
    await handle[ending]();
  });

const steps = fc.oneof(
  { weight: 5, arbitrary: upload },
  name.map(
    (path): Step =>
      async (tree) =>
        tree.removeFile(path),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Step =>
      async (tree) =>
        tree.rename(from, to),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Step =>
      async (tree) =>
        tree.copyFile?.(from, to),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Step =>
      async (tree) =>
        tree.createHardLink?.(from, to),
  ),
  fc.tuple(name, size).map(
    ([path, length]): Step =>
      async (tree) =>
        tree.setAttributes(path, { size: length }),
  ),
  fc.constant<Step>(async (tree) => tree.rename('/d' as VirtualPath, '/g' as VirtualPath)),
);

async function quietly(step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (thrown) {
    if (!(thrown instanceof WherryError)) throw thrown;
  }
}

test('property: whatever is done at once and in whatever order, the count is the tree, within the quota', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(steps, { maxLength: 6 }), { maxLength: 8 }), async (rounds) => {
      const inner = new MemoryFileSystem();
      inner.makeDirectory('/d' as VirtualPath);
      await put(inner, '/d/e', Buffer.alloc(20));
      const { tree, ledger } = limited(inner);
      for (const round of rounds) {
        await Promise.all(round.map((step) => quietly(step(tree))));
        const there = await countTree(inner);
        const { bytes, files, reservedBytes, reservedFiles, counted } = ledger.facts('alice');
        if (counted) assert.deepEqual({ bytes, files }, there);
        assert.deepEqual([reservedBytes, reservedFiles], [0, 0]);
        assert.ok(there.bytes <= quotaBytes && there.files <= quotaFiles);
      }
    }),
    { seed: 20_261_121, numRuns: 300 },
  );
});

test('a count while files are written waits for nobody and misses nothing', async () => {
  const inner = new MemoryFileSystem();
  await put(inner, '/a', Buffer.alloc(10));
  const { tree, ledger } = limited(inner);
  const hidden = await tree.openWrite('/b' as VirtualPath);
  const open = await tree.openWrite('/a' as VirtualPath, { disposition: 'update' });
  const working = Promise.all([
    (async () => {
      for (let turn = 0; turn < 20; turn += 1) await open.write(Buffer.alloc(2), 10 + turn * 2);
    })(),
    ledger.rescan('alice', inner),
    hidden.write(Buffer.alloc(30), 0),
  ]);
  await working;
  await Promise.all([hidden.finish(), open.finish()]);
  const { bytes, files } = ledger.facts('alice');
  assert.deepEqual({ bytes, files }, { bytes: 80, files: 2 });
});

test('the space that is told is what the quota leaves', async () => {
  const { tree } = limited(new MemoryFileSystem());
  const handle = await tree.openWrite('/a' as VirtualPath);
  await handle.write(Buffer.alloc(60), 0);
  assert.equal((await tree.space?.(rootPath))?.availableBytes, 40, 'what is on its way counts');
  await handle.finish();
  const space = await tree.space?.(rootPath);
  assert.deepEqual([space?.availableBytes, space?.totalBytes, space?.freeFiles], [40, 100, 3]);
});

test('an account is marked before it changes anything, and settled when it is quiet', async () => {
  const store = new MemoryUsageStore();
  const ledger = new UsageLedger({ store, saveIntervalMs: 3_600_000 });
  const { tree } = limited(new MemoryFileSystem(), ledger);
  await put(tree, '/a', Buffer.alloc(10));
  ledger.save();
  ledger.save();
  assert.deepEqual(store.load('alice'), { account: 'alice', bytes: 10, files: 1, settled: true });
  const handle = await tree.openWrite('/b' as VirtualPath);
  assert.equal(store.load('alice')?.settled, false, 'before the first octet');
  ledger.save();
  ledger.save();
  assert.equal(store.load('alice')?.settled, false, 'not while an upload runs');
  await handle.abort();
  ledger.close();
  assert.deepEqual(store.load('alice'), { account: 'alice', bytes: 10, files: 1, settled: true });
});

test('days and months are those of UTC', () => {
  assert.deepEqual(periodsAt(Date.parse('2026-12-31T23:59:59.999Z')), ['2026-12-31', '2026-12']);
  assert.deepEqual(periodsAt(Date.parse('2027-01-01T00:00:00Z')), ['2027-01-01', '2027-01']);
});
