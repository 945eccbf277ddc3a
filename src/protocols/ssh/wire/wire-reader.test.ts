import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.nat(),
      fc.boolean(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (bytes, number, flag, long) => {
        const writer = new WireWriter().string(bytes).uint32(number).boolean(flag).uint64(long).mpint(bytes);
        const reader = new WireReader(writer.finish());
        assert.ok(reader.string().equals(bytes));
        assert.equal(reader.uint32(), number);
        assert.equal(reader.boolean(), flag);
        assert.equal(reader.uint64(), long);
        const magnitude = reader.mpint();
        assert.equal(
          BigInt(`0x0${magnitude.toString('hex')}`),
          BigInt(`0x0${Buffer.from(bytes).toString('hex')}`),
        );
        reader.end();
      },
    ),
    { seed: 1 },
  );
});

test('no octets make the reader read beyond them or throw another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const read of ['string', 'mpint', 'nameList', 'uint64', 'text'] as const) {
        try {
          new WireReader(Buffer.from(bytes))[read]();
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'protocol');
        }
      }
    }),
    { seed: 1 },
  );
});

test('a negative number is refused', () => {
  assert.throws(() => new WireReader(new WireWriter().string(Buffer.from([0x80])).finish()).mpint(), {
    code: 'protocol',
  });
});
