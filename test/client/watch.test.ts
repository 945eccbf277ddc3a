import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchMirror } from '#client/mirror/watch.ts';
import { rootPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { get, put, scratch } from './places.ts';

test('a watched directory is mirrored again with each change', async (t) => {
  const { root } = await scratch(t);
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'first'), '1');
  const to = new MemoryFileSystem();
  const stop = new AbortController();
  const rounds = watchMirror(root, { fileSystem: to, path: rootPath }, { settleMs: 1, signal: stop.signal });
  const first = await rounds.next();
  assert.equal(first.value?.result?.files, 1);
  const next = rounds.next();
  await writeFile(join(root, 'sub', 'second'), '22');
  // A change may be seen before the file has its content; then another round follows.
  let round = await next;
  while (round.done !== true && round.value.result?.files === 0) round = await rounds.next();
  assert.equal((await get(to, '/sub/second')).toString(), '22');
  const last = rounds.next();
  stop.abort();
  await last.catch((error: unknown) => assert.equal((error as { code: unknown }).code, 'aborted'));
  assert.equal((await rounds.next()).done, true);
});

test('a source that tells of no changes is looked at again, and a failed round is not the last', async () => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'a');
  const from = new FaultFileSystem(memory, [{ operation: 'readDirectory', code: 'unavailable', times: 1 }]);
  const to = new MemoryFileSystem();
  const found: unknown[] = [];
  const top = { path: rootPath };
  for await (const { result, error } of watchMirror(
    { ...top, fileSystem: from },
    { ...top, fileSystem: to },
    { intervalMs: 1 },
  )) {
    found.push(error === null ? result.files : (error as { code?: string }).code);
    if (found.length === 3) break;
  }
  assert.deepEqual(found, ['unavailable', 1, 0]);
});
