import type { ClientWork } from '../client-command.ts';
import type { ShellSession } from './session.ts';

/** What a command of the shell is called with. */
export interface ShellCall {
  readonly session: ShellSession;
  /** The name that was typed, of those that the command has. */
  readonly name: string;
  /**
   * The session's work, stopped by {@link signal}, without bars where it goes on behind the next line. Results go where
   * its report says.
   */
  readonly work: ClientWork;
  /** The words behind the name, without flags. */
  readonly words: readonly string[];
  /** The letters of the flags that were given, as in `-la`. */
  readonly flags: ReadonlySet<string>;
  /** Values of flags: of long ones, as in `--delete` (empty) or `--parallel=4`, and of letters, as in `-o LOCAL`. */
  readonly options: ReadonlyMap<string, string>;
  /** The words that were quoted, and so are no patterns. */
  readonly quoted: ReadonlySet<string>;
  /** Aborted when the user stops this command. */
  readonly signal: AbortSignal;
}

/** A command of the shell: a row of its table. */
export interface ShellCommand {
  /** Its names, the common one first. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly summary: string;
  /** Words that it takes; with fewer or more its usage is told. */
  readonly words: readonly [fewest: number, most: number];
  /** Whether its words are another command's, whose flags are not for it to take. */
  readonly verbatim?: boolean;
  /** Letters of the flags whose value is the next word. */
  readonly valued?: string;
  /** What its words name, for completion. */
  readonly completes?: 'remote' | 'local' | 'command';
  run(call: ShellCall): Promise<void>;
}

/** Runs a line for a command, as if it were typed. @throws what fails */
export type ExecuteLine = (call: ShellCall, line: string) => Promise<void>;
