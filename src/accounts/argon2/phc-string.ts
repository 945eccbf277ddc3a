import { WherryError } from '#core/errors.ts';

/** What an argon2id hash was made with and what came out; the parts of its PHC string. */
export interface Argon2Hash {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Bounds within which a stored hash is taken, so that one imported from elsewhere cannot bring the server down:
 * 256 MiB and 16 passes are beyond every published recommendation (RFC 9106 itself goes to 2 GiB for machines that
 * do nothing else).
 */
const bounds = { memoryKib: 262_144, passes: 16, parallelism: 16, saltBytes: 64, hashBytes: 64 } as const;

const pattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/u;

/** Writes the PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, the form that every argon2 program exchanges. */
export function formatPhcString(value: Argon2Hash): string {
  const parameters = `m=${value.memoryKib},t=${value.passes},p=${value.parallelism}`;
  return `$argon2id$v=19$${parameters}$${unpadded(value.salt)}$${unpadded(value.hash)}`;
}

/**
 * Reads a PHC string of argon2id, version 19.
 *
 * @throws WherryError `invalid-argument` for another algorithm, a malformed string or parameters out of bounds; the
 *   message never repeats the string
 */
export function parsePhcString(text: string): Argon2Hash {
  const [, memory = '', passes = '', parallelism = '', salt = '', hash = ''] = pattern.exec(text) ?? [];
  const value: Argon2Hash = {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
  if (!withinBounds(value) || formatPhcString(value) !== text) {
    throw new WherryError(
      'invalid-argument',
      'Cannot read the password hash: it is no argon2id hash in PHC form',
    );
  }
  return value;
}

function withinBounds({ memoryKib, passes, parallelism, salt, hash }: Argon2Hash): boolean {
  return (
    passes >= 1 &&
    passes <= bounds.passes &&
    parallelism >= 1 &&
    parallelism <= bounds.parallelism &&
    memoryKib >= 8 * parallelism &&
    memoryKib <= bounds.memoryKib &&
    salt.length >= 8 &&
    salt.length <= bounds.saltBytes &&
    hash.length >= 12 &&
    hash.length <= bounds.hashBytes
  );
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/u, '');
}
