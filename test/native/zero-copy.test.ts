import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TcpSocket, ZeroCopy } from '#native/index.ts';
import { fails, pair, patternOf, readAll } from './pairs.ts';
import { openDescriptors, rooms, temporaryDirectory, untilDescriptors } from './rooms.ts';

const { O_APPEND, O_CREAT, O_WRONLY } = constants;

function zeroCopyOf(socket: TcpSocket): ZeroCopy {
  assert.ok(socket.zeroCopy);
  return socket.zeroCopy;
}

test('portable: there is no zero-copy', async (context) => {
  const [portable] = rooms;
  assert.ok(portable);
  const { near } = await pair(context, portable.room);
  assert.equal(near.zeroCopy, null);
});

for (const { room } of rooms.filter(({ mode }) => mode === 'addon')) {
  const sendAll = async (
    socket: TcpSocket,
    fd: number,
    [from, to]: readonly [number, number],
    way: 'sendFile' | 'sendCopied' = 'sendFile',
  ): Promise<number> => {
    let position = from;
    while (position < to) {
      const sent = await zeroCopyOf(socket)[way](fd, position, to - position);
      if (sent === 0) break;
      position += sent;
    }
    return position - from;
  };
  const receiveAll = async (socket: TcpSocket, fd: number, from = 0): Promise<number> => {
    let position = from;
    for (;;) {
      const received = await zeroCopyOf(socket).receiveFile(fd, position, 5_000_000);
      if (received === 0) return position - from;
      position += received;
    }
  };

  test('addon: sends any part of a file, small and large, up to its end', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const pattern = patternOf(20_000_000);
    writeFileSync(path, pattern);
    const fd = openSync(path, 'r');
    context.after(() => closeSync(fd));
    const ranges = [
      [0, 1],
      [5, 1029],
      [0, 65_536],
      [3, 65_540],
      [1000, 20_000_000],
      [19_999_990, 30_000_000],
      [20_000_000, 20_000_001],
      [25_000_000, 35_000_000],
      [7, 7],
    ] as const;
    for (const way of ['sendFile', 'sendCopied'] as const) {
      for (const [from, to] of ranges) {
        const { near, far } = await pair(context, room);
        const receiving = readAll(far, 1024 * 1024);
        const expected = pattern.subarray(from, to);
        assert.equal(await sendAll(near, fd, [from, to], way), expected.length);
        await near.end();
        assert.ok((await receiving).equals(expected), `${way} ${from}-${to}`);
      }
    }
  });

  test('addon: receives into any place of a file, whatever the pieces', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const pattern = patternOf(12_000_000);
    for (const from of [0, 4097]) {
      writeFileSync(path, 'x'.repeat(5000));
      const fd = openSync(path, 'r+');
      const { near, far } = await pair(context, room);
      const sending = (async () => {
        let position = 0;
        for (let length = 1; position < pattern.length; length = length * 3 + 1) {
          await far.write(pattern.subarray(position, position + length));
          position += length;
        }
        await far.end();
      })();
      assert.equal(await receiveAll(near, fd, from), pattern.length);
      await sending;
      closeSync(fd);
      const content = readFileSync(path);
      assert.equal(content.subarray(0, from).toString(), 'x'.repeat(from));
      assert.ok(content.subarray(from).equals(pattern));
    }
  });

  test('addon: receives no more than asked for', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const fd = openSync(path, 'w+');
    context.after(() => closeSync(fd));
    const { near, far } = await pair(context, room);
    await far.write(Buffer.from('0123456789'));
    await far.end();
    assert.equal(await zeroCopyOf(near).receiveFile(fd, 0, 4), 4);
    const rest = Buffer.alloc(10);
    assert.equal(await near.read(rest), 6);
    assert.equal(rest.toString('latin1', 0, 6), '456789');
    assert.equal(await zeroCopyOf(near).receiveFile(fd, 4, 4), 0);
    assert.equal(readFileSync(path, 'latin1'), '0123');
  });

  test('addon: copies where the file cannot be spliced into', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND);
    context.after(() => closeSync(fd));
    const pattern = patternOf(3_000_000);
    const { near, far } = await pair(context, room);
    const sending = (async () => {
      await far.write(pattern);
      await far.end();
    })();
    assert.equal(await receiveAll(near, fd), pattern.length);
    await sending;
    assert.ok(readFileSync(path).equals(pattern));
  });

  test('addon: a failing disk is told by its own code, and leaves nothing for the next file', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    writeFileSync(path, '');
    const full = openSync('/dev/full', 'w');
    const unwritable = openSync(path, 'r');
    const fd = openSync(path, 'r+');
    context.after(() => [full, unwritable, fd].forEach((each) => closeSync(each)));
    for (const [target, code] of [
      [full, 'ENOSPC'],
      [unwritable, 'EBADF'],
    ] as const) {
      const { near, far } = await pair(context, room);
      await far.write(Buffer.from('lost'));
      const failure = { code, syscall: 'write' };
      await fails(() => zeroCopyOf(near).receiveFile(target, 0, 1000), failure);
      await far.write(Buffer.from('kept'));
      await far.end();
      assert.equal(await receiveAll(near, fd), 4);
      assert.equal(readFileSync(path, 'latin1'), 'kept');
    }
  });

  test('addon: a reset in the middle is no end of the file', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const fd = openSync(path, 'w+');
    context.after(() => closeSync(fd));
    const { near, far } = await pair(context, room);
    await far.write(Buffer.from('begun'));
    assert.equal(await zeroCopyOf(near).receiveFile(fd, 0, 1000), 5);
    const receiving = fails(() => zeroCopyOf(near).receiveFile(fd, 5, 1000), { code: 'ECONNRESET' });
    far.reset();
    await receiving;
    await fails(() => zeroCopyOf(near).receiveFile(fd, 5, 1000), { code: 'ECONNRESET' });
  });

  test('addon: a reader that stops reading can be given up, and others go on meanwhile', async (context) => {
    const path = join(temporaryDirectory(context), 'file');
    const pattern = patternOf(16_000_000);
    writeFileSync(path, pattern);
    const fd = openSync(path, 'r');
    context.after(() => closeSync(fd));
    const stalled = await Promise.all(Array.from({ length: 20 }, () => pair(context, room)));
    const before = openDescriptors();
    const sends = stalled.map(({ near }) =>
      fails(() => sendAll(near, fd, [0, pattern.length]), { name: 'AbortError' }),
    );
    const { near, far } = await pair(context, room);
    const receiving = readAll(far, 1024 * 1024);
    assert.equal(await sendAll(near, fd, [0, pattern.length]), pattern.length);
    near.destroy();
    assert.ok((await receiving).equals(pattern));
    far.destroy();
    for (const each of stalled) each.near.destroy();
    await Promise.all(sends);
    for (const each of stalled) each.far.destroy();
    await untilDescriptors(before - 40);
  });

  test('addon: destroying at any moment of a transfer neither fails otherwise nor leaks', async (context) => {
    const directory = temporaryDirectory(context);
    const path = join(directory, 'file');
    writeFileSync(path, patternOf(4_000_000));
    const source = openSync(path, 'r');
    const target = openSync(join(directory, 'target'), 'w+');
    context.after(() => [source, target].forEach((fd) => closeSync(fd)));
    let before = 0;
    for (let round = 0; round < 200; round += 1) {
      const { near, far } = await pair({ after: () => undefined }, room);
      if (round === 10) before = openDescriptors();
      const settle = async (transfer: Promise<unknown>): Promise<unknown> => {
        try {
          return await transfer;
        } catch (error) {
          return (error as Error).name === 'AbortError' ? 'aborted' : (error as { code?: string }).code;
        }
      };
      const sending = settle(sendAll(near, source, [0, 4_000_000]));
      const receiving = settle(receiveAll(far, target));
      for (let turn = 0; turn < round % 7; turn += 1) await new Promise(setImmediate);
      if (round % 2 === 0) near.destroy();
      else far.reset();
      near.destroy();
      far.destroy();
      const outcomes = await Promise.all([sending, receiving]);
      for (const outcome of outcomes) {
        assert.ok(
          ['aborted', 'ECONNRESET', 'EPIPE'].includes(String(outcome)) || typeof outcome === 'number',
          String(outcome),
        );
      }
    }
    // Each thread of the pool keeps a pipe.
    await untilDescriptors(before + 8);
  });
}
