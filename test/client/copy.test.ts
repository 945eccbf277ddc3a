import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { copyFile } from '#client/copy/copy-file.ts';
import { isPartialName } from '#client/copy/partial-name.ts';
import type { TransferProgress } from '#client/copy/progress.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';
import { at, get, names, pattern, put, scratch } from './places.ts';

const megabyte = 1024 * 1024;
const atOnce = { firstDelayMs: 1, longestDelayMs: 2 };

test('a file arrives with its time, and progress tells of all of it', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  const content = pattern(3 * megabyte + 17);
  await put(memory, '/a', content, 1_700_000_000_123);
  const reports: TransferProgress[] = [];
  const result = await copyFile(
    { fileSystem: memory, path: at('/a') },
    { fileSystem, path: at('/b') },
    { onProgress: (report) => reports.push(report) },
  );
  assert.ok((await get(fileSystem, '/b')).equals(content));
  assert.equal((await fileSystem.stat(at('/b'))).modifiedAt, 1_700_000_000_123);
  assert.equal(result.bytes, content.length);
  assert.equal(result.movedBytes, content.length);
  assert.equal(result.timesKept, true);
  assert.deepEqual(await names(fileSystem), ['b']);
  const last = reports.at(-1);
  assert.equal(last?.bytes, content.length);
  assert.equal(last.total, content.length);
  assert.equal(last.secondsLeft, 0);
});

test('a break at any octet leaves no file under the name, and the next copy goes on', async (t) => {
  const content = pattern(2 * megabyte);
  for (const after of [0, 1, 65_535, 65_536, 262_143, 262_144, megabyte + 1, content.length - 1]) {
    for (const side of ['read', 'write'] as const) {
      await t.test(`${side} fails after ${after}`, async (t) => {
        const { fileSystem, root } = await scratch(t);
        const memory = new MemoryFileSystem();
        await put(memory, '/a', content, 1_700_000_000_000);
        const from = new FaultFileSystem(memory);
        const to = new FaultFileSystem(fileSystem);
        const repair = (side === 'read' ? from : to).inject({
          operation: side,
          after,
          code: 'connection-lost',
        });
        const places = [
          { fileSystem: from, path: at('/a') },
          { fileSystem: to, path: at('/b') },
        ] as const;
        await assert.rejects(copyFile(...places, { retries: 0 }), {
          code: 'connection-lost',
          retryable: true,
        });
        const left = await readdir(root);
        assert.ok(left.every(isPartialName), left.join());
        repair();
        const result = await copyFile(...places, { resume: true, retries: 0 });
        assert.ok((await get(fileSystem, '/b')).equals(content));
        assert.deepEqual(await readdir(root), ['b']);
        assert.ok(result.movedBytes <= content.length - Math.floor(after / 262_144) * 262_144);
      });
    }
  }
});

test('what may work later is tried again by itself and goes on where it was', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  const content = pattern(4 * megabyte);
  await put(memory, '/a', content);
  const from = new FaultFileSystem(memory);
  const repairs = [1, 2, 3].map((count) =>
    from.inject({ operation: 'read', after: count * megabyte + 1, code: 'connection-lost' }),
  );
  const codes: string[] = [];
  const result = await copyFile(
    { fileSystem: from, path: at('/a') },
    { fileSystem, path: at('/b') },
    {
      retries: 1,
      ...atOnce,
      onRetry: ({ error }) => {
        codes.push(error.code);
        repairs.shift()?.();
      },
    },
  );
  assert.ok((await get(fileSystem, '/b')).equals(content));
  assert.deepEqual(codes, ['connection-lost', 'connection-lost', 'connection-lost']);
  assert.equal(result.attempts, 4);
  assert.equal(result.movedBytes, content.length);
});

test('that nothing has the name of the target is taken for granted once', async () => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'content');
  const told: (boolean | undefined)[] = [];
  const there = new MemoryFileSystem();
  const target = new Proxy(there, {
    get: (inner, name) => {
      if (name !== 'openWrite') return Reflect.get(inner, name, inner) as unknown;
      return (...[path, options]: Parameters<MemoryFileSystem['openWrite']>) => {
        told.push(options?.absent);
        if (told.length === 1) throw new WherryError('busy', 'The name was taken', { retryable: true });
        return inner.openWrite(path, options);
      };
    },
  });
  const place = { fileSystem: target, path: at('/b') };
  await copyFile({ fileSystem: memory, path: at('/a') }, place, { ...atOnce, absent: true });
  assert.deepEqual(told, [true, false]);
  assert.equal((await get(there, '/b')).toString(), 'content');
});

