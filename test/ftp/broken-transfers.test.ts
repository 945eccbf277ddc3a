import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { readAll, startServer } from './harness.ts';
import { closed, contentOf, finished, listenActive, namesIn, putFile, unbufferable } from './helpers.ts';

const big = new MemoryFileSystem();
await putFile(big, '/big', Buffer.alloc(unbufferable, 'big'));
await putFile(big, '/small', 'small');

/** A local tree with a file too big for the kernel to keep, without taking room on the disk. */
async function localBig() {
  const tree = await makeScratchTree();
  const file = await open(join(tree.root, 'big'), 'w');
  await file.truncate(2 * unbufferable);
  await file.close();
  return tree;
}

for (const end of ['destroy', 'resetAndDestroy'] as const) {
  test(`F07 a client that leaves a download (${end}) gets 426, and the session goes on`, async () => {
    for (const kind of ['memory', 'local']) {
      const tree = await localBig();
      try {
        await using fixture = await startServer({ fileSystem: kind === 'local' ? tree.fileSystem : big });
        const client = await fixture.login();
        const data = await client.passive();
        await client.command('RETR big', 150);
        data[end]();
        await client.expect(426, 451);
        const told = await fixture.event(finished('/big'));
        assert.ok(told.event === 'transfer-finished' && told.result === 'failed', kind);
        await client.upload('STOR next', 'next').catch(() => null);
        await client.command('NOOP', 200);
      } finally {
        await tree.dispose();
      }
    }
  });
}

