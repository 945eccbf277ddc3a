import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { GatheredWrites } from './gathered-writes.ts';

function open(t: TestContext, path: string, flags: string): number {
  const fileDescriptor = openSync(path, flags);
  t.after(() => {
    closeSync(fileDescriptor);
  });
  return fileDescriptor;
}

function temporaryFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-writes-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  return join(directory, 'file');
}

/** System calls with which this process has written, where the kernel counts them. */
function writeCalls(): number {
  return Number(/syscw: (\d+)/u.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}

test('writes that were begun one after the other leave what they would have left one by one', async (t) => {
  const pieces = fc.array(
    fc.record({ position: fc.nat(3000), length: fc.nat(2000), follows: fc.boolean(), waits: fc.boolean() }),
    { minLength: 1, maxLength: 30 },
  );
  const path = temporaryFile(t);
  await fc.assert(
    fc.asyncProperty(pieces, async (writes) => {
      const fileDescriptor = openSync(path, 'w+');
      const gathered = new GatheredWrites(fileDescriptor);
      const expected = Buffer.alloc(100_000);
      let end = 0;
      let next = 0;
      const underWay: Promise<void>[] = [];
      for (const [index, { position, length, follows, waits }] of writes.entries()) {
        const place = follows ? next : position;
        const piece = Buffer.alloc(length, index + 1);
        piece.copy(expected, place);
        next = place + length;
        end = length > 0 ? Math.max(end, next) : end;
        underWay.push(gathered.write(piece, place));
        if (waits) await underWay.at(-1);
      }
      await Promise.all(underWay);
      closeSync(fileDescriptor);
      assert.deepEqual(readFileSync(path), expected.subarray(0, end));
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('what continues in the file goes in one call', { skip: process.platform !== 'linux' }, async (t) => {
  const gathered = new GatheredWrites(open(t, temporaryFile(t), 'w'));
  const before = writeCalls();
  await Promise.all(
    Array.from({ length: 256 }, (_, index) => gathered.write(Buffer.alloc(1000), 1000 * index)),
  );
  // The first alone, and the others in groups of 64.
  assert.ok(writeCalls() - before < 20, `${writeCalls() - before} calls`);
});

test('every write that fails is told so, and later ones are tried', async (t) => {
  const readOnly = new GatheredWrites(open(t, '/dev/null', 'r'));
  for (const result of await Promise.allSettled(
    [0, 100, 200].map((position) => readOnly.write(Buffer.alloc(100), position)),
  )) {
    assert.ok(result.status === 'rejected');
    assert.equal(result.reason.code, 'EBADF');
  }
  await assert.rejects(readOnly.write(Buffer.alloc(1), 0), { code: 'EBADF' });
});