test('a refusal is final and told with its code', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem({ capacity: megabyte });
  await put(fileSystem, '/a', pattern(2 * megabyte));
  const from = { fileSystem, path: at('/a') };
  await assert.rejects(copyFile(from, { fileSystem: memory, path: at('/b') }), { code: 'no-space' });
  assert.deepEqual(await names(memory), [], 'what filled the disk is removed');
  await assert.rejects(copyFile({ fileSystem, path: at('/none') }, from), { code: 'not-found' });
});

test('a part of an earlier version of the source is not gone on with', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  await put(memory, '/a', pattern(2 * megabyte, 1), 1_700_000_000_000);
  const from = new FaultFileSystem(memory);
  const repair = from.inject({ operation: 'read', after: megabyte, code: 'connection-lost' });
  const places = [
    { fileSystem: from, path: at('/a') },
    { fileSystem, path: at('/b') },
  ] as const;
  await assert.rejects(copyFile(...places, { retries: 0 }), { code: 'connection-lost' });
  repair();
  await put(memory, '/a', pattern(2 * megabyte, 2), 1_700_000_001_000);
  const result = await copyFile(...places, { resume: true });
  assert.ok((await get(fileSystem, '/b')).equals(pattern(2 * megabyte, 2)));
  assert.equal(result.movedBytes, 2 * megabyte);
});

test('a part whose end is not the source is copied again even if its name fits', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  const time = 1_700_000_000_000;
  await put(memory, '/a', pattern(2 * megabyte, 1), time);
  const from = new FaultFileSystem(memory);
  const repair = from.inject({ operation: 'read', after: megabyte, code: 'connection-lost' });
  const places = [
    { fileSystem: from, path: at('/a') },
    { fileSystem, path: at('/b') },
  ] as const;
  await assert.rejects(copyFile(...places, { retries: 0 }), { code: 'connection-lost' });
  repair();
  await put(memory, '/a', pattern(2 * megabyte, 2), time);
  const result = await copyFile(...places, { resume: true });
  assert.ok((await get(fileSystem, '/b')).equals(pattern(2 * megabyte, 2)));
  assert.equal(result.movedBytes, 2 * megabyte);
});

test('a shorter file under the name is gone on with when it begins like the source', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  const content = pattern(3 * megabyte);
  await put(memory, '/a', content);
  await put(fileSystem, '/b', content.subarray(0, megabyte));
  await put(fileSystem, '/c', pattern(megabyte, 9));
  const from = { fileSystem: memory, path: at('/a') };
  const resumed = await copyFile(from, { fileSystem, path: at('/b') }, { resume: true });
  assert.equal(resumed.movedBytes, 2 * megabyte);
  assert.ok((await get(fileSystem, '/b')).equals(content));
  const afresh = await copyFile(from, { fileSystem, path: at('/c') }, { resume: true });
  assert.equal(afresh.movedBytes, 3 * megabyte);
  assert.ok((await get(fileSystem, '/c')).equals(content));
  const nothing = await copyFile(from, { fileSystem, path: at('/c') }, { resume: true });
  assert.equal(nothing.movedBytes, 0);
});

/** A file system that tells digests, true ones or not. */
function telling(inner: FileSystem, tell: (digest: Buffer) => Buffer): FileSystem {
  const wrapped = new FaultFileSystem(inner);
  Object.defineProperty(wrapped, 'capabilities', {
    value: { ...inner.capabilities, checksums: ['SHA-256'] },
  });
  Object.defineProperty(wrapped, 'checksum', {
    value: async (path: string, algorithm: HashAlgorithm) => {
      assert.equal(algorithm, 'SHA-256');
      return tell(
        createHash('sha256')
          .update(await get(inner, path))
          .digest(),
      );
    },
  });
  return wrapped;
}

