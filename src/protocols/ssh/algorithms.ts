import type { KeyExchangeName } from './kex/key-exchange-methods.ts';
import type { SignatureAlgorithm } from './keys/signature-algorithms.ts';
import type { CipherName, MacName } from './protection/protections.ts';

/** What a side offers, each list in order of preference. */
export interface AlgorithmSet {
  readonly keyExchanges: readonly KeyExchangeName[];
  readonly hostKeys: readonly SignatureAlgorithm[];
  readonly ciphers: readonly CipherName[];
  readonly macs: readonly MacName[];
}

const modern: AlgorithmSet = Object.freeze<AlgorithmSet>({
  keyExchanges: [
    'mlkem768x25519-sha256',
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  hostKeys: ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
  ciphers: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
});

const standard: AlgorithmSet = Object.freeze<AlgorithmSet>({
  ...modern,
  macs: [...modern.macs, 'hmac-sha2-256', 'hmac-sha2-512'],
});

const compatible: AlgorithmSet = Object.freeze<AlgorithmSet>({
  ...standard,
  keyExchanges: [
    ...standard.keyExchanges,
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
  ],
  hostKeys: [...standard.hostKeys, 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
});

/**
 * The sets that an administrator may name. `modern` has nothing that an audit remarks on, `default` adds the
 * encrypt-and-MAC modes that clients of some age need, `compatible` the NIST curves and a group of 2048 bits.
 * Anything weaker (SHA-1, CBC, RC4, MD5, DSA, groups below 2048 bits) is not in the program.
 */
export const algorithmSets = Object.freeze({ modern, default: standard, compatible });

/** A name of {@link algorithmSets}. */
export type AlgorithmSetName = keyof typeof algorithmSets;
