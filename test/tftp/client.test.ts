import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WherryError, type ErrorCode } from '#core/errors.ts';
import { rootPath } from '#core/virtual-path.ts';
import type { TftpProgress } from '#protocols/tftp/client/options.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { ack, contentOf, data, loopback, memory, noise, quickTimes, serve } from './harness.ts';
import { local } from '#storage/index.ts';
import { answering, client, error, get, path, put } from './client-fixture.ts';
import { openDirectory } from './programs.ts';
import { Relay } from './relay.ts';

for (const [blockSize, windowSize] of [
  [512, 1],
  [8, 3],
  [1428, 1],
  [1428, 32],
  [65_464, 4],
] as const) {
  test(`there and back: blocks of ${blockSize}, windows of ${windowSize}`, async (t) => {
    const fileSystem = memory();
    const { port } = serve(t, fileSystem, { policy: { write: 'overwrite' } });
    const remote = client(t, port, { blockSize, windowSize });
    for (const size of [0, 1, blockSize - 1, blockSize, blockSize * windowSize, 30_011]) {
      const content = noise(size, size + 1);
      await put(remote, 'file', content, size);
      assert.ok((await contentOf(fileSystem, 'file')).equals(content), `up ${size}`);
      assert.ok((await get(remote, 'file')).equals(content), `down ${size}`);
      assert.ok((await get(remote, 'file', 7001)).equals(content), `down in odd pieces ${size}`);
    }
  });
}

test('netascii turns line ends on the way and back', async (t) => {
  const text = Buffer.from(`one\ntwo\r\nthree\r${'x'.repeat(506)}\n\n\r\0`.repeat(50));
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, { policy: { write: 'create' } });
  const remote = client(t, port, { mode: 'netascii', blockSize: 512 });
  await put(remote, 'file', text);
  assert.equal((await contentOf(fileSystem, 'file')).toString(), text.toString());
  assert.equal((await get(remote, 'file', 100)).toString(), text.toString());
});

for (const [drop, double, swap] of [
  [0.1, 0, 0],
  [0, 0.3, 0],
  [0, 0, 0.2],
  [0.08, 0.1, 0.08],
] as const) {
  test(`a network that loses ${drop}, doubles ${double} and swaps ${swap} changes no octet`, async (t) => {
    const content = noise(60_000);
    const fileSystem = memory({ file: content });
    const times = { initialMs: 20, minimumMs: 20, maximumMs: 40, retries: 30 };
    // The server stays long after an upload: each of ten more tries finds it there.
    const serverTimes = { ...times, maximumMs: 200 };
    const { port } = serve(t, fileSystem, { policy: { write: 'create' }, times: serverTimes });
    const relay = Relay.open(t, port, { drop, double, swap, seed: 42 });
    for (const windowSize of [1, 8]) {
      const remote = client(t, relay.port, { windowSize, times });
      assert.ok((await get(remote, 'file')).equals(content), `down, windows of ${windowSize}`);
      await put(remote, `copy${windowSize}`, content);
      assert.ok((await contentOf(fileSystem, `copy${windowSize}`)).equals(content), `up, ${windowSize}`);
    }
    assert.ok(relay.disturbed > 20);
  });
}

for (const [windowSize, rollover] of [
  [1, 1],
  [60, 0],
] as const) {
  test(`a file of more than 65535 blocks comes exactly, windows of ${windowSize}, rollover to ${rollover}`, async (t) => {
    const content = noise(8 * 66_000 + 3);
    const directory = openDirectory(t);
    writeFileSync(join(directory, 'file'), content);
    const { port } = serve(t, local(directory), { rollover });
    // What follows 65535 is found out with one block at a time, and must be known with more.
    const remote = client(t, port, { blockSize: 8, windowSize, rollover: windowSize === 1 ? 0 : rollover });
    assert.ok((await get(remote, 'file', 99_999)).equals(content));
  });
}

const codes: readonly (readonly [number, ErrorCode])[] = [
  [0, 'io'],
  [1, 'not-found'],
  [2, 'permission'],
  [3, 'no-space'],
  [4, 'not-supported'],
  [5, 'connection-lost'],
  [6, 'exists'],
  [7, 'login-refused'],
  [8, 'protocol'],
  [99, 'io'],
];