for (const size of [1000, 2 * megabyte]) {
  test(`digests are compared with the end that tells them (${size} octets)`, async () => {
    const [plain, other] = [new MemoryFileSystem(), new MemoryFileSystem()];
    const content = pattern(size);
    await put(plain, '/a', content);
    const digest = createHash('sha256').update(content).digest('hex');
    const honest = telling(other, (told) => told);
    const up = await copyFile({ fileSystem: plain, path: at('/a') }, { fileSystem: honest, path: at('/b') });
    assert.deepEqual(up.verification, { by: 'checksum', algorithm: 'SHA-256', digest });
    const down = await copyFile(
      { fileSystem: honest, path: at('/b') },
      { fileSystem: plain, path: at('/c') },
    );
    assert.deepEqual(down.verification, { by: 'checksum', algorithm: 'SHA-256', digest });
  });

  test(`a digest that differs is tried again, and then told (${size} octets)`, async () => {
    const [plain, other] = [new MemoryFileSystem(), new MemoryFileSystem()];
    await put(plain, '/a', pattern(size));
    let told = 0;
    const wrongOnce = telling(other, (digest) => {
      told += 1;
      return told === 1 ? Buffer.alloc(32) : digest;
    });
    const from = { fileSystem: plain, path: at('/a') };
    const result = await copyFile(from, { fileSystem: wrongOnce, path: at('/b') }, atOnce);
    assert.equal(result.attempts, 2);
    const wrong = telling(other, () => Buffer.alloc(32));
    const attempt = copyFile(from, { fileSystem: wrong, path: at('/c') }, { ...atOnce, retries: 1 });
    await assert.rejects(attempt, { code: 'integrity', retryable: true });
    assert.deepEqual(await names(other), ['b'], 'a spoilt file does not stay');
  });
}

test('a source that grows or shrinks meanwhile is noticed', async (t) => {
  const { fileSystem } = await scratch(t);
  for (const [name, size] of [
    ['grows', 3 * megabyte],
    ['shrinks', megabyte],
  ] as const) {
    await put(fileSystem, '/a', pattern(2 * megabyte));
    const gate = new Gate();
    const slow = new FaultFileSystem(fileSystem, [{ operation: 'read', after: megabyte, gate, times: 1 }]);
    const target = { fileSystem: new MemoryFileSystem(), path: at('/b') };
    const copying = copyFile({ fileSystem: slow, path: at('/a') }, target, { retries: 0 });
    await gate.reached;
    await fileSystem.setAttributes(at('/a'), { size });
    gate.release();
    await assert.rejects(copying, (error: WherryError) => {
      assert.equal(error.retryable, true, name);
      return error.code === (size > 2 * megabyte ? 'busy' : 'truncated');
    });
    await assert.rejects(async () => target.fileSystem.stat(at('/b')), { code: 'not-found' });
  }
});

test('a copy that is stopped ends with aborted and leaves both ends usable', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  await put(memory, '/a', pattern(2 * megabyte));
  const gate = new Gate();
  const slow = new FaultFileSystem(memory, [{ operation: 'read', after: megabyte, gate }]);
  const stop = new AbortController();
  const places = [
    { fileSystem: slow, path: at('/a') },
    { fileSystem, path: at('/b') },
  ] as const;
  const copying = copyFile(...places, { signal: stop.signal });
  await gate.reached;
  stop.abort();
  gate.release();
  await assert.rejects(copying, { code: 'aborted' });
  const result = await copyFile(...places, { resume: true });
  assert.ok(result.movedBytes < 2 * megabyte);
  assert.ok((await get(fileSystem, '/b')).equals(pattern(2 * megabyte)));
});

test('segments are moved side by side, and a later copy goes on from their state', async (t) => {
  const { fileSystem, root } = await scratch(t);
  const memory = new MemoryFileSystem();
  const content = pattern(8 * megabyte + 5);
  await put(memory, '/a', content, 1_700_000_000_000);
  const from = new FaultFileSystem(memory);
  const repair = from.inject({ operation: 'read', after: 7 * megabyte, code: 'connection-lost' });
  const places = [
    { fileSystem: from, path: at('/a') },
    { fileSystem, path: at('/b') },
  ] as const;
  await assert.rejects(copyFile(...places, { segments: 4, retries: 0 }), { code: 'connection-lost' });
  const left = await readdir(root);
  assert.equal(left.length, 2);
  assert.ok(left.every(isPartialName), left.join());
  repair();
  const result = await copyFile(...places, { resume: true });
  assert.ok((await get(fileSystem, '/b')).equals(content));
  assert.ok(result.movedBytes < content.length);
  assert.deepEqual(await readdir(root), ['b']);
});

test('a limit holds over a copy', async (t) => {
  const { fileSystem } = await scratch(t);
  const memory = new MemoryFileSystem();
  await put(memory, '/a', pattern(megabyte));
  const taken: number[] = [];
  const limiter = new RateLimiter(0);
  limiter.take = (bytes) => {
    taken.push(bytes);
    return Promise.resolve();
  };
  await copyFile({ fileSystem: memory, path: at('/a') }, { fileSystem, path: at('/b') }, { limiter });
  assert.equal(
    taken.reduce((sum, bytes) => sum + bytes, 0),
    megabyte,
  );
});
