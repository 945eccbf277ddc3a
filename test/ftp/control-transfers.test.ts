import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';
import { readAll, startServer } from './harness.ts';
import { closed, contentOf, finished, namesIn, putFile, unbufferable } from './helpers.ts';

const big = new MemoryFileSystem();
await putFile(big, '/big', randomBytes(unbufferable));

/** A tree whose only file cannot be read beyond its first half until the gate opens. */
async function gatedFile(content: Uint8Array): Promise<{ fileSystem: FaultFileSystem; gate: Gate }> {
  const memory = new MemoryFileSystem();
  await putFile(memory, '/f', content);
  const gate = new Gate();
  const after = content.length >> 1;
  return { fileSystem: new FaultFileSystem(memory, [{ operation: 'read', path: '/f', after, gate }]), gate };
}

// What a socket without in-line urgent data leaves of the forms that clients use to send ABOR.
const urgentForms = [
  ['A11 IAC IP IAC with DM lost as the urgent octet', '\xff\xf4\xffABOR'],
  ['A11 IAC IP IAC DM in the stream', '\xff\xf4\xff\xf2ABOR'],
  ['A12 IAC IP and DM, with the second IAC lost as the urgent octet', '\xff\xf4\xf2ABOR'],
  ['A12 IAC IP alone', '\xff\xf4ABOR'],
] as const;

for (const [name, octets] of urgentForms) {
  test(`${name}: the transfer ends with 426, ABOR with 226`, async () => {
    await using fixture = await startServer({ fileSystem: big });
    const client = await fixture.login();
    const data = await client.passive();
    await client.command('RETR big', 150);
    client.send(octets);
    client.send('\r\n');
    await client.expect(426);
    await client.expect(225, 226);
    await closed(data);
    await client.command('NOOP', 200);
    assert.equal(client.received, '');
  });
}

test('A20 NOOP during a transfer is answered, and the data stay whole', async () => {
  const content = randomBytes(3 * 1024 * 1024);
  const { fileSystem, gate } = await gatedFile(content);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  await client.command('RETR f', 150);
  await gate.reached;
  await client.command('NOOP', 200);
  client.send('NOOP\r\nNOOP\r\n');
  await client.expect(200);
  await client.expect(200);
  gate.release();
  assert.deepEqual(await arriving, content);
  await client.expect(226);
});

test('A20 what is answered beside a transfer is never answered before its 150', async () => {
  const content = randomBytes(3 * 1024 * 1024);
  const { fileSystem, gate } = await gatedFile(content);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  client.send('RETR f\r\nNOOP\r\nSTAT\r\n');
  await client.expect(150);
  await client.expect(200);
  await client.expect(211);
  gate.release();
  await client.expect(226);
  assert.deepEqual(await arriving, content);
  await client.passive();
  client.send('RETR missing\r\nNOOP\r\nSTAT\r\n');
  await client.expect(550);
  await client.expect(200);
  await client.expect(211);
});

test('A21 other commands during a transfer wait for its end, in their order', async () => {
  const content = randomBytes(3 * 1024 * 1024);
  const { fileSystem, gate } = await gatedFile(content);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  await client.command('RETR f', 150);
  await gate.reached;
  client.send('PWD\r\nNOOP\r\nFROB\r\nSYST\r\n');
  gate.release();
  await client.expect(226);
  await client.expect(257);
  await client.expect(200);
  await client.expect(500);
  await client.expect(215);
  assert.deepEqual(await arriving, content);
});

test('A21 more commands than may wait are read when the transfer is over', async () => {
  const { fileSystem, gate } = await gatedFile(Buffer.alloc(1000));
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  await client.command('RETR f', 150);
  await gate.reached;
  const count = 20_000;
  client.send('PWD\r\n'.repeat(count));
  gate.release();
  await client.expect(226);
  for (let index = 0; index < count; index += 1) await client.expect(257);
  await arriving;
});

test('A23 QUIT during a transfer waits for it: 226, 221, FIN', async () => {
  const content = randomBytes(3 * 1024 * 1024);
  const { fileSystem, gate } = await gatedFile(content);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  await client.command('RETR f', 150);
  await gate.reached;
  client.send('QUIT\r\n');
  gate.release();
  await client.expect(226);
  await client.expect(221);
  assert.equal(await client.end(), '');
  assert.deepEqual(await arriving, content);
});

test('A23 QUIT right behind STOR does not cost the file', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const data = await client.passive();
  client.send('STOR f\r\nQUIT\r\n');
  await client.expect(150);
  data.end('whole');
  await client.expect(226);
  await client.expect(221);
  await client.end();
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'whole');
});

test('F20 a client that ends its side behind its commands is answered to the last of them', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.socket.end('USER alice\r\nPASS wonder land\r\nMKD d\r\nPWD\r\n');
  for (const code of [331, 230, 257, 257]) await client.expect(code);
  assert.equal(await client.end(), '');
});

test('A24 a control connection reset during STOR ends the transfer and publishes nothing', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'as it was');
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('STOR f', 150);
  data.write('half of');
  await fixture.event(({ event }) => event === 'transfer-started');
  client.socket.resetAndDestroy();
  await closed(data);
  await fixture.event(({ event }) => event === 'session-closed');
  const told = await fixture.event(finished('/f'));
  assert.ok(told.event === 'transfer-finished' && told.result === 'aborted');
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'as it was');
  assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  const other = await fixture.login();
  await other.command('NOOP', 200);
});

test('A24 a control connection reset during RETR closes the data connection', async () => {
  await using fixture = await startServer({ fileSystem: big });
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('RETR big', 150);
  client.socket.resetAndDestroy();
  await closed(data);
  await fixture.event(({ event }) => event === 'session-closed');
  const other = await fixture.login();
  await other.command('NOOP', 200);
});
