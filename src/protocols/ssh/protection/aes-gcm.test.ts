import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { aesGcm } from '#native/aes-gcm.ts';
import { keepBytes } from '../wire/keep-bytes.ts';
import { InPlaceAesGcmOpener, InPlaceAesGcmSealer } from './aes-gcm-in-place.ts';
import { AesGcmOpener, AesGcmSealer } from './aes-gcm.ts';
import { maximumTagLength, type Opener, type Sealer } from './protection.ts';

interface Way {
  readonly name: string;
  sealer(key: Buffer, iv: Buffer): Sealer;
  opener(key: Buffer, iv: Buffer): Opener;
}

const tagLength = 16;

function algorithmOf(key: Buffer): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}

const ways: Way[] = [
  {
    name: 'node:crypto',
    sealer: (key, iv) => new AesGcmSealer(algorithmOf(key), key, iv),
    opener: (key, iv) => new AesGcmOpener(algorithmOf(key), key, iv),
  },
];
const gcm = aesGcm;
if (gcm !== null) {
  ways.push({
    name: 'addon',
    sealer: (key, iv) => new InPlaceAesGcmSealer(gcm, key, iv),
    opener: (key, iv) => new InPlaceAesGcmOpener(gcm, key, iv),
  });
}

function framed(content: Uint8Array): Buffer {
  const packet = Buffer.alloc(4 + content.length);
  packet.writeUInt32BE(content.length);
  packet.set(content, 4);
  return packet;
}

function sealed(sealer: Sealer, content: Uint8Array): Buffer {
  const packet = framed(content);
  const room = Buffer.concat([packet, Buffer.alloc(maximumTagLength)]);
  return keepBytes(room.subarray(0, sealer.seal(room, packet.length, 0)));
}

const keys = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);
// The counter's last octets close to their end, so that it carries.
const ivs = fc
  .uint8Array({ minLength: 11, maxLength: 11 })
  .map((bytes) => Buffer.concat([bytes, Buffer.from([254])]));
const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { minLength: 1, maxLength: 5 });

test('every way of AES-GCM seals to the same octets, and opens what any other sealed', () => {
  fc.assert(
    fc.property(keys, ivs, contents, (keyBytes, iv, packets) => {
      const key = Buffer.from(keyBytes);
      const streams = ways.map((way) => {
        const sealer = way.sealer(key, iv);
        return packets.map((content) => sealed(sealer, content));
      });
      for (const stream of streams) assert.deepEqual(stream, streams[0]);
      for (const way of ways) {
        const [opener, own] = [way.opener(key, iv), way.opener(key, iv)];
        for (const [index, content] of packets.entries()) {
          const packet = streams[0]?.[index] ?? Buffer.alloc(0);
          const source = Buffer.concat([Buffer.alloc(7), packet, Buffer.alloc(9)]);
          assert.equal(opener.readLength(source, 7, 0), content.length);
          assert.deepEqual(opener.open(source, 7, content.length, 0), Buffer.from(content));
          if (own.openOwn !== undefined)
            assert.deepEqual(own.openOwn(keepBytes(packet)), Buffer.from(content));
        }
      }
    }),
    { seed: 1 },
  );
});

for (const way of ways) {
  test(`${way.name}: one changed octet anywhere in a packet is found`, () => {
    const key = Buffer.alloc(16, 1);
    const iv = Buffer.alloc(12, 2);
    const packet = sealed(way.sealer(key, iv), Buffer.alloc(48, 3));
    for (let index = 0; index < packet.length; index += 1) {
      const changed = keepBytes(packet);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const length = packet.length - 4 - tagLength;
      assert.throws(() => way.opener(key, iv).open(changed, 0, length, 0), { code: 'integrity' });
      const opener = way.opener(key, iv);
      if (opener.openOwn !== undefined) assert.throws(() => opener.openOwn?.(changed), { code: 'integrity' });
    }
  });
}

test('the addon refuses lengths that no packet has', { skip: gcm === null && 'there is no addon' }, () => {
  const [key, iv, packet, target] = [16, 12, 52, 32].map((length) => Buffer.alloc(length)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  assert.equal(gcm?.gcmSeal(key, iv, packet, 4), true);
  assert.equal(gcm?.gcmOpen(key, iv, packet, 4, target), true);
  for (const clear of [-1, 37, 2 ** 31]) {
    assert.equal(gcm?.gcmSeal(key, iv, packet, clear), false);
    assert.equal(gcm?.gcmOpen(key, iv, packet, clear, target), false);
  }
  assert.equal(gcm?.gcmSeal(key.subarray(1), iv, packet, 4), false);
  assert.equal(gcm?.gcmSeal(key, iv.subarray(1), packet, 4), false);
  assert.equal(gcm?.gcmSeal(key, iv, packet.subarray(0, 19), 4), false);
  assert.equal(gcm?.gcmOpen(key, iv, packet, 4, target.subarray(1)), false);
});
