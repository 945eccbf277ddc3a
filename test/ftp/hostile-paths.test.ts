import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Entry } from '#core/entry.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree, type ScratchTree } from '#test/storage/scratch.ts';
import { readAll, startServer, type RawClient, type TestServer } from './harness.ts';
import { closed, contentOf, namesIn, putFile } from './helpers.ts';

/** Runs a test on a local tree with something to steal beside it. */
async function withTree(
  run: (client: RawClient, tree: ScratchTree, fixture: TestServer) => Promise<void>,
): Promise<void> {
  const tree = await makeScratchTree();
  try {
    await writeFile(join(tree.outside, 'file'), 'secret');
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    await run(await fixture.login(), tree, fixture);
    assert.deepEqual(await readdir(tree.outside), ['file']);
    assert.equal(await readFile(join(tree.outside, 'file'), 'utf8'), 'secret');
  } finally {
    await tree.dispose();
  }
}

for (const name of [
  'with "quotes"',
  ' leading',
  'trailing ',
  '-rf',
  '-a -l',
  '--',
  '*.txt',
  'a[1].txt',
  '{a,b}',
  '~root',
  '$(reboot)',
  '`id`',
  ';ls',
  'dots...',
  '...',
  'CON',
  'a:b',
  'a\\b',
  '..\\..\\outside',
  'C:\\x',
  '%2e%2e',
  '%00',
]) {
  test(`8 the name ${JSON.stringify(name)} is stored as it is, or refused with 553`, async () => {
    await withTree(async (client, tree) => {
      const data = await client.passive();
      const { code } = await client.command(`STOR ${name}`, 150, 553);
      data.end('content');
      if (code === 553) return;
      await client.expect(226);
      assert.deepEqual(await readdir(tree.root), [name]);
      assert.equal((await client.download(`RETR ${name}`)).toString(), 'content');
      assert.equal((await client.download('NLST -a')).toString(), `${name}\r\n`);
      await client.command(`RNFR ${name}`, 350);
      await client.command('RNTO plain', 250);
      await client.command('RNFR plain', 350);
      await client.command(`RNTO ${name}`, 250);
      await client.command(`DELE ${name}`, 250);
    });
  });
}

for (const path of [
  '../outside/file',
  '../../../../../../../../etc/passwd',
  '/../outside/file',
  '/d/../../outside/file',
  'd/../../outside/file',
  '/a//../..//outside/file',
  '/./.././../outside/file',
  '%2e%2e/outside/file',
  '..%2foutside%2ffile',
  '..\\outside\\file',
  '\\\\host\\share\\file',
  'C:/outside/file',
  '~/file',
  '~root/file',
  '/proc/self/root/etc/passwd',
  '..\xc0\xafoutside/file',
  '\xc0\xae\xc0\xae/outside/file',
]) {
  test(`24 ${JSON.stringify(path)} leads nowhere outside`, async () => {
    await withTree(async (client) => {
      await client.command('MKD d', 257);
      const data = await client.passive();
      await client.command(`RETR ${path}`, 550, 553);
      await client.command(`SIZE ${path}`, 550, 553);
      await client.command(`DELE ${path}`, 550, 553);
      await client.command(`MLST ${path}`, 550, 553);
      await client.command(`RNFR ${path}`, 550, 553);
      data.destroy();
    });
  });
}

