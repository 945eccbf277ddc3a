import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatPhcString, parsePhcString } from './phc-string.ts';

test('a hash is read back as it was written', () => {
  const bytes = (minimum: number) => fc.uint8Array({ minLength: minimum, maxLength: 64 });
  const hashes = fc.record({
    memoryKib: fc.integer({ min: 128, max: 262_144 }),
    passes: fc.integer({ min: 1, max: 16 }),
    parallelism: fc.integer({ min: 1, max: 16 }),
    salt: bytes(8),
    hash: bytes(12),
  });
  fc.assert(
    fc.property(hashes, (value) => {
      const again = parsePhcString(formatPhcString(value));
      assert.deepEqual(
        { ...again, salt: Uint8Array.from(again.salt), hash: Uint8Array.from(again.hash) },
        { ...value, salt: Uint8Array.from(value.salt), hash: Uint8Array.from(value.hash) },
      );
    }),
    { seed: 11 },
  );
});

const good = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b0KaQ';
const refused: Readonly<Record<string, string>> = {
  nothing: '',
  'another algorithm': good.replace('argon2id', 'argon2i'),
  'another version': good.replace('v=19', 'v=16'),
  'memory beyond the bound': good.replace('m=19456', 'm=9999999'),
  'no memory': good.replace('m=19456', 'm=0'),
  'a leading zero': good.replace('t=2', 't=02'),
  'too many passes': good.replace('t=2', 't=999'),
  padding: `${good}==`,
  'a line end': `${good}\n`,
  'stray bits in the last character': good.replace('KaQ', 'KaR'),
  bcrypt: '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
};
test('a hash of the reference program is read', () => {
  assert.equal(parsePhcString(good).memoryKib, 19456);
});
for (const [what, text] of Object.entries(refused)) {
  test(`a PHC string with ${what} is refused without being repeated`, () => {
    assert.throws(
      () => parsePhcString(text),
      (error: Error & { code?: string }) =>
        error.code === 'invalid-argument' && (text === '' || !error.message.includes(text)),
    );
  });
}
