import { createDiffieHellmanGroup, type DiffieHellmanGroup } from 'node:crypto';
import { SshDisconnect } from '../wire/ssh-error.ts';
import { disconnectReason } from '../wire/messages.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';

/** The secret, if 1 < value < p - 1 (RFC 4253 section 8): the other values give it away. */
function secretOf(group: DiffieHellmanGroup, peerValue: Buffer): Buffer {
  const prime = BigInt(`0x${group.getPrime('hex')}`);
  const value = BigInt(`0x${peerValue.toString('hex') || '0'}`);
  if (value <= 1n || value >= prime - 1n) {
    throw new SshDisconnect(
      disconnectReason.keyExchangeFailed,
      'Cannot agree on keys: the Diffie-Hellman value of the peer is out of range',
    );
  }
  return group.computeSecret(peerValue);
}

/**
 * `diffie-hellman-group*` (RFC 8268) with one of the groups of RFC 3526. OpenSSL picks private values as long as
 * the strength of the group asks for, so even the largest group takes some milliseconds only.
 */
export function diffieHellman(name: string, digest: KeyExchangeMethod['digest']): KeyExchangeMethod {
  return {
    digest,
    publicEncoding: 'mpint',
    secretEncoding: 'mpint',
    startClient() {
      const group = createDiffieHellmanGroup(name);
      return { publicValue: group.generateKeys(), finish: (serverValue) => secretOf(group, serverValue) };
    },
    answer(clientValue) {
      const group = createDiffieHellmanGroup(name);
      const publicValue = group.generateKeys();
      return { publicValue, secret: secretOf(group, clientValue) };
    },
  };
}
