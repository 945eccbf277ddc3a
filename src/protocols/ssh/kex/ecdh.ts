import { createECDH, type ECDH } from 'node:crypto';
import { SshDisconnect } from '../wire/ssh-error.ts';
import { disconnectReason } from '../wire/messages.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';

/** OpenSSL checks that the point lies on the curve; compressed points are not allowed (RFC 5656 section 4). */
function secretOf(own: ECDH, peerValue: Buffer): Buffer {
  try {
    if (peerValue[0] === 4) return own.computeSecret(peerValue);
  } catch {
    // The peer hears the same for every value that is not a point.
  }
  throw new SshDisconnect(
    disconnectReason.keyExchangeFailed,
    'Cannot agree on keys: the elliptic curve point of the peer is not valid',
  );
}

/** `ecdh-sha2-nistp*` (RFC 5656 section 4) on the curve of that OpenSSL name. */
export function ecdh(curve: string, digest: KeyExchangeMethod['digest']): KeyExchangeMethod {
  return {
    digest,
    publicEncoding: 'string',
    secretEncoding: 'mpint',
    startClient() {
      const own = createECDH(curve);
      return { publicValue: own.generateKeys(), finish: (serverValue) => secretOf(own, serverValue) };
    },
    answer(clientValue) {
      const own = createECDH(curve);
      const publicValue = own.generateKeys();
      return { publicValue, secret: secretOf(own, clientValue) };
    },
  };
}
