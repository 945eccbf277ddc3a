import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';

/** What the key of a sealed file is made of: a password that its user knows, or 32 octets of a file beside it. */
export type SealKey =
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'key-file'; readonly key: Uint8Array };

/** How a sealed file stands on the disk, as JSON. Octets are base64. */
interface SealedFile {
  readonly format: typeof format;
  readonly version: 1;
  readonly key: { readonly kind: 'key-file' } | ({ readonly kind: 'password' } & PasswordParameters);
  readonly nonce: string;
  readonly tag: string;
  readonly sealed: string;
}

interface PasswordParameters {
  readonly salt: string;
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

const format = 'wherry-sealed';
const cipher = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const saltLength = 16;

/** RFC 9106 section 4, second recommendation: 64 MiB, three passes, four lanes. */
const parameters = { memoryKiB: 65_536, passes: 3, lanes: 4 } as const;
/** A file may ask for no more than this: it could have been put there by somebody else. */
const largestParameters = { memoryKiB: 1_048_576, passes: 16, lanes: 16 } as const;

const deriveArgon2 = promisify(argon2);

/** Encrypts and authenticates (AES-256-GCM); a password becomes a key by Argon2id. */
export async function seal(content: string, key: SealKey): Promise<string> {
  const header =
    key.kind === 'key-file'
      ? { kind: key.kind }
      : { kind: key.kind, salt: randomBytes(saltLength).toString('base64'), ...parameters };
  const nonce = randomBytes(nonceLength);
  const encrypting = createCipheriv(cipher, await keyOf(key, header), nonce);
  encrypting.setAAD(Buffer.from(JSON.stringify(header)));
  const sealed = Buffer.concat([encrypting.update(content, 'utf8'), encrypting.final()]);
  const file: SealedFile = {
    format,
    version: 1,
    key: header,
    nonce: nonce.toString('base64'),
    tag: encrypting.getAuthTag().toString('base64'),
    sealed: sealed.toString('base64'),
  };
  return JSON.stringify(file);
}

/**
 * Opens what {@link seal} has closed.
 *
 * @throws WherryError `login-refused` for another key, `integrity` for a file that is damaged or none of these
 */
export async function unseal(text: string, key: SealKey): Promise<string> {
  const file = parseSealed(text);
  if (file.key.kind !== key.kind) {
    const needed = file.key.kind === 'password' ? 'the master password' : 'its key file';
    throw new WherryError('login-refused', `Cannot open the saved sites: they need ${needed}`);
  }
  const decrypting = createDecipheriv(cipher, await keyOf(key, file.key), Buffer.from(file.nonce, 'base64'));
  decrypting.setAAD(Buffer.from(JSON.stringify(file.key)));
  decrypting.setAuthTag(Buffer.from(file.tag, 'base64'));
  try {
    const opened = Buffer.concat([decrypting.update(file.sealed, 'base64'), decrypting.final()]);
    return opened.toString('utf8');
  } catch (cause) {
    const which = key.kind === 'password' ? 'the master password is wrong' : 'the key file is another one';
    throw new WherryError('login-refused', `Cannot open the saved sites: ${which}, or they are damaged`, {
      cause,
    });
  }
}

/** Which kind of key a sealed file needs. */
export function sealKindOf(text: string): SealKey['kind'] {
  return parseSealed(text).key.kind;
}

function parseSealed(text: string): SealedFile {
  let file: Partial<SealedFile> | null;
  try {
    file = JSON.parse(text) as Partial<SealedFile> | null;
  } catch {
    file = null;
  }
  const strings = [file?.nonce, file?.tag, file?.sealed].every((value) => typeof value === 'string');
  const key = file?.key as Partial<SealedFile['key']> | undefined;
  const known = key?.kind === 'key-file' || (key?.kind === 'password' && isReasonable(key));
  const lengths =
    Buffer.from(file?.nonce ?? '', 'base64').length === nonceLength &&
    Buffer.from(file?.tag ?? '', 'base64').length === 16;
  if (file?.format === format && file.version === 1 && strings && known && lengths) return file as SealedFile;
  throw new WherryError(
    'integrity',
    'Cannot open the saved sites: the file is damaged, or of another program',
    {
      retryable: false,
    },
  );
}

function isReasonable({ salt, memoryKiB, passes, lanes }: Partial<PasswordParameters>): boolean {
  const within = (value: unknown, highest: number): boolean =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= highest;
  return (
    typeof salt === 'string' &&
    within(memoryKiB, largestParameters.memoryKiB) &&
    within(passes, largestParameters.passes) &&
    within(lanes, largestParameters.lanes)
  );
}

async function keyOf(key: SealKey, header: SealedFile['key']): Promise<Uint8Array> {
  if (key.kind === 'key-file' || header.kind === 'key-file') {
    if (key.kind === 'key-file' && key.key.length === keyLength) return key.key;
    throw new WherryError('login-refused', 'Cannot open the saved sites: the key file is damaged');
  }
  return deriveArgon2('argon2id', {
    message: Buffer.from(key.password.reveal().normalize('NFC'), 'utf8'),
    nonce: Buffer.from(header.salt, 'base64'),
    parallelism: header.lanes,
    memory: header.memoryKiB,
    passes: header.passes,
    tagLength: keyLength,
  });
}
