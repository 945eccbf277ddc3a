/** AES-GCM by the addon, where it was built and Node shows its OpenSSL to addons; else `node:crypto` has to do. */
import { loadBinding } from './linux/binding.ts';

/**
 * AES-GCM of packets where they lie, with a key of 16 or 32 octets and an IV of 12. The first `clearLength` octets of a
 * packet are authenticated and stay as they are, the last 16 are the tag.
 */
export interface AesGcm {
  /** Encrypts `packet` and writes its tag; false for lengths that are not possible. */
  gcmSeal(key: Uint8Array, iv: Uint8Array, packet: Uint8Array, clearLength: number): boolean;
  /**
   * Decrypts what lies between into `target`, which has exactly that length and may be the same place.
   *
   * @returns whether the tag was right; if not, what `target` holds is worth nothing
   */
  gcmOpen(
    key: Uint8Array,
    iv: Uint8Array,
    packet: Uint8Array,
    clearLength: number,
    target: Uint8Array,
  ): boolean;
}

function aesGcmOf(binding: object | undefined): AesGcm | null {
  return binding !== undefined && 'gcmSeal' in binding ? (binding as AesGcm) : null;
}

/** Null where there is none. */
export const aesGcm: AesGcm | null = aesGcmOf(loadBinding());
