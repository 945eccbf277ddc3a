import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { toWherryError, WherryError } from '#core/errors.ts';
import { formatPrivateKey, parsePrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import {
  generatePrivateKey,
  type GeneratedKeyType,
  type PrivateKey,
} from '#protocols/ssh/keys/private-key.ts';
import { fingerprintOf } from '#protocols/ssh/keys/public-key.ts';

export interface OpenHostKeysOptions {
  /** Holds the key files; made when it is not there. */
  readonly directory: string;
  /** Told in one sentence what went wrong later: in a reload, or with a key that was still being made. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

/** Gives the host keys that a new SSH connection is to use. */
export interface HostKeySource {
  readonly keys: readonly PrivateKey[];
}

/** The host keys of a running server. */
export interface HostKeys extends HostKeySource {
  /** Settles when the key that takes long to make is there too, or has failed; never rejects. */
  readonly complete: Promise<void>;
  /**
   * Reads the keys anew, for connections that begin afterwards. Never throws: files that cannot be used leave the old
   * keys in use, and `onProblem` hears why.
   *
   * @returns whether the keys that the files hold are in use
   */
  reload(): Promise<boolean>;
}

/** How a host key shows itself to people. */
export interface HostKeyFacts {
  /** As `ssh-keygen -l` names it. */
  readonly type: string;
  readonly fingerprintSha256: string;
}

interface KeyFile {
  readonly name: string;
  readonly type: GeneratedKeyType;
}

/** Preferred first. Their names are OpenSSH's, so that keys of a former sshd can be put here as they are. */
const quickKeys: readonly KeyFile[] = [
  { name: 'ssh_host_ed25519_key', type: 'ed25519' },
  { name: 'ssh_host_ecdsa_key', type: 'ecdsa-nistp256' },
];
/** Two primes of 1536 bits: a fraction of a second here, many seconds on a small board. */
const slowKey: KeyFile = { name: 'ssh_host_rsa_key', type: 'rsa' };

const typeTitles: Readonly<Record<string, string>> = { 'ssh-ed25519': 'ED25519', 'ssh-rsa': 'RSA' };

/** Type and fingerprint of a key. */
export function hostKeyFacts({ publicKey }: PrivateKey): HostKeyFacts {
  const type = typeTitles[publicKey.type] ?? 'ECDSA';
  return { type, fingerprintSha256: fingerprintOf(publicKey.blob) };
}

/**
 * Loads the host keys of a server (ed25519, ECDSA P-256, RSA with 3072 bits; OpenSSH's format, mode 0600), and makes
 * those that are missing. Nobody waits for a new RSA key: it joins the others when it is there.
 *
 * @throws WherryError `invalid-argument` for a file that holds no usable key, else what the file system says
 */
export async function openHostKeys(options: OpenHostKeysOptions): Promise<HostKeys> {
  const { directory, onProblem } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
    throw toWherryError(thrown, 'make the directory of the host keys');
  });
  const kept = await readKey(directory, slowKey);
  const quick = await Promise.all(quickKeys.map((file) => loadOrMake(directory, file)));
  let current: readonly PrivateKey[] = kept === null ? quick : [...quick, kept];
  const makeSlow = async (): Promise<void> => {
    try {
      const made = await loadOrMake(directory, slowKey);
      if (!current.some(({ publicKey }) => publicKey.type === made.publicKey.type))
        current = [...current, made];
    } catch (thrown) {
      onProblem?.(toWherryError(thrown, `make ${slowKey.name}`).message);
    }
  };
  const complete = kept === null ? makeSlow() : Promise.resolve();
  return {
    get keys() {
      return current;
    },
    complete,
    async reload() {
      await complete;
      try {
        current = await Promise.all([...quickKeys, slowKey].map((file) => loadOrMake(directory, file)));
        return true;
      } catch (thrown) {
        onProblem?.(
          `The old host keys stay in use. ${toWherryError(thrown, 'reload the host keys').message}`,
        );
        return false;
      }
    },
  };
}

/** A key for one run, where nobody has given a directory to keep one in. */
export async function temporaryHostKeys(): Promise<HostKeySource> {
  return { keys: [await generatePrivateKey('ed25519')] };
}

async function loadOrMake(directory: string, file: KeyFile): Promise<PrivateKey> {
  const kept = await readKey(directory, file);
  if (kept !== null) return kept;
  const made = await generatePrivateKey(file.type, `wherry@${hostname()}`);
  await store(join(directory, file.name), formatPrivateKey(made)).catch((thrown: unknown) => {
    throw toWherryError(thrown, `write ${file.name}`);
  });
  // Another process of this server may have been first; all must show the same key.
  return (await readKey(directory, file)) ?? made;
}

async function readKey(directory: string, { name, type }: KeyFile): Promise<PrivateKey | null> {
  let text: string;
  try {
    text = await readFile(join(directory, name), 'latin1');
  } catch (thrown) {
    const error = toWherryError(thrown, `read the host key ${name}`);
    if (error.code === 'not-found') return null;
    throw error;
  }
  try {
    return parsePrivateKey(text);
  } catch (thrown) {
    const message = `Cannot use the host key ${name}: it holds no ${type} key without a passphrase`;
    throw new WherryError('invalid-argument', message, { cause: thrown });
  }
}

/** Puts a file in place in one step, and keeps one that has appeared meanwhile. */
async function store(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file).catch(async (thrown: unknown) => {
      // Some file systems know no hard links; there the last of two processes wins.
      if (toWherryError(thrown, 'link').code !== 'exists') await rename(temporary, file);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
