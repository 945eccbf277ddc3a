import { WherryError } from '#core/errors.ts';
import type { Attributes, OperationOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { formatTimeValue } from '../../wire/time-value.ts';
import { isUnknownCommand, replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { ask } from './commands.ts';

/** One way to set something: the command for a path, if the server has it. */
interface Way<Value> {
  readonly name: string;
  readonly isOffered: (session: FtpSession) => boolean;
  readonly command: (value: Value, path: VirtualPath) => readonly [verb: string, argument: string];
}

function canChangeFact(session: FtpSession, fact: string): boolean {
  return (session.profile.features.get('MFF') ?? '').toLowerCase().split(';').includes(fact);
}

function hasSite(session: FtpSession, word: string): boolean {
  return session.profile.site.has(word);
}

function stamp(timeMs: number): string {
  return formatTimeValue(timeMs);
}

/** In the order in which they are tried; the first is the one that a draft standard describes. */
const timeWays: readonly Way<number>[] = [
  {
    name: 'MFMT',
    isOffered: ({ profile }) => profile.features.has('MFMT'),
    command: (time, path) => ['MFMT', `${stamp(time)} ${path}`],
  },
  {
    name: 'MFF',
    isOffered: (session) => canChangeFact(session, 'modify'),
    command: (time, path) => ['MFF', `Modify=${stamp(time)}; ${path}`],
  },
  {
    name: 'SITE UTIME',
    isOffered: (session) => hasSite(session, 'UTIME'),
    command: (time, path) => ['SITE', `UTIME ${stamp(time)} ${path}`],
  },
  {
    name: 'SITE UTIME with three times',
    isOffered: (session) => hasSite(session, 'UTIME'),
    command: (time, path) => ['SITE', `UTIME ${path} ${stamp(time)} ${stamp(time)} ${stamp(time)} UTC`],
  },
  {
    // A server that does not set times by it would look for a file of that name, and find none.
    name: 'MDTM',
    isOffered: ({ profile }) => profile.software === 'vsftpd',
    command: (time, path) => ['MDTM', `${stamp(time)} ${path}`],
  },
];

const modeWays: readonly Way<number>[] = [
  {
    name: 'SITE CHMOD',
    isOffered: (session) => hasSite(session, 'CHMOD'),
    command: (mode, path) => ['SITE', `CHMOD ${octal(mode)} ${path}`],
  },
  {
    name: 'MFF',
    isOffered: (session) => canChangeFact(session, 'unix.mode'),
    command: (mode, path) => ['MFF', `UNIX.mode=0${octal(mode)}; ${path}`],
  },
];

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, '0');
}

/** Whether a kind of attribute can be set at this server. */
export function canSet(session: FtpSession, kind: 'time' | 'mode'): boolean {
  return (kind === 'time' ? timeWays : modeWays).some(({ isOffered }) => isOffered(session));
}

/**
 * Refuses what cannot be set here at all. A time of the last read is let go where the time of the last change can be
 * set: FTP has no word for it.
 *
 * @throws WherryError `not-supported`
 */
export function requireSettable(session: FtpSession, attributes: Attributes, path: VirtualPath): void {
  const { mode, modifiedAt, accessedAt, userId, groupId, size } = attributes;
  const impossible =
    userId !== undefined || groupId !== undefined
      ? 'the owner of a file'
      : size !== undefined
        ? 'the size of a file'
        : mode !== undefined && !canSet(session, 'mode')
          ? 'permission bits'
          : (modifiedAt ?? accessedAt) !== undefined && (modifiedAt === undefined || !canSet(session, 'time'))
            ? 'the time of a file'
            : null;
  if (impossible !== null) {
    throw new WherryError('not-supported', `This server cannot set ${impossible}`, { path });
  }
}

/** Sets times and permission bits. @throws WherryError `not-supported`, or what the server refuses */
export async function setAttributes(
  session: FtpSession,
  path: VirtualPath,
  attributes: Attributes,
  options: OperationOptions = {},
): Promise<void> {
  requireSettable(session, attributes, path);
  const { mode, modifiedAt } = attributes;
  const { signal } = options;
  // The mode first: without the right to write, no time can be set; and both are sent together.
  await Promise.all([
    mode === undefined
      ? null
      : tryWays(session, modeWays, { value: mode, path, action: 'set the permissions', signal }),
    modifiedAt === undefined
      ? null
      : tryWays(session, timeWays, { value: modifiedAt, path, action: 'set the time', signal }),
  ]);
}

interface Setting {
  readonly value: number;
  readonly path: VirtualPath;
  readonly action: string;
  readonly signal: AbortSignal | undefined;
}

async function tryWays(session: FtpSession, ways: readonly Way<number>[], setting: Setting): Promise<void> {
  const { value, path, action, signal } = setting;
  let refusal: WherryError | null = null;
  for (const { name, isOffered, command } of ways) {
    if (!isOffered(session) || session.failedWays.has(name)) continue;
    const [verb, argument] = command(value, path);
    const reply = await ask(session, { verb, argument, action, path, signal });
    if (reply.code < 300) return;
    refusal = replyError(reply, { verb, action, path });
    if (isUnknownCommand(reply) || reply.code === 501) session.failedWays.add(name);
    else break;
  }
  throw refusal ?? new WherryError('not-supported', `Cannot ${action}: this server has no way to`, { path });
}
