import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { ChecksumOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Reply } from '../../wire/reply.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import { replyError } from '../reply-errors.ts';
import { checksumWays, type ChecksumWay } from '../server-profile.ts';
import type { FtpSession } from '../session.ts';
import { orAborted } from './commands.ts';

const digestBytes: Readonly<Record<HashAlgorithm, number>> = {
  'SHA-512': 64,
  'SHA-256': 32,
  'SHA-1': 20,
  MD5: 16,
  CRC32: 4,
};

const action = 'compute the checksum';
/** The last octet that a range can name; servers end at the end of the file. */
const farEnd = Number.MAX_SAFE_INTEGER;

/**
 * A digest computed by the server: HASH with the algorithm chosen by OPTS HASH and a part chosen by RANG, else the
 * older commands, which digest whole files only.
 *
 * @throws WherryError `not-supported` when the server has no way to it, else what it refuses
 */
export async function checksum(
  session: FtpSession,
  path: VirtualPath,
  algorithm: HashAlgorithm,
  options: ChecksumOptions = {},
): Promise<Uint8Array> {
  const { start = 0, length, signal } = options;
  const way = checksumWays(session.profile.features).find((candidate) => candidate.algorithm === algorithm);
  if (way === undefined) {
    throw new WherryError('not-supported', `This server cannot compute ${algorithm}`, { path });
  }
  const isPart = start > 0 || length !== undefined;
  if (isPart && (way.hashName === null || !session.profile.features.has('RANG'))) {
    throw new WherryError('not-supported', 'This server computes checksums of whole files only', { path });
  }
  if (length === 0)
    throw new WherryError('invalid-argument', 'A checksum of nothing cannot be asked for', { path });
  const end = length === undefined ? farEnd : start + length - 1;
  const range = isPart ? `${start} ${end}` : null;
  const reply = await orAborted(send(session, way, path, range), action, signal);
  if (reply.code >= 300) throw replyError(reply, { verb: way.verb, action, path });
  return readDigest(reply, digestBytes[algorithm], path);
}

/** What belongs together is sent in one go, so that nothing of another operation comes between. */
async function send(
  session: FtpSession,
  way: ChecksumWay,
  path: VirtualPath,
  range: string | null,
): Promise<Reply> {
  const { link, times } = session;
  const before: PendingCommand[] = [];
  if (way.hashName !== null) before.push(link.send('OPTS', `HASH ${way.hashName}`));
  if (range !== null) before.push(link.send('RANG', range));
  const digest = link.send(way.verb, path, { timeoutMs: times.checksumMs });
  for (const command of before) {
    const reply = await command.reply;
    if (reply.code >= 400) throw replyError(reply, { verb: command.verb, action, path });
  }
  const reply = await digest.reply;
  // Some servers want a name with spaces in quotes; those that do not would look for the quotes.
  if (reply.code < 500 || way.hashName !== null || !path.includes(' ')) return reply;
  const quoted = await link.command(way.verb, `"${path}"`, { timeoutMs: times.checksumMs });
  return quoted.code < 300 ? quoted : reply;
}

/** The last word that is a digest of the right length, wherever the server puts it. */
function readDigest({ lines }: Reply, bytes: number, path: VirtualPath): Uint8Array {
  const words = lines.join(' ').split(/[\s,=]+/);
  const padded = words.map((word) =>
    bytes === 4 && /^[0-9a-f]{1,8}$/i.test(word) ? word.padStart(8, '0') : word,
  );
  const digest = padded.findLast((word) => word.length === bytes * 2 && /^[0-9a-f]+$/i.test(word));
  if (digest === undefined) {
    throw new WherryError('protocol', 'The reply holds no checksum that can be read', { path });
  }
  return Buffer.from(digest, 'hex');
}
