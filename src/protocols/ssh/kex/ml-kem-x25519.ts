import {
  createHash,
  createPublicKey,
  decapsulate,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { SshDisconnect } from '../wire/ssh-error.ts';
import { disconnectReason } from '../wire/messages.ts';
import { generateX25519, x25519Length, x25519Secret } from './curve25519.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';

/** Octets of an ML-KEM-768 encapsulation key and of a ciphertext (FIPS 203 table 3). */
const encapsulationKeyLength = 1184;
const ciphertextLength = 1088;

function combine(quantumSafe: Buffer, classic: Buffer): Buffer {
  return createHash('sha256').update(quantumSafe).update(classic).digest();
}

function split(value: Buffer, firstLength: number): readonly [Buffer, Buffer] {
  if (value.length !== firstLength + x25519Length) throw invalid();
  return [value.subarray(0, firstLength), value.subarray(firstLength)];
}

function invalid(): SshDisconnect {
  return new SshDisconnect(
    disconnectReason.keyExchangeFailed,
    'Cannot agree on keys: the ML-KEM value of the peer is not valid',
  );
}

/**
 * `mlkem768x25519-sha256` (draft-ietf-sshm-mlkem-hybrid-kex): ML-KEM-768 and X25519 side by side, so that an
 * attacker has to break both. The secret is the hash of both secrets and is written as a string.
 */
export const mlKem768X25519: KeyExchangeMethod = {
  digest: 'sha256',
  publicEncoding: 'string',
  secretEncoding: 'string',
  startClient() {
    const kem = generateKeyPairSync('ml-kem-768');
    const classic = generateX25519();
    const kemPublic = kem.publicKey.export({ format: 'raw-public' });
    return {
      publicValue: Buffer.concat([kemPublic, classic.publicValue]),
      finish: (serverValue) =>
        openServerValue({ quantumSafe: kem.privateKey, classic: classic.privateKey }, serverValue),
    };
  },
  answer(clientValue) {
    const [kemPublic, peerClassic] = split(clientValue, encapsulationKeyLength);
    const classic = generateX25519();
    const { sharedKey, ciphertext } = encapsulateTo(kemPublic);
    return {
      publicValue: Buffer.concat([ciphertext, classic.publicValue]),
      secret: combine(sharedKey, x25519Secret(classic.privateKey, peerClassic)),
    };
  },
};

/**
 * The secret of a client that holds these keys (draft-ietf-sshm-mlkem-hybrid-kex section 2.3).
 *
 * @throws SshDisconnect (`protocol`) for a value of wrong length or one that leads to no secret
 */
export function openServerValue(
  keys: { readonly quantumSafe: KeyObject; readonly classic: KeyObject },
  serverValue: Buffer,
): Buffer {
  const [ciphertext, peerClassic] = split(serverValue, ciphertextLength);
  return combine(decapsulate(keys.quantumSafe, ciphertext), x25519Secret(keys.classic, peerClassic));
}

/** OpenSSL itself checks that the coefficients of the key are in range (FIPS 203 section 7.2). */
function encapsulateTo(kemPublic: Buffer): { readonly sharedKey: Buffer; readonly ciphertext: Buffer } {
  try {
    return encapsulate(
      createPublicKey({ key: kemPublic, format: 'raw-public', asymmetricKeyType: 'ml-kem-768' }),
    );
  } catch {
    throw invalid();
  }
}
