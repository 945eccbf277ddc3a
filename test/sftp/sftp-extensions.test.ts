import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { EventBus } from '#engine/events.ts';
import { Session } from '#engine/session.ts';
import { openFlag, packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import { get, openSftp, put, statusOf } from './sftp-fixture.ts';

const replace = openFlag.write | openFlag.create | openFlag.truncate;

test('N13: extensions answer in their own forms', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/file', 'content of the file');
  const vfs = await raw.extended('statvfs@openssh.com', (writer) => writer.string('/'));
  assert.equal(vfs.type, type.extendedReply);
  assert.equal(vfs.reader.remaining, 88);
  const space = await raw.extended('space-available', (writer) => writer.string('/'));
  assert.equal(space.reader.remaining, 36);
  const limits = await raw.extended('limits@openssh.com');
  assert.deepEqual([limits.reader.uint64(), limits.reader.uint64()], [262_144, 261_120]);
  for (const [text, expected] of [
    ['~', '/'],
    ['~/x', '/x'],
    ['~user/x', '/x'],
    ['x', '/x'],
  ] as const) {
    const { reader } = await raw.extended('expand-path@openssh.com', (writer) => writer.string(text));
    reader.uint32();
    assert.equal(reader.text(), expected);
  }
  const other = await raw.extended('expand-path@openssh.com', (writer) => writer.string('~root'));
  assert.equal(statusOf(other), status.noSuchFile);
  const home = await raw.extended('home-directory', (writer) => writer.string(''));
  home.reader.uint32();
  assert.equal(home.reader.text(), '/');
  const link = await raw.extended('hardlink@openssh.com', (writer) => writer.string('/file').string('/hard'));
  assert.equal(statusOf(link), status.ok);
  const names = await raw.extended('users-groups-by-id@openssh.com', (writer) =>
    writer.string(Buffer.alloc(8)).string(Buffer.alloc(4)),
  );
  assert.deepEqual([names.reader.string().length, names.reader.string().length], [8, 4]);
  const touch = await raw.extended('lsetstat@openssh.com', (writer) =>
    writer.string('/file').uint32(8).uint32(5).uint32(6),
  );
  assert.equal(statusOf(touch), status.ok);
  const syncing = await raw.open('/synced', replace);
  assert.equal(
    statusOf(await raw.extended('fsync@openssh.com', (writer) => writer.string(syncing))),
    status.ok,
  );
  const stats = await raw.extended('fstatvfs@openssh.com', (writer) => writer.string(syncing));
  assert.equal(stats.type, type.extendedReply);
});

test('N13: copy-data copies between handles and refuses a file into itself', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  await put(fileSystem, '/from', 'abcdefgh');
  const from = await raw.open('/from', openFlag.read);
  const to = await raw.open('/to', replace);
  const copy = (source: Buffer, target: Buffer, length: number): Promise<number> =>
    raw
      .extended('copy-data', (writer) =>
        writer.string(source).uint64(2).uint64(length).string(target).uint64(0),
      )
      .then(statusOf);
  assert.equal(await copy(from, from, 0), status.failure);
  assert.equal(await copy(from, to, 3), status.ok);
  assert.equal(await raw.close(to), status.ok);
  assert.equal(await get(fileSystem, '/to'), 'cde');
});

test('N14: check-file hashes whole files and blocks', async (t) => {
  const { raw, fileSystem } = await openSftp(t);
  const content = Buffer.alloc(1000, 'abc');
  await put(fileSystem, '/file', content);
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  const check = (start: number, length: number, block: number) =>
    raw.extended('check-file-name', (writer) =>
      writer.string('/file').string('blake3,sha256').uint64(start).uint64(length).uint32(block),
    );
  const whole = await check(0, 0, 0);
  assert.equal(whole.reader.text(), 'sha256');
  assert.ok(Buffer.from(takeRest(whole.reader)).equals(sha256(content)));
  const blocks = await check(100, 600, 256);
  blocks.reader.text();
  const expected = [100, 356, 612].map((at) => sha256(content.subarray(at, Math.min(at + 256, 700))));
  assert.ok(Buffer.from(takeRest(blocks.reader)).equals(Buffer.concat(expected)));
  assert.equal(statusOf(await check(0, 0, 100)), status.badMessage);
  const handle = await raw.open('/file', openFlag.read);
  const byHandle = await raw.extended('check-file-handle', (writer) =>
    writer.string(handle).string('md5').uint64(0).uint64(0).uint32(0),
  );
  assert.equal(byHandle.reader.text(), 'md5');
});

function takeRest(reader: { readonly remaining: number; byte(): number }): number[] {
  return Array.from({ length: reader.remaining }, () => reader.byte());
}

test('the log has the digest of files that passed whole, and of no others', async (t) => {
  const bus = new EventBus();
  const digests: (string | null)[] = [];
  bus.subscribe((event) => {
    if (event.event === 'transfer-finished') digests.push(event.sha256);
  });
  const endpoint = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 22 };
  const session = new Session({ protocol: 'sftp', endpoint, events: bus, end: () => undefined });
  const { raw } = await openSftp(t, { session, digest: true });
  const whole = await raw.open('/whole', replace);
  await raw.write(whole, 0, 'first ');
  await raw.write(whole, 6, 'second');
  await raw.close(whole);
  const read = await raw.open('/whole', openFlag.read);
  await raw.ask(type.read, (writer) => writer.string(read).uint64(0).uint32(100));
  await raw.close(read);
  const part = await raw.open('/whole', openFlag.read);
  await raw.ask(type.read, (writer) => writer.string(part).uint64(3).uint32(100));
  await raw.close(part);
  const backwards = await raw.open('/backwards', replace);
  await raw.write(backwards, 6, 'second');
  await raw.write(backwards, 0, 'first ');
  await raw.close(backwards);
  const expected = createHash('sha256').update('first second').digest('hex');
  assert.deepEqual(digests, [expected, expected, null, null]);
});
