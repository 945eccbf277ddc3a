import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeName } from '#core/name-encoding.ts';
import { encodeError, errorNumbers, parseError } from './error-packet.ts';
import { encodeOptionAcknowledgement, readOptionAcknowledgement, type TransferOptions } from './options.ts';
import { encodeRequest, parseRequest } from './request.ts';

const seed = 20_26;

const options = fc.record(
  {
    blksize: fc.integer({ min: 8, max: 65_464 }),
    timeout: fc.integer({ min: 1, max: 255 }),
    tsize: fc.maxSafeNat(),
    windowsize: fc.integer({ min: 1, max: 65_535 }),
  },
  { requiredKeys: [] },
);

const fileName = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((octets) => octets.map((octet) => (octet === 0 ? 1 : octet)));

test('a request is read as it was written, whatever octets its name has', () => {
  fc.assert(
    fc.property(
      fc.record({
        direction: fc.constantFrom('read' as const, 'write' as const),
        mode: fc.constantFrom('octet' as const, 'netascii' as const),
        fileName,
        options,
      }),
      (request) => {
        const parsed = parseRequest(encodeRequest(request));
        assert.ok(parsed !== null && 'fileName' in parsed);
        assert.deepEqual({ ...parsed.options }, { ...request.options });
        assert.deepEqual(new Uint8Array(encodeName(parsed.fileName)), request.fileName);
        assert.equal(parsed.direction, request.direction);
        assert.equal(parsed.mode, request.mode);
      },
    ),
    { seed },
  );
});

test('no octets make the parsers throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(1, 2, 5, 6), (octets, opcode) => {
      const packet = Uint8Array.from([0, opcode, ...octets]);
      parseRequest(packet);
      const { number, text } = parseError(packet);
      assert.ok(number >= 0 && number <= 0xffff);
      assert.match(text, /^[\x20-\x7e\xa0-\xff]*$/u);
      readOptionAcknowledgement(packet, { blksize: 512, tsize: 0 });
      parseRequest(octets);
      parseError(octets);
    }),
    { seed },
  );
});

test('an OACK is read as it was written by whoever asked for at least as much', () => {
  fc.assert(
    fc.property(options, (granted: TransferOptions) => {
      const packet = encodeOptionAcknowledgement(granted);
      if (packet === null) {
        assert.deepEqual(Object.keys(granted), []);
        return;
      }
      assert.deepEqual({ ...readOptionAcknowledgement(packet, granted) }, { ...granted });
      assert.equal(readOptionAcknowledgement(packet, {}), null);
      assert.equal(readOptionAcknowledgement(packet.subarray(0, -1), granted), null);
    }),
    { seed },
  );
});

test('other packets are not requests, and padding after the options is nobody’s business', () => {
  assert.equal(parseRequest(Buffer.from([0, 3, 0, 1])), null);
  assert.equal(parseRequest(Buffer.alloc(0)), null);
  const padded = parseRequest(Buffer.from('\0\u0001f\0octet\0tsize\x000\0\0\0\0\0', 'latin1'));
  assert.deepEqual(padded, { direction: 'read', fileName: 'f', mode: 'octet', options: { tsize: 0 } });
});

test('error texts are plain ASCII of bounded length', () => {
  const packet = encodeError(errorNumbers.diskFull, `voll\n\u00e4${'x'.repeat(500)}`);
  assert.equal(packet.length, 205);
  assert.deepEqual(parseError(packet), { number: 3, text: `voll??${'x'.repeat(194)}` });
});
