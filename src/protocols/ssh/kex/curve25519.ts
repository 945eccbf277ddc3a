import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SshDisconnect } from '../wire/ssh-error.ts';
import { disconnectReason } from '../wire/messages.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';

/** Octets of a public value and of a secret of X25519 (RFC 7748). */
export const x25519Length = 32;

/** A fresh X25519 key with its public value. */
export function generateX25519(): { readonly privateKey: KeyObject; readonly publicValue: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicValue: publicKey.export({ format: 'raw-public' }) };
}

/**
 * The X25519 secret. A public value of low order gives zeros, which RFC 8731 section 3 refuses.
 *
 * @throws SshDisconnect (`protocol`) for a value of wrong length or of low order
 */
export function x25519Secret(privateKey: KeyObject, peerValue: Buffer): Buffer {
  try {
    const publicKey = createPublicKey({
      key: peerValue,
      format: 'raw-public',
      asymmetricKeyType: 'x25519',
    });
    const secret = diffieHellman({ privateKey, publicKey });
    if (secret.some((byte) => byte !== 0)) return secret;
  } catch {
    // OpenSSL refuses what is no point of the curve or gives zeros; the peer hears the same for all of it.
  }
  throw new SshDisconnect(
    disconnectReason.keyExchangeFailed,
    'Cannot agree on keys: the X25519 value of the peer is not valid',
  );
}

/** `curve25519-sha256` (RFC 8731). */
export const curve25519: KeyExchangeMethod = {
  digest: 'sha256',
  publicEncoding: 'string',
  secretEncoding: 'mpint',
  startClient() {
    const { privateKey, publicValue } = generateX25519();
    return { publicValue, finish: (serverValue) => x25519Secret(privateKey, serverValue) };
  },
  answer(clientValue) {
    const { privateKey, publicValue } = generateX25519();
    return { publicValue, secret: x25519Secret(privateKey, clientValue) };
  },
};
