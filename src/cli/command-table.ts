/** One command of the program. */
export interface CliCommand {
  /** What `--help` prints, with examples. */
  readonly help: string;
  /** Runs the command and gives the exit code. */
  run(words: readonly string[]): Promise<number>;
}

/** A row: what the overview says of a command, and where its code is; loaded only when it is called. */
export interface CliCommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CliCommand }>;
}

/** The commands, in the order of the overview. */
export const commandTable: readonly CliCommandRow[] = [
  {
    name: 'serve',
    summary: 'Serve a directory',
    load: async () => import('./serve.ts'),
  },
];
