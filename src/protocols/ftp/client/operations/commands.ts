import { WherryError } from '#core/errors.ts';
import type { Reply } from '../../wire/reply.ts';
import type { CommandOptions } from '../control/pending-command.ts';
import { isUnknownCommand, replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';

/** One command as an operation on a path. */
export interface PathCommand {
  readonly verb: string;
  readonly argument: string | null;
  /** As in "rename". */
  readonly action: string;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Waits for a reply that may no longer be wanted: the reply is then still taken when it comes, so that the connection
 * stays usable.
 *
 * @throws WherryError `aborted`
 */
export async function orAborted<T>(
  waiting: Promise<T>,
  action: string,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return waiting;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new WherryError('aborted', `Cannot ${action}: it was stopped`));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  waiting.catch(() => undefined);
  try {
    return await Promise.race([waiting, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Sends a command and gives its reply, whatever it is. */
export async function ask(
  session: FtpSession,
  command: PathCommand,
  options: CommandOptions = {},
): Promise<Reply> {
  const { verb, argument, action, signal, timeoutMs } = command;
  if (signal?.aborted === true) throw new WherryError('aborted', `Cannot ${action}: it was stopped`);
  const pending = session.link.send(
    verb,
    argument,
    timeoutMs === undefined ? options : { ...options, timeoutMs },
  );
  return orAborted(pending.reply, action, signal);
}

/** Sends a command that must succeed. @throws WherryError what the server says instead */
export async function perform(session: FtpSession, command: PathCommand): Promise<Reply> {
  const reply = await ask(session, command);
  if (reply.code < 300) return reply;
  throw replyError(reply, command);
}

/** Sends a command that a server may not know; null then. @throws WherryError what the server says of the path */
export async function performIfKnown(session: FtpSession, command: PathCommand): Promise<Reply | null> {
  const reply = await ask(session, command);
  if (isUnknownCommand(reply)) return null;
  if (reply.code < 300) return reply;
  throw replyError(reply, command);
}