test('25 links that lead out, in any place of the path, or in a circle, resolve to nothing', async () => {
  await withTree(async (client, tree) => {
    const { root, outside } = tree;
    await mkdir(join(root, 'd'));
    await symlink(outside, join(root, 'd', 'middle'));
    await symlink('../../outside/file', join(root, 'd', 'last'));
    await symlink('loop', join(root, 'loop'));
    await symlink('b', join(root, 'a'));
    await symlink('a', join(root, 'b'));
    await symlink('/etc', join(root, 'etc'));
    const data = await client.passive();
    for (const path of [
      'd/middle/file',
      'd/last',
      'loop',
      'a',
      'a/x',
      'etc/passwd',
      'd/middle/../outside/file',
    ]) {
      await client.command(`RETR ${path}`, 550);
      await client.command(`SIZE ${path}`, 550);
      await client.command(`CWD ${path}`, 550);
      await client.command(`APPE ${path}`, 550, 553);
    }
    data.destroy();
    for (const command of ['LIST -R', 'MLSD', 'NLST', 'LIST d/middle']) {
      const listing = (await client.download(command).catch(() => Buffer.alloc(0))).toString();
      assert.doesNotMatch(listing, /secret|passwd/, command);
    }
  });
});

test('25 links that the user makes stay in the tree', async () => {
  await withTree(async (client, tree) => {
    for (const target of ['/etc', '../outside', '../../../../etc/passwd', tree.outside]) {
      const { code } = await client.command(`SITE SYMLINK ${target} l`);
      if (code !== 200) continue;
      await client.command('CWD l', 550);
      await client.command('SIZE l/file', 550);
      await client.command('SIZE l/passwd', 550);
      await client.command('DELE l', 250);
    }
  });
});

test('25 a directory swapped for a link, again and again, is never a way out', async () => {
  await withTree(async (client, tree) => {
    await mkdir(join(tree.root, 'directory'));
    await writeFile(join(tree.root, 'directory', 'file'), 'mine');
    await writeFile(join(tree.root, 'file'), 'mine');
    const shared = new SharedArrayBuffer(8);
    const state = new Int32Array(shared);
    const workerData = { shared, root: tree.root, outside: tree.outside };
    const worker = new Worker(new URL('../storage/swapper.ts', import.meta.url), { workerData });
    try {
      let read = 0;
      while (read < 200 || Atomics.load(state, 1) < 500) {
        for (const path of ['directory/file', 'file']) {
          const data = await client.passive();
          const arriving = readAll(data);
          const { code } = await client.command(`RETR ${path}`, 150, 550);
          if (code === 550) {
            data.destroy();
            await arriving.catch(() => null);
          } else {
            assert.equal((await arriving).toString(), 'mine');
            await client.expect(226);
          }
          read += 1;
        }
        await client.command('DELE directory/stolen', 550);
        await client.command('SIZE directory/file', 213, 550);
      }
    } finally {
      Atomics.store(state, 0, 1);
      await new Promise((resolve) => worker.once('exit', resolve));
    }
  });
});

for (const user of [
  '../alice',
  '..',
  'alice/../bob',
  'a%0Ab',
  '\u200balice',
  '{{user}}',
  '%u',
  'n'.repeat(5000),
]) {
  test(`26 the user name ${JSON.stringify(user.slice(0, 20))} is nobody's`, async () => {
    await using fixture = await startServer();
    const client = await fixture.connect();
    const { code } = await client.command(`USER ${Buffer.from(user).toString('latin1')}`, 331, 501, 530);
    if (code === 331) await client.command('PASS wonder land', 530);
    await client.command('PWD', 530);
    await client.command('NOOP', 200);
  });
}

test('27 a pipe, a socket, a device and a directory are no files to send or to receive', async () => {
  await withTree(async (client, { root }) => {
    await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
    await promisify(execFile)('mknod', [join(root, 'null'), 'c', '1', '3']).catch(() => null);
    await mkdir(join(root, 'directory'));
    const socket = createServer();
    await new Promise<void>((resolve) => {
      socket.listen(join(root, 'socket'), resolve);
    });
    try {
      for (const name of [
        'pipe',
        'socket',
        'directory',
        ...((await readdir(root)).includes('null') ? ['null'] : []),
      ]) {
        const data = await client.passive();
        await client.command(`RETR ${name}`, 550);
        await client.command(`APPE ${name}`, 550, 553);
        await client.command(`SIZE ${name}`, 550);
        data.destroy();
      }
      const listing = (await client.download('LIST')).toString();
      assert.match(listing, /^[?p].* pipe\r$/m);
      await client.command('NOOP', 200);
    } finally {
      socket.close();
    }
  });
});

