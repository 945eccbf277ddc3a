import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rooms, temporaryDirectory } from './rooms.ts';

const pathOnly = 0o10000000;

/** A directory and the descriptor that only stands for it. */
function openDirectory(context: TestContext): { readonly path: string; readonly directoryFd: number } {
  const path = join(temporaryDirectory(context), 'open');
  mkdirSync(path);
  const directoryFd = openSync(path, pathOnly | constants.O_DIRECTORY);
  context.after(() => closeSync(directoryFd));
  return { path, directoryFd };
}

for (const { mode, room } of rooms) {
  const names = room.directoryNames;

  test(`${mode}: a name is free until something has it, be it a link that leads nowhere`, (context) => {
    const { path, directoryFd } = openDirectory(context);
    assert.equal(names.isFree(directoryFd, 'file'), true);
    writeFileSync(join(path, 'file'), '');
    symlinkSync('nowhere', join(path, 'link'));
    mkdirSync(join(path, 'directory'));
    for (const name of ['file', 'link', 'directory']) assert.equal(names.isFree(directoryFd, name), false);
  });

  test(`${mode}: names are the octets that they are`, (context) => {
    const { path, directoryFd } = openDirectory(context);
    const octets = Buffer.from('caf\xe9', 'latin1');
    closeSync(names.create(directoryFd, octets, 0o600));
    closeSync(names.create(directoryFd, 'café', 0o600));
    const found = readdirSync(path, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    assert.deepEqual(found.toSorted(), ['caf\xc3\xa9', 'caf\xe9']);
    assert.equal(names.isFree(directoryFd, octets), false);
    names.replace(directoryFd, octets, 'café');
    assert.equal(names.isFree(directoryFd, octets), true);
  });

  test(`${mode}: a new file is to be written, has its mode, and takes no name that something has`, (context) => {
    const { path, directoryFd } = openDirectory(context);
    const created = names.create(directoryFd, 'new', 0o600);
    context.after(() => closeSync(created));
    assert.equal(fstatSync(created).mode & 0o777, 0o600);
    writeSync(created, 'content');
    assert.equal(readFileSync(join(path, 'new'), 'utf8'), 'content');
    symlinkSync('nowhere', join(path, 'link'));
    for (const name of ['new', 'link']) {
      assert.throws(() => names.create(directoryFd, name, 0o600), { code: 'EEXIST', syscall: 'open' });
    }
    assert.throws(() => names.create(directoryFd, 'n'.repeat(256), 0o600), { code: 'ENAMETOOLONG' });
  });

  test(`${mode}: a file displaces another, wherever the directory has gone meanwhile`, (context) => {
    const { path, directoryFd } = openDirectory(context);
    writeFileSync(join(path, 'from'), 'fresh');
    writeFileSync(join(path, 'to'), 'old');
    linkSync(join(path, 'to'), join(path, 'kept'));
    renameSync(path, `${path}-elsewhere`);
    names.replace(directoryFd, 'from', 'to');
    assert.deepEqual(readdirSync(`${path}-elsewhere`).toSorted(), ['kept', 'to']);
    assert.equal(readFileSync(`${path}-elsewhere/to`, 'utf8'), 'fresh');
    assert.throws(() => names.replace(directoryFd, 'from', 'to'), { code: 'ENOENT', syscall: 'rename' });
  });

  test(`${mode}: nothing is made in a directory that is gone`, (context) => {
    const { path, directoryFd } = openDirectory(context);
    rmdirSync(path);
    assert.equal(names.isFree(directoryFd, 'file'), true);
    assert.throws(() => names.create(directoryFd, 'file', 0o600), { code: 'ENOENT' });
  });
}
