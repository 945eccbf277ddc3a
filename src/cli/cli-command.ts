/** One command of the program. */
export interface CliCommand {
  /** What `--help` prints, with examples. */
  readonly help: string;
  /** What `--help` prints behind further words; null for {@link help}. */
  helpFor?(words: readonly string[]): string | null;
  /** Runs the command and gives the exit code. */
  run(words: readonly string[]): Promise<number>;
}