test('every error number is an error of its own, with the words of the server made harmless', async (t) => {
  const messages = new Set<string>();
  for (const [number, code] of codes) {
    const { port } = answering(t, () => [error(number, 'bad \u001b[2J')]);
    const remote = client(t, port, { withoutOptions: true });
    await assert.rejects(get(remote, 'file'), (thrown) => {
      assert.ok(thrown instanceof WherryError);
      assert.equal(thrown.code, code);
      assert.equal(thrown.path, '/file');
      assert.ok(thrown.message.includes('\\x1b[2J'));
      messages.add(thrown.message);
      return true;
    });
  }
  assert.equal(messages.size, codes.length);
});

for (const number of [0, 4, 8]) {
  test(`options refused with ERROR ${number} are given up, and the file still comes`, async (t) => {
    const { port, packets } = answering(t, (packet) => {
      if (packet[1] !== 1) return [];
      return packet.includes('blksize') ? [error(number, 'what?')] : [data(1, Buffer.from('hello'))];
    });
    assert.equal((await get(client(t, port), 'file')).toString(), 'hello');
    assert.equal(packets.filter((packet) => packet[1] === 1).length, 2);
  });
}

test('a file that is not there is not asked for twice', async (t) => {
  const { port, packets } = answering(t, () => [error(1, 'no')]);
  await assert.rejects(get(client(t, port), 'file'), { code: 'not-found' });
  assert.equal(packets.length, 1);
});

test('an old server that answers options with plain DATA or ACK 0 is served by its defaults', async (t) => {
  const down = answering(t, (packet) => (packet[1] === 1 ? [data(1, noise(512))] : [data(2, noise(3))]));
  assert.equal((await get(client(t, down.port), 'file')).length, 515);
  // What the first transfer sent came before the second one's request.
  await get(client(t, down.port), 'file');
  const numbers = down.packets.map((packet) => (packet[1] === 1 ? 'request' : packet.readUInt16BE(2)));
  assert.deepEqual(numbers.slice(0, 4), ['request', 1, 2, 'request'], 'each block is acknowledged once');
  const up = answering(t, (packet) => [packet[1] === 2 ? ack(0) : ack(packet.readUInt16BE(2))]);
  await put(client(t, up.port), 'file', noise(1000));
  assert.deepEqual(
    up.packets.slice(1).map(({ length }) => length),
    [516, 492],
  );
});

const unacceptable: readonly (readonly [string, string])[] = [
  ['blksize', '9999'],
  ['blksize', '0'],
  ['blksize', 'x'],
  ['windowsize', '33'],
  ['multicast', '1'],
  ['timeout', '3'],
  ['tsize', '-1'],
];
for (const [name, value] of unacceptable) {
  test(`an OACK with ${name} ${value} is refused with ERROR 8`, async (t) => {
    const oack = Buffer.concat([Buffer.from([0, 6]), Buffer.from(`${name}\0${value}\0`, 'latin1')]);
    const refused = Promise.withResolvers<Buffer>();
    const { port } = answering(t, (packet) => {
      if (packet[1] === 5) refused.resolve(packet);
      return packet[1] === 1 ? [oack] : [];
    });
    await assert.rejects(get(client(t, port), 'file'), { code: 'protocol' });
    assert.equal((await refused.promise)[3], 8);
  });
}

for (const [announced, code] of [
  [11, 'truncated'],
  [9, 'integrity'],
] as const) {
  test(`a file of 10 octets announced as ${announced} is ${code}`, async (t) => {
    const oack = Buffer.concat([Buffer.from([0, 6]), Buffer.from(`tsize\0${announced}\0`)]);
    const { port } = answering(t, (packet) => (packet[1] === 1 ? [oack] : [data(1, noise(10))]));
    await assert.rejects(get(client(t, port), 'file'), { code });
  });
}

test('a server that stays silent is a timeout after the tries that were set', async (t) => {
  const { port, packets } = answering(t, () => []);
  await assert.rejects(get(client(t, port, { times: quickTimes }), 'file'), { code: 'timeout' });
  assert.equal(packets.length, 1 + quickTimes.retries);
});

