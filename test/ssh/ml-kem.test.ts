import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { encodeSecret, exchangeHash } from '#protocols/ssh/kex/exchange-hash.ts';
import { mlKem768X25519, openServerValue } from '#protocols/ssh/kex/ml-kem-x25519.ts';
import { proveHostKey } from '#protocols/ssh/transport/host-key-proof.ts';

/**
 * A key exchange of this client with OpenSSH 10.0p2 of Debian 13, as both sides saw it, with the client's own one-time keys.
 * The server's signature is over the hash of all of it and of the secret, so it is right only if both sides agreed on
 * every octet. For machines whose OpenSSH does not know ML-KEM.
 */
const recorded = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'mlkem768x25519-openssh-10.json'), 'utf8'),
) as Readonly<Record<string, string>>;

const bytes = (field: string): Buffer => Buffer.from(recorded[field] ?? '', 'base64');
const privateKey = (field: string) => createPrivateKey({ key: bytes(field), format: 'der', type: 'pkcs8' });

function prove(serverValue: Buffer): void {
  const keys = { quantumSafe: privateKey('quantumSafe'), classic: privateKey('classic') };
  const secret = encodeSecret(mlKem768X25519, openServerValue(keys, serverValue));
  const record = {
    clientIdentification: bytes('clientIdentification'),
    serverIdentification: bytes('serverIdentification'),
    clientInit: bytes('clientInit'),
    serverInit: bytes('serverInit'),
    hostKey: bytes('hostKey'),
    clientValue: bytes('clientValue'),
    serverValue,
  };
  proveHostKey({
    algorithm: 'ssh-ed25519',
    blob: record.hostKey,
    signature: bytes('signature'),
    hash: exchangeHash(mlKem768X25519, record, secret),
  });
}

test('M05: mlkem768x25519-sha256 gives the secret and the hash that OpenSSH has signed', () => {
  prove(bytes('serverValue'));
});

test('an ML-KEM value in which one bit is wrong leads to another secret, and its proof fails', () => {
  for (const at of [0, 1087, 1088]) {
    const changed = bytes('serverValue');
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(
      () => {
        prove(changed);
      },
      { code: 'not-trusted' },
    );
  }
});

test('ML-KEM values of another length, or with coefficients out of range, are refused', () => {
  assert.throws(() => {
    prove(bytes('serverValue').subarray(1));
  }, /not valid/);
  const client = bytes('clientValue');
  assert.throws(() => mlKem768X25519.answer(client.subarray(1)), /not valid/);
  assert.throws(() => mlKem768X25519.answer(Buffer.concat([client, Buffer.alloc(1)])), /not valid/);
  client.fill(0xff, 0, 1152);
  assert.throws(() => mlKem768X25519.answer(client), /not valid/);
});
