import { bareEntry, type Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import { nameOf, parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { parseFactLine } from '../../wire/parse-facts.ts';
import type { Reply } from '../../wire/reply.ts';
import { readTimeValue } from '../../wire/time-value.ts';
import { isUnknownCommand, replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { ask, orAborted } from './commands.ts';

const action = 'examine the file';

/** Lists a directory; given by whoever knows how, because it needs a data connection. */
export type DirectoryReader = (
  path: VirtualPath,
  options: OperationOptions,
) => AsyncIterable<readonly Entry[]>;

/**
 * What the server knows of a path: by MLST, else by SIZE and MDTM, else from the listing of its parent.
 *
 * @throws WherryError `not-found`, `permission`, …
 */
export async function examine(
  session: FtpSession,
  path: VirtualPath,
  options: OperationOptions & { readonly readDirectory: DirectoryReader },
): Promise<Entry> {
  if (session.profile.features.has('MLST') && session.options.machineListing !== 'never') {
    const reply = await ask(session, { verb: 'MLST', argument: path, action, path, signal: options.signal });
    if (!isUnknownCommand(reply)) return readMlst(reply, path);
  }
  if (path === rootPath) return bareEntry('', 'directory');
  const file = await examineFile(session, path, options.signal);
  if (file !== null) return file;
  return findInParent(path, options);
}

function readMlst(reply: Reply, path: VirtualPath): Entry {
  if (reply.code >= 300) throw replyError(reply, { verb: 'MLST', action, path });
  for (const line of reply.lines.slice(1, -1).concat(reply.lines.length === 1 ? reply.lines : [])) {
    const facts = parseFactLine(line.startsWith(' ') ? line.slice(1) : line);
    if (facts !== null && line.includes(';')) return { ...facts.entry, name: nameOf(path) };
  }
  throw new WherryError('protocol', 'The reply to MLST holds no facts', { path });
}

/** A regular file by SIZE and MDTM, sent together; null when it seems to be none. */
async function examineFile(
  session: FtpSession,
  path: VirtualPath,
  signal: AbortSignal | undefined,
): Promise<Entry | null> {
  const { link } = session;
  const [size, time] = await orAborted(
    Promise.all([link.send('SIZE', path).reply, link.send('MDTM', path).reply]),
    action,
    signal,
  );
  const octets = size.code < 300 ? readSize(size) : null;
  if (octets === null) return null;
  const modifiedAt = time.code < 300 ? readTimeValue(lastWord(time)) : null;
  return bareEntry(nameOf(path), 'file', {
    size: octets,
    modifiedAt,
    modifiedPrecision: modifiedAt === null ? null : lastWord(time).includes('.') ? 'subsecond' : 'second',
  });
}

/** The number in a reply to SIZE; null for anything else. */
export function readSize(reply: Reply): number | null {
  const text = lastWord(reply);
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function lastWord({ lines }: Reply): string {
  return (lines.at(-1) ?? '').trim().split(/\s+/).at(-1) ?? '';
}

async function findInParent(
  path: VirtualPath,
  options: OperationOptions & { readonly readDirectory: DirectoryReader },
): Promise<Entry> {
  const name = nameOf(path);
  let found: Entry | null = null;
  for await (const entries of options.readDirectory(parentOf(path), { signal: options.signal })) {
    found ??= entries.find((entry) => entry.name === name) ?? null;
  }
  if (found !== null) return found;
  throw new WherryError('not-found', `Cannot ${action}: no such file or directory`, { path });
}
