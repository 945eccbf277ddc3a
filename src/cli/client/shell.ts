import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { clientCommand } from './client-command.ts';
import { converse } from './shell/converse.ts';
import { runScript } from './shell/script.ts';
import { ShellSession } from './shell/session.ts';

/** A conversation with servers, as lftp, ncftp and sftp hold it. */
export const command = clientCommand({
  name: 'shell',
  usage: '[URL]',
  about:
    'Opens a place and takes commands: ls, cd, get, put, mirror, rm, … as lftp, ncftp and sftp know them. "help" lists\n' +
    'them, "!" runs a command of this machine, "&" at the end of a command lets it go on in the background. The\n' +
    'tabulator key completes commands and names of either side. Ctrl-C stops a command, "bye" or Ctrl-D ends it all.\n' +
    'Results go into a file behind ">" or ">>", and behind "|" into a command of this machine.\n' +
    'From a pipe, a file or -e it is a script, which the first failure ends.',
  words: [0, 1],
  flags: [
    {
      name: 'execute',
      short: 'e',
      value: 'COMMANDS',
      help: 'run these and end; several are parted by ; or line ends',
    },
    { name: 'file', short: 'f', value: 'FILE', help: 'run the lines of a file and end' },
  ],
  examples: [
    ['wherry shell ftp://me@example.org', 'talk with a server'],
    ["wherry shell -e 'cd in; mget *.csv; mrm *.csv' sftp://me@example.org", 'fetch and clear a directory'],
    ['wherry shell sftp://me@example.org < nightly.txt', 'run a script'],
    ["wherry shell -e 'find / | grep -c jpg; du photos > sizes.txt' ftp://me@example.org", 'look at results'],
  ],
  choose: (given) => ({ execute: given.text('execute'), file: given.text('file') }),
  async run(work, [address], { execute, file }) {
    const session = new ShellSession(work);
    if (address !== undefined) await session.open(address);
    try {
      if (execute !== undefined) return await runScript(session, linesOf(execute));
      if (file !== undefined) {
        return await runScript(
          session,
          createInterface({ input: createReadStream(file), crlfDelay: Infinity }),
        );
      }
      if (!process.stdin.isTTY) {
        return await runScript(session, createInterface({ input: process.stdin, crlfDelay: Infinity }));
      }
      work.interrupts.handler = () => undefined;
      await converse(session);
      return session.exitCode ?? 0;
    } finally {
      session.jobs.stopAll();
      await session.close();
    }
  },
});

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split(/\r?\n/u);
}
