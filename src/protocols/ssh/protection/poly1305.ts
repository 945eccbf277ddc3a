import * as crypto from 'node:crypto';

/** A one-shot message authentication code of OpenSSL's EVP_MAC, which Node's type declarations do not have yet. */
interface Mac {
  update(data: Uint8Array): Mac;
  final(): Buffer;
}

const { createMac } = crypto as unknown as { createMac(this: void, algorithm: string, key: Uint8Array): Mac };

/** Octets of a Poly1305 tag. */
export const poly1305Length = 16;

/** Poly1305 (RFC 8439 section 2.5) with a key that is used once. */
export function poly1305(key: Uint8Array, data: Uint8Array): Buffer {
  return createMac('poly1305', key).update(data).final();
}
