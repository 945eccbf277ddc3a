import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { RawClient, readAll, startServer } from './harness.ts';
import { closed, contentOf, finished, namesIn, octetsOf, putFile, unbufferable } from './helpers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory that is in use after everything unused is gone. */
function usedMemory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Writes as much as the peer takes; false when the connection is over. */
async function write({ socket }: RawClient, octets: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const over = (): void => resolve(false);
    socket.once('close', over);
    socket.write(octets, (error) => {
      socket.off('close', over);
      resolve((error ?? null) === null);
    });
  });
}

test('1 a login octet by octet is a login', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  for (const octet of 'USER alice\r\nPASS wonder land\r\nMKD a b\r\n') {
    client.send(octet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const code of [331, 230, 257]) await client.expect(code);
});

test('2 a line without an end is refused once, and kept nowhere', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  const chunk = Buffer.alloc(64 * 1024, 'A');
  await write(client, chunk);
  await client.expect(500);
  const before = usedMemory();
  for (let sent = 0; sent < 128 * 1024 * 1024; sent += chunk.length) assert.ok(await write(client, chunk));
  const grown = usedMemory() - before;
  assert.ok(grown < 64 * 1024 * 1024, `${grown} octets more`);
  assert.equal(client.received, '');
  client.send('\r\nNOOP\r\n');
  await client.expect(200);
});

test('2 a line without an end does not keep a connection open beyond the time for the login', async () => {
  await using fixture = await startServer({ timeouts: { loginMs: 100, closeMs: 50 } });
  const client = await RawClient.connect(fixture.host, fixture.port());
  client.socket.on('error', () => undefined);
  await client.expect(220);
  const chunk = Buffer.alloc(64 * 1024, 'A');
  while (await write(client, chunk)) await new Promise((resolve) => setImmediate(resolve));
  await fixture.event(({ event }) => event === 'session-closed');
});

test('3 a flood of what is no command ends the connection', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.socket.on('error', () => undefined);
  client.socket.write('h\r\n'.repeat(2_000_000), 'latin1');
  let refusals = 0;
  for (;;) {
    const { code } = await client.expect(500, 421);
    if (code === 421) break;
    refusals += 1;
  }
  assert.ok(refusals <= 50, `${refusals} refusals`);
  await fixture.event(({ event }) => event === 'session-closed');
});

test('3 a client that asks without end and never reads the answers is cut off', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.socket.on('error', () => undefined);
  client.socket.pause();
  const over = fixture.event(({ event }) => event === 'session-closed');
  const flood = Buffer.from('HELP\r\n'.repeat(5000));
  while (await Promise.race([write(client, flood), over.then(() => false)]));
  await over;
});

for (const octets of [
  'MKD a\0b',
  'MKD a\rb',
  'MKD \0',
  'M\0KD x',
  '\0MKD x',
  'USER a\0b',
  'STOR \r\0',
  'RNFR \0\r',
]) {
  test(`7 ${JSON.stringify(octets)} is refused with one reply, and nothing is made`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    client.send(`${octets}\r\nNOOP\r\n`);
    const { code, lines } = await client.reply();
    assert.ok(code >= 500, String(code));
    assert.equal(lines.length, 1);
    await client.expect(200);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

test('7 verbs and names of any octets get one reply each', async () => {
  await using fixture = await startServer();
  let client = await fixture.login();
  for (let octet = 1; octet < 256; octet += 1) {
    if (octet === 10 || octet === 255) continue;
    // More bad commands than one session may give.
    if (octet === 128) client = await fixture.login();
    const character = String.fromCharCode(octet);
    await client.command(`X${character}X x`, 500, 501);
    if (octet === 13) continue;
    const { code } = await client.command(`MKD n${character}m`, 257, 501, 553, 550);
    if (octet < 32 || octet === 127) assert.notEqual(code, 257, `octet ${octet}`);
    await client.command('NOOP', 200);
  }
  for (const name of ['\xc0\xae\xc0\xae/x', '\xf0\x80\x80\xaf', '\xed\xa0\x80', '\xfe\xfe', '\xc3']) {
    await client.command(`CWD ${name}`, 550, 501, 553);
  }
  assert.match((await client.command('PWD', 257)).text, /"\/"/);
  assert.equal(client.received, '');
});

test('7 a line end in a name reaches no event, and so no log', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('USER a\x1b[31m\x85\u009b', 331);
  await client.command('PASS x', 530);
  client.send('MKD a\r\0forged\r\n');
  await client.reply();
  await client.command('QUIT', 221);
  await client.end();
  for (const event of fixture.events) {
    if (event.event !== 'command' && event.event !== 'reply') continue;
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    assert.doesNotMatch(event.text, /[\u0000-\u001f\u007f-\u009f]/, JSON.stringify(event));
  }
});

test('9 passwords by the thousand meet the limit of the connection', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.socket.on('error', () => undefined);
  client.send('USER alice\r\nPASS x\r\n'.repeat(1000));
  let refusals = 0;
  for (;;) {
    const { code } = await client.expect(331, 530, 421);
    if (code === 421) break;
    if (code === 530) refusals += 1;
  }
  assert.ok(refusals < 10, `${refusals} refusals`);
  assert.equal(await client.end(), '');
});

