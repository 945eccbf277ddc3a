import type { Awaitable } from '#core/awaitable.ts';
import type { Reply } from '../wire/reply.ts';
import type { FtpConnection } from './connection.ts';
import type { PendingName } from './state.ts';

/**
 * One command as a row: what the dispatcher, FEAT, HELP and the reference page need to know of it.
 * `run` gets the argument as it came after the verb and one space; it returns the final reply, or null when it
 * has sent it itself.
 */
export interface Command {
  readonly verb: string;
  /** Older names of the same command. */
  readonly aliases?: readonly string[];
  /** As HELP shows it, with the verb: `RETR <path>`. */
  readonly syntax: string;
  /** One sentence. */
  readonly summary: string;
  /** The specification or the program whose behaviour it follows. */
  readonly source: string;
  /** Whether it works before login. */
  readonly beforeLogin?: true;
  /** `none` refuses an argument, `required` refuses a missing or empty one; anything may come when absent. */
  readonly argument?: 'none' | 'required';
  /** During a transfer: answered at once, or ends the transfer and is answered after it. Others wait. */
  readonly duringTransfer?: 'answer' | 'abort';
  /** It uses up a data connection that was set up, also when it is refused, once the client has asked for several. */
  readonly usesData?: true;
  /** What earlier commands have said for this one, or for one after it; every other command forgets it. */
  readonly keeps?: readonly PendingName[];
  /** Its argument is a secret and is never logged. */
  readonly secret?: true;
  /** Lines for FEAT, as this connection stands; none when absent. */
  readonly features?: (connection: FtpConnection) => readonly string[];
  readonly run: (connection: FtpConnection, argument: string) => Awaitable<Reply | null>;
}

/** All commands of a server. */
export interface CommandTable {
  readonly rows: readonly Command[];
  /** By verb and by older names. */
  readonly byVerb: ReadonlyMap<string, Command>;
}
