import { createHash } from 'node:crypto';

/** What one key exchange leaves behind for the derivation of keys (RFC 4253 section 7.2). */
export interface ExchangeResult {
  readonly digest: string;
  /** The secret as {@link encodeSecret} writes it. */
  readonly secret: Buffer;
  readonly exchangeHash: Buffer;
  /** The exchange hash of the connection's first key exchange. */
  readonly sessionId: Buffer;
}

/** The letters that tell the keys of one direction apart. */
export interface DirectionLetters {
  readonly iv: string;
  readonly key: string;
  readonly mac: string;
}

/** Letters of RFC 4253 section 7.2, by who sends. */
export const directionLetters = Object.freeze({
  client: { iv: 'A', key: 'C', mac: 'E' },
  server: { iv: 'B', key: 'D', mac: 'F' },
}) satisfies Readonly<Record<'client' | 'server', DirectionLetters>>;

/** The first `length` octets of the key named by `letter`. */
export function deriveKey(result: ExchangeResult, letter: string, length: number): Buffer {
  const hash = (...parts: readonly Uint8Array[]): Buffer => {
    const digest = createHash(result.digest).update(result.secret).update(result.exchangeHash);
    for (const part of parts) digest.update(part);
    return digest.digest();
  };
  let key = hash(Buffer.from(letter, 'latin1'), result.sessionId);
  while (key.length < length) key = Buffer.concat([key, hash(key)]);
  return key.subarray(0, length);
}