test('9 neither a login nor USER again gives new attempts', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  let attempts = 0;
  for (;;) {
    await client.command('USER alice', 331);
    await client.command('USER bob', 331);
    attempts += 1;
    const { code } = await client.command('PASS x', 530, 421);
    if (code === 421) break;
    if (attempts === 2) {
      await client.command('USER bob', 331);
      await client.command('PASS builder', 230);
    }
    assert.ok(attempts < 10);
  }
});

for (const request of [
  'GET / HTTP/1.1\r\nHost: victim\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nUSER alice\r\nPASS wonder land\r\nMKD forged\r\n',
  'PUT /f HTTP/1.1\r\n\r\n',
  'Host: victim\r\nUSER alice\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n',
]) {
  test(`10 ${JSON.stringify(request.slice(0, 14))} closes the connection without a word`, async () => {
    await using fixture = await startServer();
    const client = await fixture.connect();
    client.socket.on('error', () => undefined);
    client.send(request);
    assert.equal(await client.end(), '');
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

for (const [command, ...codes] of [
  ['REST 9223372036854775808', 501],
  ['REST NaN', 501],
  ['REST 1e3', 501],
  ['RANG 5 1', 501],
  ['RANG 0 99999999999999999999', 501],
  ['TYPE \xe9', 500, 501, 504],
  ['TYPE A N N N N N', 501, 504],
  ['EPRT |9|', 501, 522],
  ['EPRT ||||', 501, 522],
  [`EPRT ${'|'.repeat(5000)}`, 501, 522],
  ['PORT 1,2,3', 501],
  ['PORT 256,256,256,256,256,256', 501],
  [`PORT ${'1,'.repeat(3000)}1`, 501],
  ['EPSV -1', 501, 522],
  ['ALLO -1', 501, 504],
  ['MODE ZZ', 501, 504],
  ['STRU', 501],
  ['OPTS MLST \xe9;;;;=;', 200, 501],
  ['SITE', 500, 501],
  ['SITE CHMOD 99999999999 f', 501],
  ['SITE CHMOD -1 f', 501],
  ['SITE UTIME x x x x x x', 501, 550],
  ['MFMT 99999999999999 f', 501],
  ['MDTM 99999999999999 f', 501, 550],
  ['HASH', 501],
  ['LANG \xe9', 501, 504],
  ['constructor', 500],
  ['__proto__ x', 500],
  ['toString', 500],
] as const) {
  test(`11 ${command.slice(0, 40)} is refused and changes nothing`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'a\n');
    const client = await fixture.login();
    await client.command(command, ...codes);
    assert.equal((await client.download('RETR f')).toString(), 'a\n');
    assert.equal(client.received, '');
  });
}

test('13 everything at once during a transfer is answered in order', async () => {
  const fileSystem = new MemoryFileSystem();
  await putFile(fileSystem, '/big', Buffer.alloc(unbufferable));
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('RETR big', 150);
  client.send('STAT\r\nNOOP\r\nPWD\r\nNOOP\r\nABOR\r\nABOR\r\nSYST\r\n');
  await client.expect(211);
  await client.expect(200);
  await client.expect(426);
  const codes: number[] = [];
  for (let index = 0; index < 5; index += 1) codes.push((await client.reply()).code);
  assert.deepEqual(
    codes.sort((left, right) => left - right),
    [200, 215, 226, 226, 257],
  );
  await closed(data);
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
});

test('13 a control connection that is lost marks the upload as failed and leaves no descriptor', async () => {
  const tree = await makeScratchTree();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    const received = readAll(data).catch(() => null);
    await client.command('STOR f', 150);
    data.write('half');
    await fixture.event(({ event }) => event === 'transfer-started');
    client.socket.resetAndDestroy();
    await received;
    const told = await fixture.event(finished('/f'));
    assert.ok(told.event === 'transfer-finished' && told.result !== 'completed');
    assert.equal(await contentOf(tree.fileSystem, '/f'), null);
    assert.deepEqual(await namesIn(tree.fileSystem), []);
  } finally {
    await tree.dispose();
  }
});

test('14 no reply tells where the tree lies on the host', async () => {
  const tree = await makeScratchTree();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    await putFile(tree.fileSystem, '/f', 'x');
    const client = await fixture.login();
    const data = await client.passive();
    for (const command of [
      'PWD',
      'MKD d',
      'MKD d',
      'MKD missing/d',
      'MKD f/d',
      'RMD missing',
      'RMD f',
      'RMD /',
      'DELE d',
      'DELE missing',
      'CWD missing',
      'CWD f',
      'RETR missing',
      'RETR d',
      'STOR d',
      'STOR missing/f',
      'APPE d',
      'SIZE missing',
      'MDTM missing',
      'MLST missing',
      'MLST f',
      'RNFR missing',
      'RNFR d',
      'RNTO d/e',
      'SITE CHMOD 600 missing',
      'SITE SYMLINK ../../.. l',
      'STAT missing',
      'STAT /',
      'STAT',
      'HELP',
      'FEAT',
      'SYST',
      'AVBL',
      'HASH missing',
      `MKD ${'n'.repeat(300)}`,
      `STOR ${octetsOf('ü')}/x`,
    ]) {
      const { text } = await client.command(command);
      for (const secret of [
        tree.root,
        'wherry-storage-',
        '/proc/',
        '/tmp',
        'ENOENT',
        'EISDIR',
        'errno',
        ' at ',
      ]) {
        assert.ok(!text.includes(secret), `${command}: ${text}`);
      }
    }
    data.destroy();
  } finally {
    await tree.dispose();
  }
});
