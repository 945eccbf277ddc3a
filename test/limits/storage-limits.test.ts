import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { countTree } from '#engine/quota/count-tree.ts';
import { put } from '#test/sftp/sftp-fixture.ts';
import { startLimited, type LimitsScene, type SomeLimits } from './limits-scene.ts';
import { protocols, visit, type Refusal, type Visitor } from './visitor.ts';

const kib = 1024;

function octets(count: number): Buffer {
  return Buffer.alloc(count, 'x');
}

/** What a case works on: a client that has logged in, and a look behind it. */
interface Stage {
  readonly visitor: Visitor;
  readonly scene: LimitsScene;
  readonly fileSystem: FileSystem;
}

interface Case {
  readonly name: string;
  readonly limits: SomeLimits;
  /** Files that are there before anybody counts. */
  readonly files?: Readonly<Record<string, number>>;
  readonly run: (stage: Stage) => Promise<void>;
}

function assertRefused(outcome: Refusal | Buffer | null, pattern: RegExp): void {
  assert.ok(outcome !== null && !Buffer.isBuffer(outcome), 'it was refused');
  assert.match(outcome.text, pattern);
}

async function sizeOf(fileSystem: FileSystem, path: string): Promise<number | null> {
  try {
    return (await fileSystem.stat(path as VirtualPath)).size;
  } catch {
    return null;
  }
}

/** What is counted is what is there, and nothing is left claimed. */
async function assertExact({ scene, fileSystem }: Stage): Promise<void> {
  const facts = scene.server.usage.facts('alice');
  const tree = await countTree(fileSystem);
  assert.deepEqual({ bytes: facts.bytes, files: facts.files }, tree);
  assert.deepEqual({ bytes: facts.reservedBytes, files: facts.reservedFiles }, { bytes: 0, files: 0 });
}

const cases: readonly Case[] = [
  {
    name: 'a quota of octets is met to the octet and refuses one more',
    limits: { quotaBytes: 100 * kib },
    files: { '/old': 40 * kib },
    run: async ({ visitor, fileSystem }) => {
      assert.equal(await visitor.upload('/fits', octets(60 * kib)), null);
      assertRefused(await visitor.upload('/over', octets(1)), /quota/);
      assert.equal(await sizeOf(fileSystem, '/over'), null, 'nothing of it is there');
    },
  },
  {
    name: 'a file that breaks the quota on its way leaves nothing behind and takes nothing',
    limits: { quotaBytes: 100 * kib },
    run: async ({ visitor, fileSystem }) => {
      assertRefused(await visitor.upload('/big', octets(300 * kib)), /quota/);
      assert.equal(await sizeOf(fileSystem, '/big'), null);
      assert.equal(await visitor.upload('/fits', octets(100 * kib)), null);
    },
  },
  {
    name: 'overwriting counts the difference',
    limits: { quotaBytes: 100 * kib },
    files: { '/file': 90 * kib },
    run: async ({ visitor, fileSystem }) => {
      assert.equal(await visitor.upload('/file', octets(100 * kib)), null);
      assert.equal(await sizeOf(fileSystem, '/file'), 100 * kib);
      assertRefused(await visitor.upload('/file', octets(101 * kib)), /quota/);
      assert.equal(await sizeOf(fileSystem, '/file'), 100 * kib, 'the old file stays');
      assert.equal(await visitor.upload('/file', octets(kib)), null);
      assert.equal(await visitor.upload('/more', octets(99 * kib)), null);
    },
  },
  {
    name: 'a delete gives back, and a rename over a file gives back that file',
    limits: { quotaBytes: 100 * kib, quotaFiles: 2 },
    files: { '/a': 60 * kib, '/b': 40 * kib },
    run: async ({ visitor }) => {
      assertRefused(await visitor.upload('/c', octets(1)), /quota/);
      assert.equal(await visitor.remove('/b'), null);
      assert.equal(await visitor.upload('/c', octets(40 * kib)), null);
      assert.equal(await visitor.rename('/c', '/a'), null);
      assert.equal(await visitor.upload('/d', octets(60 * kib)), null);
      assertRefused(await visitor.upload('/d', octets(60 * kib + 1)), /quota/);
    },
  },
  {
    name: 'appending counts what the file grows by, and stops at the quota',
    limits: { quotaBytes: 100 * kib },
    files: { '/log': 60 * kib },
    run: async ({ visitor, fileSystem }) => {
      assert.equal(await visitor.append('/log', octets(30 * kib)), null);
      assertRefused(await visitor.append('/log', octets(20 * kib)), /quota/);
      assert.ok(((await sizeOf(fileSystem, '/log')) ?? 0) <= 100 * kib);
    },
  },
  {
    name: 'a quota of files counts names, not octets',
    limits: { quotaFiles: 3 },
    files: { '/a': 1 },
    run: async ({ visitor }) => {
      assert.equal(await visitor.upload('/b', octets(0)), null);
      assert.equal(await visitor.upload('/c', octets(1)), null);
      assertRefused(await visitor.upload('/d', octets(0)), /quota/);
      assert.equal(await visitor.upload('/c', octets(100)), null, 'a name that is there takes no other');
      assert.equal(await visitor.remove('/a'), null);
      assert.equal(await visitor.upload('/d', octets(0)), null);
    },
  },
  {
    name: 'the largest file is measured while it arrives',
    limits: { largestFileBytes: 50 * kib },
    run: async ({ visitor, fileSystem }) => {
      assert.equal(await visitor.upload('/fits', octets(50 * kib)), null);
      assertRefused(await visitor.upload('/over', octets(50 * kib + 1)), /at most 51200 octets|too large/);
      assert.equal(await sizeOf(fileSystem, '/over'), null);
      assertRefused(await visitor.append('/fits', octets(1)), /at most 51200 octets|too large/);
      assert.equal(await sizeOf(fileSystem, '/fits'), 50 * kib);
    },
  },
  {
    name: 'a quota that is raised or lowered takes hold of the session that runs',
    limits: { quotaBytes: 10 * kib },
    run: async ({ visitor, scene }) => {
      assertRefused(await visitor.upload('/file', octets(20 * kib)), /quota/);
      scene.accounts.limit('alice', { quotaBytes: 20 * kib });
      assert.equal(await visitor.upload('/file', octets(20 * kib)), null);
      scene.accounts.limit('alice', { quotaBytes: kib });
      assertRefused(await visitor.upload('/other', octets(1)), /quota/);
      scene.accounts.limit('alice', null);
      assert.equal(await visitor.upload('/other', octets(50 * kib)), null);
      scene.accounts.limit('alice', { quotaBytes: 100 * kib });
      assert.equal(await visitor.upload('/third', octets(30 * kib)), null);
      assertRefused(await visitor.upload('/fourth', octets(1)), /quota/);
    },
  },
];

