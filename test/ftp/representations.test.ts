import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { MemoryFileSystem } from '#storage/index.ts';
import { startServer, type RawClient } from './harness.ts';
import { closed, contentOf, namesIn, putFile } from './helpers.ts';

const everyOctet = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));

/** Uploads in pieces, each in a segment of its own as far as the kernel lets it. */
async function uploadInPieces(
  client: RawClient,
  line: string,
  pieces: readonly Uint8Array[],
  ...codes: number[]
) {
  const data = await client.passive();
  await client.command(line, 150);
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      data.write(piece, () => resolve());
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  data.end();
  const reply = await client.expect(...codes);
  await closed(data);
  return reply;
}

test('I01 TYPE A turns line ends both ways', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  await client.upload('STOR f', 'a\r\nb\r\n');
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'a\nb\n');
  assert.equal((await client.download('RETR f')).toString(), 'a\r\nb\r\n');
  await client.upload('APPE f', 'c\r\n');
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'a\nb\nc\n');
});

test('I01 a session that sets no TYPE is in TYPE A', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\n');
  const client = await fixture.connect();
  await client.command('USER alice', 331);
  await client.command('PASS wonder land', 230);
  assert.equal((await client.download('RETR f')).toString(), 'a\r\n');
});

test('I02 a CR LF cut anywhere is one line end', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  const text = Buffer.from('one\r\n\r\ntwo\r\r\nthree\r\n');
  for (let cut = 1; cut < text.length; cut += 1) {
    await uploadInPieces(client, 'STOR f', [text.subarray(0, cut), text.subarray(cut)], 226);
    assert.equal(
      (await contentOf(fixture.fileSystem, '/f'))?.toString(),
      'one\n\ntwo\r\nthree\n',
      String(cut),
    );
  }
  await uploadInPieces(
    client,
    'STOR f',
    Array.from(text, (octet) => Uint8Array.of(octet)),
    226,
  );
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'one\n\ntwo\r\nthree\n');
});

test('I03 a lone CR and a lone LF are kept, also at the end', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  for (const text of ['a\rb\nc', 'a\r', '\r', '\n', 'a\r\r', '\n\r']) {
    await client.upload('STOR f', text);
    assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), text, JSON.stringify(text));
  }
});

test('I04 octets beyond ASCII pass TYPE A unchanged', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  const octets = everyOctet.filter((octet) => octet !== 10 && octet !== 13);
  await client.upload('STOR f', octets);
  assert.deepEqual(await contentOf(fixture.fileSystem, '/f'), Buffer.from(octets));
  assert.deepEqual(await client.download('RETR f'), Buffer.from(octets));
});

test('I05 a file with CR LF is sent as it is in TYPE A, and SIZE tells what is sent', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  for (const [content, sent] of [
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\nb\r\nc\n\n', 'a\r\nb\r\nc\r\n\r\n'],
    ['\n', '\r\n'],
    ['', ''],
    ['a\rb', 'a\rb'],
  ] as const) {
    await putFile(fixture.fileSystem, '/f', content);
    assert.equal((await client.download('RETR f')).toString(), sent);
    assert.equal((await client.command('SIZE f', 213)).text, `213 ${sent.length}\r\n`);
  }
});

test('I05 the rule of line ends does not depend on where the server cuts', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  const content = Buffer.from('x\r\n\n'.repeat(700_000));
  await putFile(fixture.fileSystem, '/f', content);
  const sent = await client.download('RETR f');
  assert.ok(sent.equals(Buffer.from('x\r\n\r\n'.repeat(700_000))));
  assert.equal((await client.command('SIZE f', 213)).text, `213 ${sent.length}\r\n`);
});

test('I06 REST in TYPE A counts octets of the transfer', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await putFile(fixture.fileSystem, '/f', 'a\nbc\nd\r\ne\n');
  await client.command('TYPE A', 200);
  const whole = (await client.download('RETR f')).toString();
  for (let position = 0; position <= whole.length; position += 1) {
    await client.command(`REST ${position}`, 350);
    assert.equal((await client.download('RETR f')).toString(), whole.slice(position), String(position));
  }
  await client.command(`REST ${whole.length + 1}`, 350);
  const data = await client.passive();
  const { code } = await client.command('RETR f', 150, 550, 554);
  if (code === 150) await client.expect(550, 554);
  await closed(data);
});

test('I10 STRU R marks ends of records and doubles 0xFF', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('STRU R', 200);
  await putFile(fixture.fileSystem, '/f', Buffer.from('one\n\xff\nlast', 'latin1'));
  const sent = (await client.download('RETR f')).toString('latin1');
  assert.equal(sent, 'one\xff\x01\xff\xff\xff\x01last\xff\x02');
  const octets = Buffer.from(sent, 'latin1');
  for (let cut = 1; cut < octets.length; cut += 1) {
    await uploadInPieces(client, 'STOR g', [octets.subarray(0, cut), octets.subarray(cut)], 226, 250);
    assert.equal((await contentOf(fixture.fileSystem, '/g'))?.toString('latin1'), 'one\n\xff\nlast');
  }
  await client.upload('STOR g', Buffer.from('one\xff\x03', 'latin1'));
  assert.equal((await contentOf(fixture.fileSystem, '/g'))?.toString(), 'one\n');
});

