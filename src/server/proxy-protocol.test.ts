import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { longestProxyBlock, parseProxyHeader } from './proxy-protocol.ts';

const signature = '\r\n\r\n\0\r\nQUIT\n';

function versionTwo(command: number, family: number, block: Buffer): Buffer {
  const prefix = Buffer.from(`${signature}\0\0\0\0`, 'latin1');
  prefix.writeUInt8(command, 12);
  prefix.writeUInt8(family, 13);
  prefix.writeUInt16BE(block.length, 14);
  return Buffer.concat([prefix, block]);
}

const ipv4Block = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0, 21]);
const ipv6Block = Buffer.alloc(36);
ipv6Block.set([0x20, 0x01, 0x0d, 0xb8], 0);
ipv6Block.set([1], 15);
ipv6Block.set([0xff, 0xff, 192, 0, 2, 9], 26);
ipv6Block.writeUInt16BE(4000, 32);
ipv6Block.writeUInt16BE(990, 34);

const text = (line: string) => Buffer.from(line, 'latin1');
const client = { address: '192.0.2.1', port: 12_345 };
const here = { address: '198.51.100.2', port: 21 };

const good: readonly (readonly [string, Buffer, object])[] = [
  [
    'TCP4',
    text('PROXY TCP4 192.0.2.1 198.51.100.2 12345 21\r\n'),
    { command: 'proxy', source: client, destination: here },
  ],
  [
    'TCP6',
    text('PROXY TCP6 2001:DB8:0::1 ::ffff:192.0.2.9 1 65535\r\n'),
    {
      command: 'proxy',
      source: { address: '2001:db8::1', port: 1 },
      destination: { address: '192.0.2.9', port: 65_535 },
    },
  ],
  ['UNKNOWN', text('PROXY UNKNOWN\r\n'), { command: 'proxy', source: null, destination: null }],
  [
    'UNKNOWN with addresses',
    text('PROXY UNKNOWN ff::1 ff::2 1 2\r\n'),
    { command: 'proxy', source: null, destination: null },
  ],
  [
    'version 2 over IPv4',
    versionTwo(0x21, 0x11, ipv4Block),
    { command: 'proxy', source: client, destination: here },
  ],
  [
    'version 2 over IPv6',
    versionTwo(0x21, 0x21, ipv6Block),
    {
      command: 'proxy',
      source: { address: '2001:db8::1', port: 4000 },
      destination: { address: '192.0.2.9', port: 990 },
    },
  ],
  [
    'version 2 with fields',
    versionTwo(0x21, 0x11, Buffer.concat([ipv4Block, Buffer.from([4, 0, 2, 9, 9, 0x20, 0, 0])])),
    { command: 'proxy', source: client, destination: here },
  ],
  [
    'a health check',
    versionTwo(0x20, 0x11, Buffer.from('anything')),
    { command: 'local', source: null, destination: null },
  ],
  [
    'no address',
    versionTwo(0x21, 0x00, Buffer.alloc(0)),
    { command: 'proxy', source: null, destination: null },
  ],
  [
    'a Unix socket',
    versionTwo(0x21, 0x31, Buffer.alloc(216)),
    { command: 'proxy', source: null, destination: null },
  ],
];

for (const [what, bytes, expected] of good) {
  test(`a header of ${what} is read, whole and however it is split, and not beyond its end`, () => {
    const version = bytes[0] === 0x0d ? 2 : 1;
    const whole = { version, ...expected, length: bytes.length };
    assert.deepEqual(parseProxyHeader(bytes), whole);
    assert.deepEqual(parseProxyHeader(Buffer.concat([bytes, text('USER anna\r\n')])), whole);
    for (let length = 0; length < bytes.length; length += 1) {
      const part = parseProxyHeader(bytes.subarray(0, length));
      assert.ok('neededLength' in part && part.neededLength > length && part.neededLength <= bytes.length);
    }
  });
}

const bad: Readonly<Record<string, Buffer>> = {
  'an FTP command': text('USER anna\r\n'),
  'an HTTP request': text('GET / HTTP/1.1\r\n\r\n'),
  'lower case': text('proxy TCP4 192.0.2.1 198.51.100.2 12345 21\r\n'),
  'a line end without CR': text('PROXY TCP4 192.0.2.1 198.51.100.2 12345 21\n'),
  'two spaces': text('PROXY TCP4  192.0.2.1 198.51.100.2 12345 21\r\n'),
  'something after the ports': text('PROXY TCP4 192.0.2.1 198.51.100.2 12345 21 x\r\n'),
  'the wrong family': text('PROXY TCP6 192.0.2.1 198.51.100.2 12345 21\r\n'),
  'a port too large': text('PROXY TCP4 192.0.2.1 198.51.100.2 65536 21\r\n'),
  'a port with a leading zero': text('PROXY TCP4 192.0.2.1 198.51.100.2 01 21\r\n'),
  'an octet too large': text('PROXY TCP4 192.0.2.256 198.51.100.2 1 21\r\n'),
  'a carriage return inside': text('PROXY TCP4 192.0.2.1\r198.51.100.2 1 21\r\n'),
  'an endless line': text(`PROXY UNKNOWN ${'x'.repeat(200)}`),
  'an unknown version': versionTwo(0x31, 0x11, ipv4Block),
  'an unknown command': versionTwo(0x22, 0x11, ipv4Block),
  'a datagram': versionTwo(0x21, 0x12, ipv4Block),
  'an unknown family': versionTwo(0x21, 0x41, ipv4Block),
  'addresses cut off': versionTwo(0x21, 0x11, ipv4Block.subarray(1)),
  'a field cut off': versionTwo(0x21, 0x11, Buffer.concat([ipv4Block, Buffer.from([4, 0])])),
  'a field that lies about its length': versionTwo(
    0x21,
    0x11,
    Buffer.concat([ipv4Block, Buffer.from([4, 0, 9, 1])]),
  ),
  'too long a block': versionTwo(0x21, 0x11, Buffer.alloc(longestProxyBlock + 1)).subarray(0, 16),
};

for (const [what, bytes] of Object.entries(bad)) {
  test(`${what} is no header`, () => {
    assert.throws(() => parseProxyHeader(bytes), { code: 'protocol' });
  });
}

test('any octets are read, found incomplete or refused, and never ask for more than the cap', () => {
  const begun = fc
    .tuple(fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', signature), fc.uint8Array({ maxLength: 300 }))
    .map(([beginning, rest]) => Buffer.concat([text(beginning), rest]));
  fc.assert(
    fc.property(begun, (bytes) => {
      try {
        const header = parseProxyHeader(bytes);
        if ('neededLength' in header) assert.ok(header.neededLength <= 16 + longestProxyBlock);
        else assert.ok(header.length <= bytes.length);
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, 'protocol');
      }
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test('every IPv4 end survives both versions', () => {
  const end = fc
    .record({ address: fc.ipV4(), port: fc.integer({ min: 0, max: 65_535 }) })
    .map((value) => ({ ...value }));
  fc.assert(
    fc.property(end, end, (source, destination) => {
      const block = Buffer.alloc(12);
      block.set(source.address.split('.').map(Number), 0);
      block.set(destination.address.split('.').map(Number), 4);
      block.writeUInt16BE(source.port, 8);
      block.writeUInt16BE(destination.port, 10);
      const line = `PROXY TCP4 ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`;
      for (const bytes of [versionTwo(0x21, 0x11, block), text(line)]) {
        const header = parseProxyHeader(bytes);
        assert.ok('source' in header);
        assert.deepEqual([header.source, header.destination], [source, destination]);
      }
    }),
    { seed: 4 },
  );
});
