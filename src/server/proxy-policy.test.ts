import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { TcpListener, type TcpSocket } from '#native/index.ts';
import { proxyPolicy } from './proxy-policy.ts';

const policy = proxyPolicy(['192.0.2.0/24', '2001:db8::/32', '198.51.100.7']);
const line = 'PROXY TCP4 203.0.113.5 198.51.100.2 12345 21\r\n';
const longEnoughMs = 60_000;

test('only addresses of the trusted networks may speak for others', () => {
  for (const address of ['192.0.2.9', '::ffff:192.0.2.9', '2001:db8::9', '198.51.100.7']) {
    assert.equal(policy.trusts(address), true, address);
  }
  for (const address of ['192.0.3.9', '2001:db9::9', '198.51.100.8', '', 'localhost', '::1']) {
    assert.equal(policy.trusts(address), false, address);
  }
});

test('text that is no network is refused', () => {
  for (const network of [
    '',
    'example.org',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/x',
  ]) {
    assert.throws(() => proxyPolicy([network]), { code: 'invalid-argument' }, network);
  }
});

/** Two ends of a connection over loopback: ours, and one that a test writes to. */
async function pair(context: TestContext): Promise<{ near: TcpSocket; far: Socket }> {
  const listener = await TcpListener.bind({ host: '127.0.0.1', port: 0 });
  await listener.listen();
  const far = connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
  const near = await listener.accept();
  listener.close();
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}

async function readRest(socket: TcpSocket): Promise<string> {
  const target = Buffer.alloc(64);
  let text = '';
  for (let count = await socket.read(target); count > 0; count = await socket.read(target)) {
    text += target.toString('latin1', 0, count);
  }
  return text;
}

test('the header is taken off a control connection that comes octet by octet, and the rest stays', async (context) => {
  const { near, far } = await pair(context);
  const unwrapped = policy.unwrap(near, longEnoughMs);
  for (const octet of `${line}USER anna\r\n`) {
    await new Promise((resolve) => void far.write(octet, resolve));
  }
  assert.deepEqual(await unwrapped, {
    remoteAddress: '203.0.113.5',
    remotePort: 12_345,
    localAddress: '198.51.100.2',
    localPort: 21,
  });
  far.end();
  assert.equal(await readRest(near), 'USER anna\r\n');
});

test('header and command in one segment are told apart', async (context) => {
  const { near, far } = await pair(context);
  far.end(`${line}USER anna\r\n`);
  const ends = await policy.unwrap(near, longEnoughMs);
  assert.equal(ends?.remoteAddress, '203.0.113.5');
  assert.equal(await readRest(near), 'USER anna\r\n');
});

test('a header that names nobody is null', async (context) => {
  const { near, far } = await pair(context);
  far.write('PROXY UNKNOWN\r\n');
  assert.equal(await policy.unwrap(near, longEnoughMs), null);
});

test('a command instead of a header is a protocol error, an early end is a lost connection', async (context) => {
  const { near, far } = await pair(context);
  far.write('USER anna\r\n');
  await assert.rejects(policy.unwrap(near, longEnoughMs), { code: 'protocol' });
  const second = await pair(context);
  second.far.end('PROXY TCP4 ');
  await assert.rejects(policy.unwrap(second.near, longEnoughMs), { code: 'connection-lost' });
});

test('a header that does not come is a timeout', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { near } = await pair(context);
  const rejected = assert.rejects(policy.unwrap(near, 5000), { code: 'timeout' });
  context.mock.timers.tick(5000);
  await rejected;
});

/** Gives out the octets a few at a time and remembers how many were taken. */
function dataSocket(octets: Buffer, stride: number) {
  let position = 0;
  const socket = {
    remoteAddress: '192.0.2.1',
    read(target: Uint8Array): number {
      const chunk = octets.subarray(position, position + Math.min(stride, target.length));
      target.set(chunk);
      position += chunk.length;
      return chunk.length;
    },
    get taken() {
      return position;
    },
  };
  return socket as typeof socket & TcpSocket;
}

const versionTwo = Buffer.concat([
  Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f', 'latin1'),
  Buffer.from([203, 0, 113, 5, 198, 51, 100, 2, 1, 2, 3, 4, 4, 0, 0]),
]);

for (const stride of [1, 2, 7, 1000]) {
  test(`the header is taken off a data connection without an octet of the file, ${stride} at a time`, async () => {
    for (const header of [Buffer.from(line), versionTwo]) {
      const socket = dataSocket(Buffer.concat([header, Buffer.from('file')]), stride);
      assert.equal((await policy.unwrap(socket, longEnoughMs))?.remoteAddress, '203.0.113.5');
      assert.equal(socket.taken, header.length);
    }
  });
}

test('a data connection without a whole header is refused', async () => {
  await assert.rejects(policy.unwrap(dataSocket(Buffer.from('file that begins'), 9), longEnoughMs), {
    code: 'protocol',
  });
  await assert.rejects(policy.unwrap(dataSocket(versionTwo.subarray(0, 20), 9), longEnoughMs), {
    code: 'connection-lost',
  });
});
