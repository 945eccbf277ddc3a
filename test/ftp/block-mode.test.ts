import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { startServer } from './harness.ts';
import { closed, contentOf, namesIn, putFile } from './helpers.ts';

const endOfRecord = 128;
const endOfFile = 64;
const marker = 16;

function block(flags: number, data: string | Uint8Array = ''): Buffer {
  const octets = Buffer.from(data);
  return Buffer.concat([Buffer.from([flags, octets.length >> 8, octets.length & 255]), octets]);
}

/** The blocks of a download. */
function blocksOf(octets: Buffer): { readonly flags: number; readonly data: Buffer }[] {
  const blocks: { flags: number; data: Buffer }[] = [];
  let position = 0;
  while (position < octets.length) {
    const length = octets.readUInt16BE(position + 1);
    const end = position + 3 + length;
    assert.ok(end <= octets.length, 'a block is cut off');
    blocks.push({ flags: octets.readUInt8(position), data: octets.subarray(position + 3, end) });
    position = end;
  }
  return blocks;
}

test('I07 a download in MODE B is blocks, and the last says so', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE B', 200);
  for (const content of [Buffer.alloc(0), Buffer.from('x'), randomBytes(65_535), randomBytes(1_000_001)]) {
    await putFile(fixture.fileSystem, '/f', content);
    const blocks = blocksOf(await client.download('RETR f'));
    assert.ok(Buffer.concat(blocks.map(({ data }) => data)).equals(content), `${content.length} octets`);
    assert.equal((blocks.at(-1)?.flags ?? 0) & endOfFile, endOfFile);
    assert.ok(blocks.slice(0, -1).every(({ flags }) => (flags & endOfFile) === 0));
  }
});

test('I07 a listing in MODE B is blocks too', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'x');
  const client = await fixture.login();
  await client.command('MODE B', 200);
  const blocks = blocksOf(await client.download('NLST'));
  assert.equal(Buffer.concat(blocks.map(({ data }) => data)).toString(), 'f\r\n');
  assert.equal((blocks.at(-1)?.flags ?? 0) & endOfFile, endOfFile);
});

test('I07 an upload in MODE B is whole at its last block, while the connection still stands', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE B', 200);
  const data = await client.passive();
  await client.command('STOR f', 150);
  data.write(Buffer.concat([block(0, 'one,'), block(0), block(endOfFile, 'two')]));
  await client.expect(226, 250);
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'one,two');
  data.destroy();
  await client.command('NOOP', 200);
});

test('I07 blocks mean the same however they are cut', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE B', 200);
  const octets = Buffer.concat([block(0, 'one,'), block(marker, '123'), block(32, 'two'), block(endOfFile)]);
  for (let cut = 1; cut < octets.length; cut += 1) {
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.write(octets.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    data.end(octets.subarray(cut));
    let { code } = await client.expect(110, 226, 250);
    if (code === 110) ({ code } = await client.expect(226, 250));
    await closed(data);
    assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'one,two', String(cut));
  }
});

test('I07 in STRU R the blocks end the records', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE B', 200);
  await client.command('STRU R', 200);
  await putFile(fixture.fileSystem, '/f', 'one\ntwo\n');
  const blocks = blocksOf(await client.download('RETR f'));
  const records = blocks.filter(({ flags }) => (flags & endOfRecord) !== 0);
  assert.deepEqual(
    records.map(({ data }) => data.toString()),
    ['one', 'two'],
  );
  await client.upload(
    'STOR g',
    Buffer.concat([block(endOfRecord, 'a'), block(endOfRecord | endOfFile, 'b')]),
  );
  assert.equal((await contentOf(fixture.fileSystem, '/g'))?.toString(), 'a\nb\n');
});

for (const [name, octets] of [
  ['without the last block', block(0, 'content')],
  ['cut within a block', block(endOfFile, 'content').subarray(0, -1)],
  ['cut within a header', Buffer.concat([block(0, 'content'), Buffer.from([endOfFile, 0])])],
  ['that is empty', Buffer.alloc(0)],
] as const) {
  test(`I08 an upload in MODE B ${name} gets 426`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command('MODE B', 200);
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.end(octets);
    await client.expect(426);
    await closed(data);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

for (const [name, octets] of [
  ['too long', block(marker, 'm'.repeat(1000))],
  ['not printable', block(marker, 'a b')],
] as const) {
  test(`I08 a restart marker that is ${name} ends the upload`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command('MODE B', 200);
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.write(octets);
    await client.expect(426, 451);
    await closed(data);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

test('I09 TYPE A turns line ends within blocks', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE B', 200);
  await client.command('TYPE A', 200);
  await client.upload('STOR f', Buffer.concat([block(0, 'a\r'), block(0, '\nb'), block(endOfFile, '\r\n')]));
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'a\nb\n');
  const blocks = blocksOf(await client.download('RETR f'));
  assert.equal(Buffer.concat(blocks.map(({ data }) => data)).toString(), 'a\r\nb\r\n');
});