test('27 an upload over one name of a file leaves its other names alone', async () => {
  await withTree(async (client, { root }) => {
    await writeFile(join(root, 'one'), 'shared');
    await link(join(root, 'one'), join(root, 'two'));
    await client.upload('STOR one', 'new');
    assert.equal(await readFile(join(root, 'one'), 'utf8'), 'new');
    assert.equal(await readFile(join(root, 'two'), 'utf8'), 'shared');
    assert.equal((await stat(join(root, 'two'))).nlink, 1);
  });
});

/** A directory of a million names that exist only while they are told. */
class CrowdedDirectory extends FaultFileSystem {
  told = 0;
  ended = false;

  override async *readDirectory(path: VirtualPath): AsyncGenerator<readonly Entry[]> {
    const [pattern] = await Array.fromAsync(super.readDirectory(path)).then((batches) => batches.flat());
    assert.ok(pattern !== undefined);
    try {
      for (let batch = 0; batch < 1000; batch += 1) {
        this.told += 1000;
        yield Array.from({ length: 1000 }, (_, index) => ({ ...pattern, name: `n${batch * 1000 + index}` }));
      }
    } finally {
      this.ended = true;
    }
  }
}

test('28 a listing of a million names goes no faster than the client takes it, and ABOR ends it', async () => {
  const memory = new MemoryFileSystem();
  await putFile(memory, '/n', '');
  const crowded = new CrowdedDirectory(memory);
  await using fixture = await startServer({ fileSystem: crowded });
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('MLSD', 150);
  await client.command('NOOP', 200);
  client.send('ABOR\r\n');
  await client.expect(426);
  await client.expect(225, 226);
  await closed(data);
  assert.ok(crowded.ended);
  assert.ok(crowded.told < 1_000_000, `${crowded.told} names were asked for`);
  await client.command('NOOP', 200);
});

test('29 patterns made to explode get an answer', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  for (let outer = 0; outer < 10; outer += 1) {
    await client.command(`MKD d${outer}`, 257);
    for (let inner = 0; inner < 10; inner += 1) await client.command(`MKD d${outer}/e${inner}`, 257);
  }
  for (const pattern of [
    '*/../*/../*/../*/../*/../*/../*',
    '*/*/../../*/*/../../*/*',
    '*'.repeat(10_000),
    '*a'.repeat(400),
    '{a,b}'.repeat(200),
    '{'.repeat(1000),
    '['.repeat(1000),
    '{d0,d1,d2,{d3,{d4,{d5,{d6}}}}}/*',
    '\\'.repeat(1000),
    `${'?'.repeat(255)}*`,
  ]) {
    for (const verb of ['LIST', 'NLST']) {
      const data = await client.passive();
      const arriving = readAll(data).catch(() => null);
      const { code } = await client.command(`${verb} ${pattern}`);
      if (code === 150) await client.expect(226, 426, 450, 451, 550);
      else assert.ok(code >= 400, `${verb} ${pattern.slice(0, 20)}: ${code}`);
      data.destroy();
      await arriving;
    }
    const { code } = await client.command(`STAT ${pattern}`);
    assert.ok([211, 212, 213, 450, 451, 501, 550, 553].includes(code), String(code));
  }
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
});

test('12 an upload behind REST leaves what lies before it, whatever becomes of it', async () => {
  await withTree(async (client, tree) => {
    await client.upload('STOR f', '0123456789');
    await client.command('REST 4', 350);
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.resetAndDestroy();
    await client.expect(426, 451, 226);
    assert.match((await contentOf(tree.fileSystem, '/f'))?.toString() ?? '', /^0123456789$/);
    assert.deepEqual(await namesIn(tree.fileSystem), ['f']);
  });
});
