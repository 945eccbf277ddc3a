import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { at, get, names, put, refuses } from '#storage/conformance/harness.ts';
import { makeScratchTree } from './scratch.ts';

const script = fileURLToPath(new URL('half-upload.ts', import.meta.url));
const prefix = '.wherry-upload-';

function temporaries(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith(prefix));
}

test('a process killed in the middle of uploads leaves nothing to see, and in a day nothing at all', async () => {
  const tree = await makeScratchTree();
  const { fileSystem, root } = tree;
  await put(fileSystem, '/old', 'the old content');
  await fileSystem.makeDirectory(at('/sub'));
  const child = spawn(process.execPath, [script, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await ended;
  assert.equal(temporaries(root).length, 3);
  assert.deepEqual(await names(fileSystem, '/'), ['old', 'sub']);
  assert.deepEqual(await names(fileSystem, '/sub'), []);
  assert.equal(String(await get(fileSystem, '/old')), 'the old content');
  assert.equal(temporaries(root).length, 3, 'a fresh left-over may still be somebody’s upload');

  await refuses('not-empty', () => fileSystem.removeDirectory(at('/sub')));
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  for (const directory of [root, join(root, 'sub')]) {
    for (const name of temporaries(directory)) utimesSync(join(directory, name), yesterday, yesterday);
  }
  await fileSystem.removeDirectory(at('/sub'));
  assert.deepEqual(await names(fileSystem, '/'), ['old']);
  assert.deepEqual(temporaries(root), []);
  await tree.dispose();
});

test('an upload of this process is never taken for a left-over, however old', async () => {
  const tree = await makeScratchTree();
  const handle = await tree.fileSystem.openWrite(at('/a'));
  await handle.write(Buffer.from('slow'), 0);
  for (const name of temporaries(tree.root)) utimesSync(join(tree.root, name), 1000, 1000);
  assert.deepEqual(await names(tree.fileSystem, '/'), []);
  await handle.finish();
  assert.equal(String(await get(tree.fileSystem, '/a')), 'slow');
  await tree.dispose();
});

test('temporary names can be neither seen, nor reached, nor made', async () => {
  const tree = await makeScratchTree();
  const { fileSystem } = tree;
  const handle = await fileSystem.openWrite(at('/a'));
  const [hidden = ''] = temporaries(tree.root);
  const path = at(`/${hidden}`);
  await put(fileSystem, '/other', 'x');
  await refuses('not-found', () => fileSystem.stat(path));
  await refuses('not-found', () => fileSystem.stat(path, { followSymlink: false }));
  await refuses('not-found', () => fileSystem.openRead(path));
  await refuses('not-found', () => fileSystem.removeFile(path));
  await refuses('not-found', () => fileSystem.rename(path, at('/b')));
  await refuses('not-found', () => fileSystem.setAttributes(path, { mode: 0o777 }));
  await refuses('not-found', () => fileSystem.copyFile(path, at('/b')));
  await refuses('not-found', () => fileSystem.createHardLink(path, at('/b')));
  await refuses('not-found', () => fileSystem.realPath(path));
  await refuses('not-found', () => fileSystem.space(path));
  for (const taken of [path, at(`/${prefix}mine`)]) {
    await refuses('name-invalid', () => fileSystem.openWrite(taken));
    await refuses('name-invalid', () => fileSystem.openWrite(taken, { disposition: 'update' }));
    await refuses('name-invalid', () => fileSystem.makeDirectory(taken));
    await refuses('name-invalid', () => fileSystem.rename(at('/other'), taken));
    await refuses('name-invalid', () => fileSystem.createSymlink('x', taken));
    await refuses('name-invalid', () => fileSystem.createHardLink(at('/other'), taken));
    await refuses('name-invalid', () => fileSystem.copyFile(at('/other'), taken));
  }
  await handle.abort();
  assert.equal(existsSync(join(tree.root, hidden)), false);
  await tree.dispose();
});
