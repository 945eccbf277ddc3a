import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { openDescriptors, rooms, temporaryDirectory } from './rooms.ts';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_TRUNC } = constants;
const pathOnly = 0o10000000;
const read = O_RDONLY | O_NONBLOCK;

for (const { mode, room } of rooms) {
  const rejects = async (open: () => unknown, code: string): Promise<void> => {
    await assert.rejects(async () => open(), { code });
  };

  test(`${mode}: opens inside the root only, wherever the path points`, async (context) => {
    const base = temporaryDirectory(context);
    const root = join(base, 'root');
    mkdirSync(join(root, 'deep/er'), { recursive: true });
    writeFileSync(join(base, 'secret'), 'outside');
    writeFileSync(join(root, 'secret'), 'inside');
    writeFileSync(join(root, 'deep/file'), 'deep');
    symlinkSync('/secret', join(root, 'absolute'));
    symlinkSync('../../../../secret', join(root, 'deep/er/upward'));
    symlinkSync('deep', join(root, 'alias'));
    symlinkSync('/deep/', join(root, 'slashed'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('missing', join(root, 'dangling'));
    writeFileSync(Buffer.from(`${root}/caf\xe9`, 'latin1'), 'octets');
    const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(rootFd));
    const contents = async (path: string | Buffer, flags = read): Promise<string> => {
      const fd = await room.openBeneath(rootFd, path, flags);
      try {
        return readFileSync(fd, 'utf8');
      } finally {
        closeSync(fd);
      }
    };
    const before = openDescriptors();
    const inside = [
      'secret',
      '/secret',
      '//secret',
      '../secret',
      '../../secret',
      'deep/../../secret',
      './secret',
    ];
    for (const path of [...inside, 'absolute', 'deep/er/upward', 'alias/er/upward', 'alias/../secret']) {
      assert.equal(await contents(path), 'inside', path);
    }
    for (const path of ['deep/file', 'alias/file', 'slashed/file', 'alias/er/../file', 'deep//file']) {
      assert.equal(await contents(path), 'deep', path);
    }
    assert.equal(await contents(Buffer.from('caf\xe9', 'latin1')), 'octets');
    assert.equal(await contents('deep/file', O_RDONLY), 'deep');
    for (const path of ['missing', 'dangling', 'deep/missing/file', '']) {
      await rejects(() => room.openBeneath(rootFd, path, read), 'ENOENT');
    }
    for (const path of ['loop', 'loop/file'])
      await rejects(() => room.openBeneath(rootFd, path, read), 'ELOOP');
    for (const path of ['secret/', 'secret/.', 'secret/..', 'secret/file', 'absolute/']) {
      await rejects(() => room.openBeneath(rootFd, path, read), 'ENOTDIR');
    }
    await rejects(() => room.openBeneath(rootFd, 'secret', read | O_DIRECTORY), 'ENOTDIR');
    await rejects(() => room.openBeneath(rootFd, 'absolute', read | O_NOFOLLOW), 'ELOOP');
    await rejects(() => room.openBeneath(rootFd, 'a\0b', read), 'EINVAL');
    await rejects(() => room.openBeneath(rootFd, 'a/'.repeat(2048), read), 'ENAMETOOLONG');
    await rejects(() => room.openBeneath(rootFd, 'n'.repeat(256), read), 'ENAMETOOLONG');
    assert.equal(openDescriptors(), before);
  });

  test(`${mode}: creates files inside the root, also through links`, async (context) => {
    const base = temporaryDirectory(context);
    const root = join(base, 'root');
    mkdirSync(join(root, 'directory'), { recursive: true });
    symlinkSync('/directory/made', join(root, 'dangling'));
    symlinkSync('../../escape', join(root, 'upward'));
    const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(rootFd));
    const create = async (path: string, flags: number, mode = 0o640): Promise<void> => {
      closeSync(await room.openBeneath(rootFd, path, flags | O_CREAT | O_RDWR, mode));
    };
    await create('new', O_EXCL);
    assert.equal(readFileSync(join(root, 'new'), 'utf8'), '');
    await rejects(() => create('new', O_EXCL), 'EEXIST');
    await rejects(() => create('dangling', O_EXCL), 'EEXIST');
    await rejects(() => create('dangling', O_NOFOLLOW), 'ELOOP');
    await rejects(() => create('directory', 0), 'EISDIR');
    await rejects(() => create('slash/', 0), 'EISDIR');
    await create('dangling', 0);
    assert.equal(readFileSync(join(root, 'directory/made'), 'utf8'), '');
    await create('upward', 0);
    assert.equal(readFileSync(join(root, 'escape'), 'utf8'), '');
    writeFileSync(join(root, 'new'), 'content');
    await create('new', O_TRUNC);
    assert.equal(readFileSync(join(root, 'new'), 'utf8'), '');
  });

  test(`${mode}: follows forty links and no more`, async (context) => {
    const root = temporaryDirectory(context);
    writeFileSync(join(root, 'link-0'), 'end');
    for (let index = 1; index <= 41; index += 1)
      symlinkSync(`link-${index - 1}`, join(root, `link-${index}`));
    const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(rootFd));
    closeSync(await room.openBeneath(rootFd, 'link-40', read));
    await rejects(() => room.openBeneath(rootFd, 'link-41', read), 'ELOOP');
  });

  test(`${mode}: opens a place without reading it, and a link itself where asked`, async (context) => {
    const root = temporaryDirectory(context);
    mkdirSync(join(root, 'directory'));
    symlinkSync('directory', join(root, 'link'));
    const rootFd = openSync(root, pathOnly | O_DIRECTORY);
    context.after(() => closeSync(rootFd));
    const followed = await room.openBeneath(rootFd, 'link', pathOnly);
    const itself = await room.openBeneath(rootFd, 'link', pathOnly | O_NOFOLLOW);
    const top = await room.openBeneath(rootFd, '/', O_RDONLY | O_DIRECTORY);
    context.after(() => [followed, itself, top].forEach((fd) => closeSync(fd)));
    assert.ok(fstatSync(followed).isDirectory());
    assert.ok(fstatSync(itself).isSymbolicLink());
    assert.equal(fstatSync(top).ino, fstatSync(rootFd).ino);
    for (const fd of [followed, itself, top]) {
      const flags = /flags:\s+(\d+)/u.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
      assert.notEqual(Number.parseInt(flags, 8) & 0o2000000, 0, 'close on exec');
    }
  });

  test(`${mode}: refuses the magic links of /proc and follows its others`, async (context) => {
    const rootFd = openSync('/proc', O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(rootFd));
    for (const path of ['self/cwd', 'self/root/etc', 'self/exe', 'self/fd/0', 'thread-self/cwd']) {
      await rejects(() => room.openBeneath(rootFd, path, read), 'ELOOP');
    }
    for (const path of ['self/status', 'mounts']) closeSync(await room.openBeneath(rootFd, path, read));
  });

  test(`${mode}: is not misled by a name that turns into a link meanwhile`, async (context) => {
    const base = temporaryDirectory(context);
    const root = join(base, 'root');
    mkdirSync(join(base, 'outside/inner'), { recursive: true });
    mkdirSync(join(root, 'swapped/inner'), { recursive: true });
    writeFileSync(join(base, 'outside/inner/file'), 'outside');
    writeFileSync(join(root, 'swapped/inner/file'), 'inside');
    symlinkSync(join(base, 'outside'), join(root, 'trap'));
    const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
    const attacker = new Worker(new URL('swap-names.ts', import.meta.url), { workerData: root });
    context.after(() => closeSync(rootFd));
    await new Promise((resolve) => {
      attacker.once('online', resolve);
    });
    try {
      let opened = 0;
      for (let round = 0; round < 3000 || (opened === 0 && round < 100_000); round += 1) {
        try {
          const fd = await room.openBeneath(rootFd, 'swapped/inner/file', read);
          const content = readFileSync(fd, 'utf8');
          closeSync(fd);
          opened += 1;
          assert.equal(content, 'inside');
        } catch (error) {
          const { code } = error as { code?: string };
          assert.ok(code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP', String(error));
        }
      }
      assert.ok(opened > 0);
    } finally {
      await attacker.terminate();
    }
  });

  test(`${mode}: says ENOENT below a directory that was removed`, async (context) => {
    const root = temporaryDirectory(context);
    mkdirSync(join(root, 'gone'));
    const goneFd = openSync(join(root, 'gone'), O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(goneFd));
    rmdirSync(join(root, 'gone'));
    await rejects(() => room.openBeneath(goneFd, 'file', read), 'ENOENT');
    await rejects(() => room.openBeneath(goneFd, 'file', read | O_CREAT), 'ENOENT');
  });
}

