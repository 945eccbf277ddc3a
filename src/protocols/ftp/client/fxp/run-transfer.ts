import { WherryError } from '#core/errors.ts';
import type { Reply } from '../../wire/reply.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import type { ExclusiveControl } from '../ftp-connection.ts';
import { replyError } from '../reply-errors.ts';
import { abortTransfer, settleStopped } from '../transfer/transfer.ts';
import { refusal, WayFailure, type FxpControls } from './arrange.ts';
import { otherRole, type FxpPlace, type FxpWay, type Role } from './fxp-options.ts';
import type { TransferStatus } from './transfer-status.ts';

export interface RunParts {
  readonly places: Readonly<Record<Role, FxpPlace>>;
  readonly way: FxpWay;
  readonly start: number;
  readonly status: TransferStatus;
  readonly signal: AbortSignal;
}

const verbs: Readonly<Record<Role, string>> = { source: 'RETR', target: 'STOR' };
const actions: Readonly<Record<Role, string>> = { source: 'read the file', target: 'write the file' };

/** Refusals that speak of the connection between the servers, not of the file. */
const connectionReplies: ReadonlySet<number> = new Set([425, 521, 522, 534, 535, 536]);

/** Ends that a broken connection between the servers has, and other troubles too: what has arrived tells. */
const brokenReplies: ReadonlySet<number> = new Set([426, 450, 451]);

interface Running {
  readonly role: Role;
  readonly control: ExclusiveControl;
  readonly command: PendingCommand;
}

/** How one side ended, in the order in which they did. */
interface End {
  readonly role: Role;
  readonly reply: Reply;
}

/**
 * Gives both transfer commands, the server that listens first, and waits until both servers say that all is well.
 * Neither reply is waited for before the other command is given: some servers answer only once they are connected.
 *
 * @throws WayFailure when the servers do not come together
 * @throws WherryError what is wrong with the file, `aborted`, `timeout`, or why a connection is lost
 */
export async function runTransfer(controls: FxpControls, parts: RunParts): Promise<void> {
  const { way, places, start, status, signal } = parts;
  for (const role of [way.passive, otherRole(way.passive)]) await restart(controls[role], role, start);
  const running = [way.passive, otherRole(way.passive)].map((role): Running => {
    const control = controls[role];
    const command = control.send(verbs[role], places[role].path, { transfer: true, timeoutMs: null });
    return { role, control, command };
  });
  status.start();
  try {
    await settle(running, { places, signal });
  } finally {
    status.stop();
  }
}

/** @throws WherryError `not-supported` for a server that cannot begin in the middle */
async function restart(control: ExclusiveControl, role: Role, start: number): Promise<void> {
  if (start === 0) return;
  const reply = await control.command('REST', String(start));
  if (reply.code === 350) return;
  throw new WherryError('not-supported', `Cannot go on in the middle: ${refusal(role, 'REST', reply)}`, {
    reply: reply.code,
  });
}

async function settle(
  running: readonly Running[],
  { places, signal }: Pick<RunParts, 'places' | 'signal'>,
): Promise<void> {
  const limit = beginLimit(running);
  try {
    const first = await Promise.race([...running.map(endOf), limit.expired, abortOf(signal)]);
    limit.clear();
    const other = running.find(({ role }) => role !== first.role);
    if (other === undefined) return;
    if (first.reply.code >= 300) {
      // A connection that breaks off is noticed at the other end; one that never was is not.
      const brokeOff = running.every(({ command }) => command.begun);
      await (brokeOff ? settleStopped : abortTransfer)(other.control.session, other.command);
      throw classify(first, places);
    }
    const { times } = other.control.session;
    const last = other.role === 'target' ? times.completionMs : times.dataConnectMs;
    const completion = timeLimit(last, () => unfinished(other, places));
    const second = await Promise.race([endOf(other), completion.expired, abortOf(signal)]).finally(
      completion.clear,
    );
    if (second.reply.code >= 300) throw classify(second, places);
  } catch (thrown) {
    // A server that is still at it would keep its connection busy; each is stopped whatever becomes of the other.
    await Promise.allSettled(running.map(({ control, command }) => abortTransfer(control.session, command)));
    throw thrown;
  } finally {
    limit.clear();
  }
}

async function endOf({ role, command }: Running): Promise<End> {
  return { role, reply: await command.reply };
}

async function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    const { reason } = signal as { reason: unknown };
    reject(
      reason instanceof WherryError
        ? reason
        : new WherryError('aborted', 'The transfer between the servers was stopped'),
    );
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return promise;
}

interface Limit {
  /** Never settles but with the error. */
  readonly expired: Promise<never>;
  readonly clear: () => void;
}

function timeLimit(waitMs: number, makeError: () => WherryError): Limit {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(makeError()), waitMs);
  promise.catch(() => undefined);
  return { expired: promise, clear: () => clearTimeout(timer) };
}

/** Both servers must say something in the time that a data connection may take. */
function beginLimit(running: readonly Running[]): Limit {
  const waitMs = Math.max(...running.map(({ control }) => control.session.times.dataConnectMs));
  const limit = timeLimit(
    waitMs,
    () => new WayFailure('no connection between them came about in time: a firewall may stand between'),
  );
  void Promise.all(running.map(({ command }) => command.firstReply)).then(limit.clear, limit.clear);
  return limit;
}

/** A source has sent everything when the target has it; one that has not is waiting for another connection. */
function unfinished({ role }: Running, places: Readonly<Record<Role, FxpPlace>>): WherryError {
  const reason = `the ${role} did not end the transfer that the other server has ended`;
  const error = new WherryError('timeout', `Cannot ${actions[role]}: ${reason}`, { path: places[role].path });
  return new BrokenTransfer(error, reason);
}

function classify({ role, reply }: End, places: Readonly<Record<Role, FxpPlace>>): WherryError {
  if (connectionReplies.has(reply.code)) return new WayFailure(refusal(role, verbs[role], reply));
  const { path } = places[role];
  const error = replyError(reply, { verb: verbs[role], action: actions[role], path });
  return brokenReplies.has(reply.code) ? new BrokenTransfer(error, refusal(role, verbs[role], reply)) : error;
}

/** A transfer that ended early. If nothing has arrived, the servers may not have come together at all. */
export class BrokenTransfer extends WherryError {
  /** In words fit for a list of reasons. */
  readonly reason: string;

  constructor(error: WherryError, reason: string) {
    super(error.code, error.message, {
      ...(error.path === undefined ? {} : { path: error.path }),
      ...(error.reply === undefined ? {} : { reply: error.reply }),
      retryable: error.retryable,
    });
    this.reason = reason;
  }
}