test('a signal stops a transfer at once and the server is told', async (t) => {
  const { port, once } = serve(t, memory({ file: noise(5_000_000) }));
  const remote = client(t, port);
  const controller = new AbortController();
  const handle = await remote.openRead(path('file'), { signal: controller.signal });
  await handle.read(Buffer.alloc(1000), 0);
  controller.abort();
  await assert.rejects(async () => handle.read(Buffer.alloc(1_000_000), 1000), { code: 'aborted' });
  assert.match((await once('session-closed')).reason, /client stopped/);
  await assert.rejects(async () => remote.openRead(path('file'), { signal: controller.signal }), {
    code: 'aborted',
  });
  assert.equal((await get(remote, 'file')).length, 5_000_000);
});

test('a download that is closed early and an upload that is aborted leave nothing behind', async (t) => {
  const fileSystem = memory({ file: noise(1_000_000) });
  const { port, sessions, once } = serve(t, fileSystem, { policy: { write: 'overwrite' } });
  const remote = client(t, port);
  const upload = await remote.openWrite(path('file'));
  await upload.write(noise(5000), 0);
  upload.abort();
  await once('session-closed');
  const download = await remote.openRead(path('file'));
  await download.read(Buffer.alloc(10), 0);
  download.close();
  await sessions.whenEmpty();
  assert.equal((await contentOf(fileSystem, 'file')).length, 1_000_000);
});

test('progress tells octets and, where known, the total', async (t) => {
  const seen: TftpProgress[] = [];
  const { port } = serve(t, memory({ file: noise(600_000) }), { policy: { write: 'create' } });
  const remote = client(t, port, { onProgress: (progress) => seen.push(progress) });
  await get(remote, 'file');
  const last = seen.at(-1);
  assert.deepEqual(last, { direction: 'download', path: '/file', bytes: 600_000, total: 600_000 });
  await put(remote, 'up', noise(100_000), 100_000);
  assert.deepEqual(seen.at(-1), { direction: 'upload', path: '/up', bytes: 100_000, total: 100_000 });
});

test('what TFTP cannot do is not-supported, and files are read and written from the front only', async (t) => {
  const { port } = serve(t, memory({ file: noise(2000) }), { policy: { write: 'overwrite' } });
  const remote = client(t, port);
  const file = path('file');
  const refused: readonly (() => unknown)[] = [
    () => remote.stat(file),
    () => remote.makeDirectory(file),
    () => remote.removeDirectory(file),
    () => remote.removeFile(file),
    () => remote.rename(file),
    () => remote.setAttributes(file),
    () => remote.openWrite(file, { disposition: 'update' }),
    () => remote.openWrite(file, { disposition: 'create' }),
    () => remote.readDirectory(file).next(),
  ];
  for (const call of refused) await assert.rejects(async () => call(), { code: 'not-supported' });
  assert.deepEqual(
    Object.values(remote.capabilities).filter((value) => value !== false),
    [[]],
  );
  const handle = await remote.openRead(file);
  assert.equal(handle.entry.size, 2000);
  await assert.rejects(async () => handle.read(Buffer.alloc(10), 5), { code: 'invalid-range' });
  handle.close();
  await assert.rejects(async () => remote.openRead(rootPath), { code: 'is-directory' });
  await assert.rejects(async () => remote.openRead(path('x'.repeat(600))), { code: 'name-too-long' });
});

test('sizes that the protocol does not have are refused before anything is sent', () => {
  for (const options of [
    { blockSize: 7 },
    { blockSize: 65_465 },
    { windowSize: 0 },
    { timeoutSeconds: 256 },
    { port: 0 },
  ]) {
    assert.throws(() => new TftpFileSystem({ host: loopback, ...options }), { code: 'invalid-argument' });
  }
});

test('many transfers of one client run side by side', async (t) => {
  const content = noise(200_000);
  const { port } = serve(t, memory({ file: content }));
  const remote = client(t, port);
  const copies = await Promise.all(Array.from({ length: 30 }, () => get(remote, 'file')));
  assert.ok(copies.every((copy) => copy.equals(content)));
});
