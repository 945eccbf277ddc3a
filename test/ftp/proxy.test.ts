import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { proxyPolicy } from '#server/proxy-policy.ts';
import { dial, RawClient, readAll, type TestServer } from './harness.ts';
import { closed, contentOf, namesIn, parseExtendedPassive, putFile } from './helpers.ts';
import { startTlsServer, TlsClient, versions } from './tls-harness.ts';

const clientAddress = '203.0.113.5';
const otherAddress = '203.0.113.6';
/** An address of loopback that is no proxy. */
const untrusted = '127.0.0.9';

/** Header of version 1. */
function textHeader(source = clientAddress): Buffer {
  return Buffer.from(`PROXY TCP4 ${source} 198.51.100.1 4711 21\r\n`);
}

/** Header of version 2, with type-length-value fields behind the addresses. */
function binaryHeader(source = clientAddress, fields: Buffer = Buffer.alloc(0)): Buffer {
  const block = Buffer.alloc(12);
  source.split('.').forEach((part, index) => block.writeUInt8(Number(part), index));
  [198, 51, 100, 1].forEach((part, index) => block.writeUInt8(part, 4 + index));
  block.writeUInt16BE(4711, 8);
  block.writeUInt16BE(21, 10);
  const prefix = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0', 'latin1');
  prefix.writeUInt16BE(block.length + fields.length, 14);
  return Buffer.concat([prefix, block, fields]);
}

const headers = {
  'version 1': textHeader,
  'version 2': binaryHeader,
  'version 2 with fields': (source?: string) =>
    binaryHeader(source, Buffer.from('\x04\0\x05hello\x05\0\x03abc', 'latin1')),
} as const;

async function startBehindProxy(): Promise<TestServer> {
  return startTlsServer({ proxy: proxyPolicy(['127.0.0.1/32']), timeouts: { connectMs: 20_000 } });
}

/** Logs in as the client of the header, over the proxy. */
async function login(fixture: TestServer, header = textHeader()): Promise<RawClient> {
  const raw = await RawClient.connect('127.0.0.1', fixture.port());
  raw.socket.write(header);
  await raw.expect(220);
  await raw.command('USER alice', 331);
  await raw.command('PASS wonder land', 230);
  await raw.command('TYPE I', 200);
  return raw;
}

async function passivePort(raw: RawClient): Promise<number> {
  return parseExtendedPassive((await raw.command('EPSV', 229)).text);
}

async function dialFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  return socket;
}