for (const [name, octets] of [
  ['without an end', 'one\xff\x01'],
  ['cut within a mark', 'one\xff'],
  ['empty', ''],
  ['with a mark that does not exist', 'one\xff\x07\xff\x02'],
  ['with data behind the end', 'one\xff\x02more'],
] as const) {
  test(`I10 an upload in STRU R ${name} is not taken for whole`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command('STRU R', 200);
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.end(Buffer.from(octets, 'latin1'));
    await client.expect(426, 451);
    await closed(data);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

test('I11 MODE Z compresses files and listings into one zlib stream each', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE Z', 200);
  for (const content of [
    Buffer.alloc(0),
    Buffer.from('x'),
    Buffer.alloc(3_000_000, 'compress'),
    randomBytes(700_001),
  ]) {
    await client.upload('STOR f', deflateSync(content));
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content), `${content.length} octets up`);
    assert.ok(inflateSync(await client.download('RETR f')).equals(content), `${content.length} octets down`);
  }
  assert.match(inflateSync(await client.download('LIST')).toString(), /^-rw.* f\r\n$/);
  assert.equal(inflateSync(await client.download('NLST')).toString(), 'f\r\n');
  assert.match(inflateSync(await client.download('MLSD')).toString(), / f\r\n/);
  await client.command('MODE S', 200);
  assert.equal((await client.download('NLST')).toString(), 'f\r\n');
});

test('I11 an empty listing in MODE Z is a whole stream too', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE Z', 200);
  assert.equal(inflateSync(await client.download('LIST')).length, 0);
});

test('I11 TYPE A and REST work beneath MODE Z', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MODE Z', 200);
  await client.command('TYPE A', 200);
  await client.upload('STOR f', deflateSync('a\r\nb\r\n'));
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'a\nb\n');
  assert.equal(inflateSync(await client.download('RETR f')).toString(), 'a\r\nb\r\n');
  await client.command('TYPE I', 200);
  await client.command('REST 2', 350);
  assert.equal(inflateSync(await client.download('RETR f')).toString(), 'b\n');
  await client.command('REST 2', 350);
  await client.upload('STOR f', deflateSync('c'));
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'a\nc\n');
});

const stream = deflateSync(randomBytes(10_000));
const spoiled = Buffer.from(stream);
spoiled.writeUInt8(spoiled.readUInt8(stream.length - 1) ^ 1, stream.length - 1);
for (const [name, octets] of [
  ['cut off', stream.subarray(0, -100)],
  ['without its checksum', stream.subarray(0, -4)],
  ['with a wrong checksum', spoiled],
  ['empty', Buffer.alloc(0)],
  ['that is none', Buffer.from('this is no zlib stream at all')],
  ['with octets behind it', Buffer.concat([stream, Buffer.from('more')])],
] as const) {
  test(`I11 an upload of a stream ${name} is not taken for whole`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'as it was');
    const client = await fixture.login();
    await client.command('MODE Z', 200);
    const data = await client.passive();
    await client.command('STOR f', 150);
    data.end(octets);
    await client.expect(426, 451);
    await closed(data);
    assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'as it was');
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  });
}

for (const [options, ...codes] of [
  ['MODE Z LEVEL 9', 200],
  ['MODE Z LEVEL 0', 200],
  ['mode z level 1', 200],
  ['MODE Z LEVEL 10', 501],
  ['MODE Z LEVEL -1', 501],
  ['MODE Z LEVEL x', 501],
  ['MODE Z', 200, 501],
  ['MODE Q LEVEL 1', 501],
] as const) {
  test(`I12 OPTS ${options} gets ${codes.join(' or ')}`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await client.command(`OPTS ${options}`, ...codes);
    await client.command('MODE Z', 200);
    assert.equal(inflateSync(await client.download('RETR f')).toString(), 'content');
  });
}

test('I12 a bomb is stopped where the room ends, and leaves nothing', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 4 * 1024 * 1024 });
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  await client.command('MODE Z', 200);
  const data = await client.passive();
  await client.command('STOR bomb', 150);
  const bomb = deflateSync(Buffer.alloc(128 * 1024 * 1024), { level: 6 });
  assert.ok(bomb.length < 200_000);
  data.write(bomb);
  await client.expect(452, 552);
  await closed(data);
  assert.deepEqual(await namesIn(fileSystem), []);
  await client.upload('STOR f', deflateSync('content'));
});

test('I13 TYPE E is refused as a whole, or done', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('TYPE E', 504);
  await client.command('TYPE E N', 504);
});

test('I13 MODE C is refused as a whole', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await client.command('MODE C', 504);
  assert.equal((await client.download('RETR f')).toString(), 'content');
});
