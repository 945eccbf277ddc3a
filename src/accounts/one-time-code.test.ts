import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '#core/secret.ts';
import { codeAt, codeUri, makeCodeSecret, matchCode, normaliseCodeSecret, stepAt } from './one-time-code.ts';

/** The secret of RFC 6238 appendix B in base32: the ASCII digits 12345678901234567890. */
const secret = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');

/** RFC 6238 appendix B, SHA-1, the last six of eight digits. */
for (const [seconds, code] of [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const) {
  test(`at ${seconds} s the code is ${code}`, () => {
    assert.equal(codeAt(secret, stepAt(seconds * 1000)), code);
  });
}

test('a code counts a step before and after its own, once', () => {
  const at = 1_111_111_109_000;
  const step = stepAt(at);
  for (const [shift, found] of [
    [-2, null],
    [-1, step],
    [0, step],
    [1, step],
    [2, null],
  ] as const) {
    assert.equal(matchCode(secret, '081804', { at: at + shift * 30_000, lastStep: 0 }), found, `${shift}`);
  }
  assert.equal(matchCode(secret, '081804', { at, lastStep: step }), null);
  assert.equal(matchCode(secret, '081804', { at, lastStep: step - 1 }), step);
});

test('a clock that was set back does not lock the account out until its old time', () => {
  const at = 1_111_111_109_000;
  assert.equal(matchCode(secret, '081804', { at, lastStep: stepAt(at) + 1_000_000 }), stepAt(at));
});

for (const code of ['', '08180', '0818040', ' 081804', '081804\0', 'abcdef', '０８１８０４']) {
  test(`${JSON.stringify(code)} is no code`, () => {
    assert.equal(matchCode(secret, code, { at: 1_111_111_109_000, lastStep: 0 }), null);
  });
}

test('secrets are made anew each time, have 160 bits, and are read as apps write them', () => {
  const first = makeCodeSecret();
  assert.match(first.reveal(), /^[A-Z2-7]{32}$/u);
  assert.notEqual(first.reveal(), makeCodeSecret().reveal());
  const spaced = new Secret('gezd gnbv-gy3t qojq GEZD GNBV GY3T QOJQ==');
  assert.equal(normaliseCodeSecret(spaced).reveal(), secret.reveal());
  for (const wrong of ['', 'ABC', 'GEZDGNBVGY3TQOJ0', 'A'.repeat(400)]) {
    assert.throws(() => normaliseCodeSecret(new Secret(wrong)), { code: 'invalid-argument' });
  }
});

test('the URI for an app holds everything, and no name breaks out of it', () => {
  const uri = codeUri(secret, { issuer: 'my server', account: 'a&secret=x:ö' });
  assert.equal(String(uri), '***');
  const url = new URL(uri.reveal());
  assert.equal(url.searchParams.get('secret'), secret.reveal());
  assert.equal(url.searchParams.get('issuer'), 'my server');
  assert.equal(decodeURIComponent(url.pathname), '/my server:a&secret=x:ö');
});
