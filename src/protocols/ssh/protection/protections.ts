import { aesGcm } from '#native/aes-gcm.ts';
import { deriveKey, type DirectionLetters, type ExchangeResult } from '../kex/key-derivation.ts';
import type { DirectionAgreement } from '../kex/negotiation.ts';
import { AesCtrEtmOpener, AesCtrOpener, AesCtrSealer, type CtrKeys, type MacMethod } from './aes-ctr-hmac.ts';
import { InPlaceAesGcmOpener, InPlaceAesGcmSealer } from './aes-gcm-in-place.ts';
import { AesGcmOpener, AesGcmSealer } from './aes-gcm.ts';
import { ChaCha20Opener, ChaCha20Sealer } from './chacha20-poly1305.ts';
import type { Opener, Sealer } from './protection.ts';

interface CipherRow {
  readonly kind: 'gcm' | 'chacha20' | 'ctr';
  /** OpenSSL's name. */
  readonly algorithm:
    'aes-128-gcm' | 'aes-256-gcm' | 'chacha20' | 'aes-128-ctr' | 'aes-192-ctr' | 'aes-256-ctr';
  readonly keyLength: number;
  readonly ivLength: number;
}

/** Every cipher there is in this program, by its name on the wire. */
export const ciphers = Object.freeze({
  'aes128-gcm@openssh.com': { kind: 'gcm', algorithm: 'aes-128-gcm', keyLength: 16, ivLength: 12 },
  'aes256-gcm@openssh.com': { kind: 'gcm', algorithm: 'aes-256-gcm', keyLength: 32, ivLength: 12 },
  'chacha20-poly1305@openssh.com': { kind: 'chacha20', algorithm: 'chacha20', keyLength: 64, ivLength: 0 },
  'aes128-ctr': { kind: 'ctr', algorithm: 'aes-128-ctr', keyLength: 16, ivLength: 16 },
  'aes192-ctr': { kind: 'ctr', algorithm: 'aes-192-ctr', keyLength: 24, ivLength: 16 },
  'aes256-ctr': { kind: 'ctr', algorithm: 'aes-256-ctr', keyLength: 32, ivLength: 16 },
}) satisfies Readonly<Record<string, CipherRow>>;

/** A name of {@link ciphers}. */
export type CipherName = keyof typeof ciphers;

/** Every MAC there is in this program, by its name on the wire. */
export const macs = Object.freeze({
  'hmac-sha2-256-etm@openssh.com': { digest: 'sha256', length: 32, encryptThenMac: true },
  'hmac-sha2-512-etm@openssh.com': { digest: 'sha512', length: 64, encryptThenMac: true },
  'hmac-sha2-256': { digest: 'sha256', length: 32, encryptThenMac: false },
  'hmac-sha2-512': { digest: 'sha512', length: 64, encryptThenMac: false },
}) satisfies Readonly<Record<string, MacMethod>>;

/** A name of {@link macs}. */
export type MacName = keyof typeof macs;

/** Whether a cipher needs no MAC beside it (RFC 5647, PROTOCOL.chacha20poly1305). */
export function isAuthenticatedCipher(name: string): boolean {
  return ciphers[name as CipherName]?.kind !== 'ctr';
}

interface DirectionKeys {
  readonly row: CipherRow;
  readonly mac: MacMethod | null;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

function deriveDirection(
  agreement: DirectionAgreement,
  result: ExchangeResult,
  letters: DirectionLetters,
): DirectionKeys {
  const row: CipherRow = ciphers[agreement.cipher as CipherName];
  const mac = agreement.mac === null ? null : macs[agreement.mac as MacName];
  return {
    row,
    mac,
    key: deriveKey(result, letters.key, row.keyLength),
    iv: deriveKey(result, letters.iv, row.ivLength),
    macKey: deriveKey(result, letters.mac, mac?.length ?? 0),
  };
}

/** Makes the protection of what is sent. */
export function createSealer(
  agreement: DirectionAgreement,
  result: ExchangeResult,
  letters: DirectionLetters,
): Sealer {
  const keys = deriveDirection(agreement, result, letters);
  const { row, mac } = keys;
  if (row.algorithm === 'aes-128-gcm' || row.algorithm === 'aes-256-gcm') {
    return aesGcm === null
      ? new AesGcmSealer(row.algorithm, keys.key, keys.iv)
      : new InPlaceAesGcmSealer(aesGcm, keys.key, keys.iv);
  }
  if (mac === null) return new ChaCha20Sealer(keys.key);
  return new AesCtrSealer(ctrKeys(keys), mac);
}

/** Makes the protection of what is received. */
export function createOpener(
  agreement: DirectionAgreement,
  result: ExchangeResult,
  letters: DirectionLetters,
): Opener {
  const keys = deriveDirection(agreement, result, letters);
  const { row, mac } = keys;
  if (row.algorithm === 'aes-128-gcm' || row.algorithm === 'aes-256-gcm') {
    return aesGcm === null
      ? new AesGcmOpener(row.algorithm, keys.key, keys.iv)
      : new InPlaceAesGcmOpener(aesGcm, keys.key, keys.iv);
  }
  if (mac === null) return new ChaCha20Opener(keys.key);
  return mac.encryptThenMac ? new AesCtrEtmOpener(ctrKeys(keys), mac) : new AesCtrOpener(ctrKeys(keys), mac);
}

function ctrKeys(keys: DirectionKeys): CtrKeys {
  return { algorithm: keys.row.algorithm, key: keys.key, iv: keys.iv, macKey: keys.macKey };
}