test('both ways of opening agree on every path of a tree of links', async (context) => {
  const root = temporaryDirectory(context);
  mkdirSync(join(root, 'a/b/a'), { recursive: true });
  mkdirSync(join(root, 'b/c'), { recursive: true });
  for (const file of ['c', 'a/c', 'a/b/c']) writeFileSync(join(root, file), file);
  const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
  context.after(() => closeSync(rootFd));
  const component = fc.constantFrom('a', 'b', 'c', 'l', 'm', '.', '..', '');
  const path = fc.array(component, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'));
  const flags = fc.constantFrom(
    read,
    read | O_DIRECTORY,
    read | O_NOFOLLOW,
    read | O_NOFOLLOW | O_DIRECTORY,
    pathOnly,
    pathOnly | O_NOFOLLOW,
    pathOnly | O_DIRECTORY,
  );
  const links = fc.record({ 'a/l': path, 'b/l': path, l: path, 'a/m': path, m: path });
  const outcome = async (open: () => unknown): Promise<string> => {
    try {
      const fd = (await open()) as number;
      const place = readlinkSync(`/proc/self/fd/${fd}`);
      closeSync(fd);
      return place;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  await fc.assert(
    fc.asyncProperty(
      links,
      fc.array(fc.tuple(path, flags), { minLength: 10, maxLength: 20 }),
      async (tree, opens) => {
        const made = Object.entries(tree).filter(([, target]) => target !== '');
        for (const [name, target] of made) symlinkSync(target, join(root, name));
        try {
          for (const [where, how] of opens) {
            const results = [];
            for (const { room } of rooms)
              results.push(await outcome(() => room.openBeneath(rootFd, where, how)));
            assert.equal(new Set(results).size, 1, `${where} ${how}: ${results.join(' ')}`);
            const [result = ''] = results;
            assert.ok(result.startsWith(root) || /^E[A-Z]+$/u.test(result), result);
          }
        } finally {
          for (const [name] of made) unlinkSync(join(root, name));
        }
      },
    ),
    { seed: 20_260, numRuns: 150 },
  );
});
