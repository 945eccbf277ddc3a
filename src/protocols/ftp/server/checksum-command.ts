import { hashAlgorithms, type HashAlgorithm } from '#core/checksum.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { formatHashFeature, parseHashName } from '../wire/option-arguments.ts';
import { parseRangedPath, type RangedPath } from '../wire/path-arguments.ts';
import { reply, type Reply } from '../wire/reply.ts';
import type { Command } from './command.ts';
import type { FtpConnection } from './connection.ts';
import { withKeepAlive } from './long-action.ts';

/** What a client reads while a digest of a large file is computed. */
export const stillComputing = 'Still computing';

/**
 * OPTS HASH (draft-bryan-ftpext-hash section 4): tells or selects the digest of HASH.
 *
 * @throws WherryError `invalid-argument` for one that is not known; the selection is then as before
 */
export function optsHash(connection: FtpConnection, argument: string): Reply {
  const { parameters } = connection.state;
  parameters.hashAlgorithm = parseHashName(argument) ?? parameters.hashAlgorithm;
  return reply(200, parameters.hashAlgorithm);
}

/** The line of FEAT for HASH. */
export function hashFeature(connection: FtpConnection): string {
  return formatHashFeature(hashAlgorithms, connection.state.parameters.hashAlgorithm);
}

/** Octets of a file that a digest covers, `end` exclusive. */
export interface OctetRange {
  readonly start: number;
  readonly end: number;
}

/** A digest in lower-case hex; of the whole file without a range. */
export async function digestOf(
  { fileSystem }: FtpConnection,
  path: VirtualPath,
  options: {
    readonly algorithm: HashAlgorithm;
    readonly range: OctetRange | null;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { algorithm, range, signal } = options;
  if (fileSystem.checksum === undefined) {
    throw new WherryError('not-supported', 'Digests are not available here', { path });
  }
  const part = range === null ? {} : { start: range.start, length: range.end - range.start };
  const digest = await fileSystem.checksum(path, algorithm, { ...part, signal });
  return Buffer.from(digest).toString('hex');
}

/** One of the commands that tell a digest of a file or of a part of it. */
export interface DigestCommand {
  readonly verb: string;
  readonly aliases?: readonly string[];
  readonly algorithm: HashAlgorithm;
  /** Whether the digest is written in capitals, as XCRC always was. */
  readonly capitals?: true;
}

/**
 * Makes the row of XCRC, XMD5 and their like: `path [start end]`, the path quoted where it holds spaces, the end
 * exclusive as in ProFTPD. The reply is the digest alone.
 */
export function digestCommand({ verb, aliases = [], algorithm, capitals }: DigestCommand): Command {
  return {
    verb,
    aliases,
    syntax: `${verb} <file> [<start> <end>]`,
    summary: `Tell the ${algorithm} digest of a file, or of its octets from start to before end.`,
    source: 'ProFTPD mod_digest',
    argument: 'required',
    features: () => [verb, ...aliases].map((name) => `${name} filename;start;end`),
    run: (connection, argument) =>
      withKeepAlive(connection, { code: 213, words: stillComputing }, async (signal) => {
        const { path, entry, range } = await chooseCandidate(connection, parseRangedPath(argument));
        requireRegular(entry, path);
        if (range !== null && range.end > (entry.size ?? Number.POSITIVE_INFINITY)) {
          return reply(501, 'The range reaches beyond the end of the file');
        }
        const digest = await digestOf(connection, path, { algorithm, range, signal });
        return reply(213, capitals === true ? digest.toUpperCase() : digest);
      }),
  };
}

/** Only what is a file has octets to compute a digest of. @throws WherryError `is-directory`, `not-regular` */
export function requireRegular({ type }: Entry, path: VirtualPath): void {
  if (type === 'file') return;
  if (type === 'directory') throw new WherryError('is-directory', 'It is a directory', { path });
  throw new WherryError('not-regular', 'It is not a regular file', { path });
}

/** The first reading of the argument that names something; the last one's error when none does. */
async function chooseCandidate(
  connection: FtpConnection,
  candidates: readonly [RangedPath, ...RangedPath[]],
): Promise<{ path: VirtualPath; entry: Entry; range: OctetRange | null }> {
  const { fileSystem } = connection;
  for (const { path: given, range } of candidates.slice(0, -1)) {
    const path = connection.resolve(given);
    try {
      return { path, entry: await fileSystem.stat(path), range };
    } catch (thrown) {
      if (!(thrown instanceof WherryError) || thrown.code !== 'not-found') throw thrown;
    }
  }
  const { path: given, range } = candidates.at(-1) ?? candidates[0];
  const path = connection.resolve(given);
  return { path, entry: await fileSystem.stat(path), range };
}