for (const kind of ['memory', 'local'] as const) {
  test(`F08 an upload that is reset is not taken for whole (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      await putFile(fixture.fileSystem, '/f', 'as it was');
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('STOR f', 150);
      data.write(randomBytes(300_000));
      await fixture.event(({ event }) => event === 'transfer-started');
      data.resetAndDestroy();
      await client.expect(426, 451);
      assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'as it was');
      assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
      await client.upload('STOR f', 'next');
    } finally {
      await tree.dispose();
    }
  });

  test(`F10 ABOR ends a download: 426, 226, and the next works (${kind})`, async () => {
    const tree = await localBig();
    try {
      await putFile(tree.fileSystem, '/small', 'small');
      await using fixture = await startServer({ fileSystem: kind === 'local' ? tree.fileSystem : big });
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('RETR big', 150);
      client.send('ABOR\r\n');
      await client.expect(426);
      await client.expect(225, 226);
      await closed(data);
      assert.equal((await client.download('RETR small')).toString(), 'small');
      assert.equal(client.received, '');
    } finally {
      await tree.dispose();
    }
  });

  test(`F11 ABOR ends an upload: 426, 226, and nothing takes the name (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('STOR f', 150);
      data.write(randomBytes(300_000));
      await fixture.event(({ event }) => event === 'transfer-started');
      client.send('ABOR\r\n');
      await client.expect(426);
      await client.expect(225, 226);
      await closed(data);
      assert.deepEqual(await namesIn(fixture.fileSystem), []);
      await client.upload('STOR f', 'next');
      assert.equal((await client.download('RETR f')).toString(), 'next');
    } finally {
      await tree.dispose();
    }
  });

  test(`F11 APPE that is stopped keeps what came, to go on from (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      await putFile(fixture.fileSystem, '/f', 'head,');
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('APPE f', 150);
      data.write('tail');
      await fixture.event(({ event }) => event === 'transfer-started');
      data.resetAndDestroy();
      await client.expect(426, 451);
      const content = (await contentOf(fixture.fileSystem, '/f'))?.toString() ?? '';
      assert.ok('head,tail'.startsWith(content) && content.startsWith('head,'), content);
    } finally {
      await tree.dispose();
    }
  });
}

for (const verb of ['RETR big', 'STOR f', 'LIST']) {
  test(`F12 ABOR while ${verb} waits for its data connection: 426, 226`, async () => {
    await using fixture = await startServer({ fileSystem: new FaultFileSystem(big) });
    const client = await fixture.login();
    await client.command('EPSV', 229);
    await client.command(verb, 150);
    client.send('ABOR\r\n');
    await client.expect(426);
    await client.expect(225, 226);
    assert.equal((await client.download('RETR small')).toString(), 'small');
  });
}

test('F09 a client that stops reading gets 426, and others do not notice', async () => {
  for (const kind of ['memory', 'local']) {
    const tree = await localBig();
    try {
      await putFile(tree.fileSystem, '/small', 'small');
      const fileSystem = kind === 'local' ? tree.fileSystem : big;
      await using fixture = await startServer({ fileSystem, timeouts: { stallMs: 150 } });
      const client = await fixture.login();
      const other = await fixture.login();
      const data = await client.passive();
      await client.command('RETR big', 150);
      assert.equal((await other.download('RETR small')).toString(), 'small');
      await client.expect(426, 421);
      await closed(data);
      await client.command('NOOP', 200);
    } finally {
      await tree.dispose();
    }
  }
});

for (const mode of ['passive', 'active'] as const) {
  test(`F09 a client that sends nothing gets 426 (${mode})`, async () => {
    await using fixture = await startServer({ timeouts: { stallMs: 100 } });
    const client = await fixture.login();
    await using listener = await listenActive();
    const data = mode === 'passive' ? await client.passive() : null;
    if (data === null) await client.command(`PORT ${listener.portArgument}`, 200);
    await client.command('STOR f', 150);
    await client.expect(426, 421);
    await closed(data ?? (await listener.accept()));
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

for (const [code, expected] of [
  ['quota', 552],
  ['no-space', 452],
  ['io', 451],
] as const) {
  for (const operation of ['write', 'finish'] as const) {
    test(`F15 ${code} in ${operation} of an upload gets ${expected} behind 150, never 226`, async () => {
      const memory = new MemoryFileSystem();
      const fault = operation === 'write' ? { operation, after: 500_000, code } : { operation, code };
      await using fixture = await startServer({ fileSystem: new FaultFileSystem(memory, [fault]) });
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('STOR f', 150);
      data.end(randomBytes(1_000_000));
      await client.expect(expected);
      await closed(data);
      assert.deepEqual(await namesIn(memory), []);
      await client.command('NOOP', 200);
      assert.equal(client.received, '');
    });
  }
}

test('F15 a tree that is full gets 452, and an upload that fits succeeds', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 100_000 });
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  await client.upload('STOR a', randomBytes(60_000));
  const data = await client.passive();
  await client.command('STOR b', 150);
  data.end(randomBytes(60_000));
  await client.expect(452, 552);
  await closed(data);
  assert.deepEqual(await namesIn(fileSystem), ['a']);
  await client.upload('STOR b', randomBytes(40_000));
});

test('F15 a file that cannot be read to its end gets 451, never 226', async () => {
  const memory = new MemoryFileSystem();
  await putFile(memory, '/f', randomBytes(1_000_000));
  const fileSystem = new FaultFileSystem(memory, [{ operation: 'read', after: 500_000, code: 'io' }]);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive()).catch(() => Buffer.alloc(0));
  await client.command('RETR f', 150);
  await client.expect(451, 426);
  assert.ok((await arriving).length <= 500_000);
});

test('F18 a file that becomes shorter while it is sent gets 451, never 226', async () => {
  const tree = await localBig();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    await client.command('RETR big', 150);
    await truncate(join(tree.root, 'big'), 1000);
    const received = await readAll(data).catch(() => Buffer.alloc(0));
    assert.ok(received.length < 2 * unbufferable);
    await client.expect(451, 426);
    await client.command('NOOP', 200);
  } finally {
    await tree.dispose();
  }
});

test('F18 a file that is deleted while it is sent arrives whole', async () => {
  const tree = await localBig();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    await client.command('RETR big', 150);
    await unlink(join(tree.root, 'big'));
    assert.equal((await readAll(data)).length, 2 * unbufferable);
    await client.expect(226);
    await client.command('RETR big', 425, 550);
  } finally {
    await tree.dispose();
  }
});

test('F18 a file that grows while it is sent arrives as long as it was told', async () => {
  const tree = await localBig();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    const opening = await client.command('RETR big', 150);
    await truncate(join(tree.root, 'big'), 3 * unbufferable);
    const received = await readAll(data);
    await client.expect(226);
    assert.match(opening.text, new RegExp(String.raw`\(${received.length} bytes\)`));
  } finally {
    await tree.dispose();
  }
});

test('F03 a directory that vanishes during an upload costs the upload and nothing else', async () => {
  const tree = await makeScratchTree();
  try {
    await mkdir(join(tree.root, 'd'));
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    await client.command('STOR d/f', 150);
    await fixture.event(({ event }) => event === 'transfer-started');
    for (const name of await readdir(join(tree.root, 'd'))) await unlink(join(tree.root, 'd', name));
    data.end('content');
    const { code } = await client.reply();
    assert.ok([226, 450, 451, 550].includes(code), String(code));
    await client.command('NOOP', 200);
  } finally {
    await tree.dispose();
  }
});
