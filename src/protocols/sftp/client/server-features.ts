import { hashAlgorithms, type HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import { protocolVersion } from '../wire/packet-types.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';

/** Pairs of a VERSION at most; servers have a dozen. */
const maximumExtensions = 128;

/** Names of digests in `check-file`, by ours. */
export const checkFileNames: Readonly<Record<HashAlgorithm, string>> = {
  'SHA-512': 'sha512',
  'SHA-256': 'sha256',
  'SHA-1': 'sha1',
  MD5: 'md5',
  CRC32: 'crc32',
};

/** Servers that take the arguments of SYMLINK in the order of the draft; everybody else follows OpenSSH. */
const strictSymlinkServers = /asyncssh|tectia/i;

/** What a server announced with its VERSION, and what its name says of it. */
export class ServerFeatures {
  readonly #extensions: ReadonlyMap<string, string>;
  /** Whether SYMLINK wants the link first and its text second. */
  readonly linkComesFirst: boolean;
  /** Digests that the server computes. */
  readonly checksums: readonly HashAlgorithm[];

  constructor(extensions: ReadonlyMap<string, string>, software: string) {
    this.#extensions = extensions;
    this.linkComesFirst = strictSymlinkServers.test(software);
    const announced = extensions.get('check-file') ?? extensions.get('check-file-name');
    this.checksums = announced === undefined ? [] : digestsIn(announced);
  }

  has(name: string): boolean {
    return this.#extensions.has(name);
  }
}

/** ProFTPD announces no list but a version; then it has the digests that the draft names. */
function digestsIn(announced: string): readonly HashAlgorithm[] {
  const names = announced.toLowerCase().split(',');
  const listed = hashAlgorithms.filter((algorithm) => names.includes(checkFileNames[algorithm]));
  return listed.length > 0 ? listed : hashAlgorithms.filter((algorithm) => algorithm !== 'CRC32');
}

/**
 * Reads the fields of VERSION.
 *
 * @throws WherryError `not-supported` for a server of an older version than 3
 */
export function readVersion(reader: SftpReader): ReadonlyMap<string, string> {
  const version = reader.uint32();
  if (version < protocolVersion) {
    throw new WherryError('not-supported', `The server speaks SFTP version ${version}, which is too old`);
  }
  const extensions = new Map<string, string>();
  while (reader.remaining > 0 && extensions.size < maximumExtensions) {
    const name = reader.string().toString('latin1');
    extensions.set(name, reader.string().toString('latin1'));
  }
  return extensions;
}