for (const protocol of protocols) {
  for (const { name, limits, files = {}, run } of cases) {
    test(`${name} (${protocol})`, async (t) => {
      const scene = await startLimited(t, { limits });
      const { fileSystem } = scene;
      for (const [path, size] of Object.entries(files)) await put(fileSystem, path, octets(size));
      const visitor = await visit(t, scene, { protocol });
      const stage = { visitor, scene, fileSystem };
      await run(stage);
      if (limits.quotaBytes !== undefined || limits.quotaFiles !== undefined) await assertExact(stage);
    });
  }

  test(`an upload that is broken off gives back what it had claimed (${protocol})`, async (t) => {
    const scene = await startLimited(t, { limits: { quotaBytes: 100 * kib, quotaFiles: 1 } });
    const { fileSystem } = scene;
    const first = await visit(t, scene, { protocol });
    await first.breakOff('/half', octets(90 * kib));
    first.leave();
    await scene.server.sessions.whenEmpty();
    const second = await visit(t, scene, { protocol });
    assert.equal(await second.upload('/whole', octets(100 * kib)), null);
    await assertExact({ visitor: second, scene, fileSystem });
  });

  test(`of fifty uploads at once exactly as many get in as the quota holds (${protocol})`, async (t) => {
    const size = 64 * kib;
    const scene = await startLimited(t, { limits: { quotaBytes: 30 * size, quotaFiles: 40 } });
    const { fileSystem } = scene;
    const visitors = await Promise.all(Array.from({ length: 50 }, () => visit(t, scene, { protocol })));
    const outcomes = await Promise.all(
      visitors.map((visitor, index) => visitor.upload(`/file-${index}`, octets(size))),
    );
    const tree = await countTree(fileSystem);
    assert.ok(tree.bytes <= 30 * size, 'never more than the quota');
    assert.equal(outcomes.filter((outcome) => outcome === null).length, tree.files);
    const [visitor] = visitors;
    assert.ok(visitor !== undefined);
    // Uploads that were refused together may have left room: it can be filled to the octet, and no further.
    for (let index = tree.files; index < 30; index += 1) {
      assert.equal(await visitor.upload(`/rest-${index}`, octets(size)), null);
    }
    assertRefused(await visitor.upload('/one-more', octets(1)), /quota/);
    await assertExact({ visitor, scene, fileSystem });
  });

  test(`fifty uploads at once that fit all get in (${protocol})`, async (t) => {
    const scene = await startLimited(t, { limits: { quotaBytes: 50 * 20 * kib, quotaFiles: 50 } });
    const visitors = await Promise.all(Array.from({ length: 50 }, () => visit(t, scene, { protocol })));
    const outcomes = await Promise.all(
      visitors.map((visitor, index) => visitor.upload(`/file-${index}`, octets(20 * kib))),
    );
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== null),
      [],
    );
    const [visitor] = visitors;
    assert.ok(visitor !== undefined);
    await assertExact({ visitor, scene, fileSystem: scene.fileSystem });
  });
}
