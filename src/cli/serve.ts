import type { CliCommand } from './cli-command.ts';
import { serveHelp } from './serve-help.ts';
import { readServeOptions } from './serve-options.ts';

/** `wherry serve`. */
export const command: CliCommand = {
  help: serveHelp,
  async run(words) {
    const options = await readServeOptions(words);
    // The server is loaded when it is sure that one is to run: that takes longest.
    const { runServer } = await import('./serve-run.ts');
    return runServer(options);
  },
};
