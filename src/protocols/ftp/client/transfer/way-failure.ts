import { WherryError } from '#core/errors.ts';
import type { DataPort } from '../data/data-ports.ts';
import { replyError } from '../reply-errors.ts';

/** The data connection could not be opened in this way; another may do. */
export class WayFailure extends WherryError {}

/** What ProFTPD says to a port that is told while a transfer is not over yet. */
const notYet = 450;

/** Whether the same way may do a moment later: its port was used too late, or told too early. */
export function isWorthAnother(port: DataPort, { reply }: WayFailure): boolean {
  return port.kind === 'passive' ? port.askedAhead : port.told !== null && reply === notYet;
}

/**
 * A connection that does not come about is a failure of the way that was tried.
 *
 * @throws WayFailure, or WherryError `aborted`
 */
export async function connectedOrFailed<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting;
  } catch (thrown) {
    const { code, message } = thrown as WherryError;
    throw code === 'aborted' ? thrown : new WayFailure(code, message, { cause: thrown });
  }
}

/** Whether nobody came to a port, so that the server may still be trying to. */
export function isTimeout(thrown: unknown): boolean {
  return thrown instanceof WayFailure && thrown.code === 'timeout';
}

/** Why the server does not call there; null when it has not refused to, or was asked before. */
export async function refusedPort(port: DataPort): Promise<WayFailure | null> {
  if (port.kind === 'passive' || port.told === null) return null;
  const reply = await port.told.reply;
  if (reply.code < 300) return null;
  const { code, message } = replyError(reply, { verb: port.way, action: 'have the server call' });
  return new WayFailure(code, message, { reply: reply.code });
}

/** Refusals that speak of the data connection alone are a matter of the way. */
export function classify(thrown: unknown): unknown {
  if (thrown instanceof WherryError && !(thrown instanceof WayFailure) && thrown.reply === 425) {
    return new WayFailure(thrown.code, thrown.message, { reply: 425, cause: thrown });
  }
  return thrown;
}