for (const [name, header] of Object.entries(headers)) {
  test(`23 a header of ${name} tells who the client is, on control and data connections`, async () => {
    await using fixture = await startBehindProxy();
    const raw = await login(fixture, header());
    const opened = await fixture.event(({ event }) => event === 'session-opened');
    assert.ok(opened.event === 'session-opened' && opened.remoteAddress === clientAddress);
    assert.match((await raw.command('PASV', 227)).text, /\(198,51,100,1,/u);
    const content = randomBytes(700_000);
    const up = await dial('127.0.0.1', await passivePort(raw));
    up.write(header());
    await raw.command('STOR f', 150);
    up.end(content);
    await raw.expect(226);
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
    const down = await dial('127.0.0.1', await passivePort(raw));
    down.write(header());
    await raw.command('RETR f', 150);
    assert.ok((await readAll(down)).equals(content));
    await raw.expect(226);
  });

  for (const version of versions) {
    test(`23 TLS begins right behind a header of ${name}, in its segment (${version})`, async () => {
      await using fixture = await startBehindProxy();
      const plain = await RawClient.connect('127.0.0.1', fixture.port());
      plain.socket.write(header());
      await plain.expect(220);
      const client = await TlsClient.secure(plain, version);
      const { raw } = client;
      for (const [line, code] of [
        ['PBSZ 0', 200],
        ['PROT P', 200],
        ['USER alice', 331],
        ['PASS wonder land', 230],
        ['TYPE I', 200],
      ] as const) {
        await raw.command(line, code);
      }
      const content = randomBytes(700_000);
      const dialProxied = async (): Promise<Socket> => {
        const socket = await dial('127.0.0.1', await passivePort(raw));
        // Held back until the ClientHello follows it.
        socket.cork();
        socket.write(header());
        process.nextTick(() => setImmediate(() => socket.uncork()));
        return socket;
      };
      const up = await dialProxied();
      raw.send('STOR f\r\n');
      const upTls = client.secureData(up);
      await raw.expect(150);
      const sending = await upTls;
      sending.resume();
      sending.end(content);
      await raw.expect(226);
      assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
      const down = await dialProxied();
      raw.send('RETR f\r\n');
      const downTls = client.secureData(down);
      await raw.expect(150);
      const receiving = await downTls;
      assert.ok((await readAll(receiving)).equals(content));
      receiving.end();
      await raw.expect(226);
    });
  }
}

test('23 implicit TLS behind a header', async () => {
  await using fixture = await startTlsServer({ proxy: proxyPolicy(['127.0.0.1/32']), ftps: true });
  const socket = await dial('127.0.0.1', fixture.port('ftps'));
  socket.write(binaryHeader());
  const raw = await RawClient.connectTls({ socket });
  await raw.expect(220);
  await raw.command('NOOP', 200);
  raw.destroy();
});

for (const [name, octets] of Object.entries({
  'no header': Buffer.from('USER alice\r\nPASS wonder land\r\n'),
  'a header with a forged family': Buffer.from('PROXY TCP6 203.0.113.5 198.51.100.1 1 2\r\n'),
  'an endless line': Buffer.concat([Buffer.from('PROXY TCP4 '), Buffer.alloc(400, 0x31)]),
  'a block beyond every measure': Buffer.concat([
    binaryHeader().subarray(0, 14),
    Buffer.from([0xff, 0xff]),
    Buffer.alloc(70_000),
  ]),
  'a field that lies about its length': binaryHeader(clientAddress, Buffer.from([4, 0xff, 0xff, 1])),
})) {
  test(`23 from a trusted proxy ${name} is refused, and no command is executed`, async () => {
    await using fixture = await startBehindProxy();
    const raw = await RawClient.connect('127.0.0.1', fixture.port());
    raw.socket.write(octets);
    const said = await raw.end();
    assert.doesNotMatch(said, /^(?:220|331|230)/mu);
    await fixture.event(({ event }) => event === 'session-refused');
    assert.ok(!fixture.events.some(({ event }) => event === 'command' || event === 'session-opened'));
    raw.destroy();
  });
}

test('23 half a header and then silence is closed in time', async () => {
  await using fixture = await startTlsServer({
    proxy: proxyPolicy(['127.0.0.1/32']),
    timeouts: { loginMs: 60 },
  });
  const raw = await RawClient.connect('127.0.0.1', fixture.port());
  raw.socket.write(textHeader().subarray(0, 20));
  await raw.end();
  await fixture.event(({ event }) => event === 'session-refused');
  raw.destroy();
});

test('23 a header from anybody else is no header: it changes nobody’s address', async () => {
  await using fixture = await startBehindProxy();
  const socket = await dialFrom(untrusted, fixture.port());
  let text = '';
  socket.on('data', (octets: Buffer) => {
    text += octets.toString('latin1');
    if (text.startsWith('220 ') && !socket.writableEnded)
      socket.end(Buffer.concat([textHeader(), Buffer.from('QUIT\r\n')]));
  });
  await closed(socket);
  assert.match(text, /^220 [^\r]*\r\n500 /u);
  const opened = await fixture.event(({ event }) => event === 'session-opened');
  assert.ok(opened.event === 'session-opened' && opened.remoteAddress === untrusted);
});

test('23 the proxy speaks for itself in a health check', async () => {
  await using fixture = await startBehindProxy();
  const raw = await RawClient.connect('127.0.0.1', fixture.port());
  raw.socket.write(Buffer.from('\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', 'latin1'));
  await raw.expect(220);
  await raw.command('QUIT', 221);
  raw.destroy();
});

/** Connections to a passive port that are not the client's. */
const strangers: Readonly<Record<string, { readonly from: string; readonly octets: Buffer }>> = {
  'another client of the proxy': { from: '127.0.0.1', octets: textHeader(otherAddress) },
  'no header from the proxy': { from: '127.0.0.1', octets: Buffer.from('this is an upload, not a header') },
  'a spoofed header from elsewhere': { from: untrusted, octets: textHeader() },
  'a connection past the proxy': { from: untrusted, octets: Buffer.from('stolen') },
};

for (const [name, { from, octets }] of Object.entries(strangers)) {
  test(`23 on a data port ${name} is turned away, and the client still served`, async () => {
    await using fixture = await startBehindProxy();
    await putFile(fixture.fileSystem, '/f', 'secret');
    const raw = await login(fixture);
    for (const line of ['RETR f', 'STOR g']) {
      const port = await passivePort(raw);
      const stranger = await dialFrom(from, port);
      const stolen: Buffer[] = [];
      stranger.on('data', (chunk: Buffer) => stolen.push(chunk));
      stranger.write(octets);
      raw.send(`${line}\r\n`);
      await raw.expect(150);
      await closed(stranger);
      assert.equal(Buffer.concat(stolen).length, 0);
      const own = await dial('127.0.0.1', port);
      own.write(textHeader());
      if (line === 'RETR f') assert.equal((await readAll(own)).toString(), 'secret');
      else own.end('mine');
      await raw.expect(226);
      own.destroy();
    }
    assert.equal((await contentOf(fixture.fileSystem, '/g'))?.toString(), 'mine');
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f', 'g']);
  });
}
