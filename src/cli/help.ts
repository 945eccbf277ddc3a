import { commandTable } from './command-table.ts';

/** Prints the overview of all commands. */
export function printMainHelp(output: { write(text: string): unknown }): void {
  const width = Math.max(...commandTable.map(({ name }) => name.length));
  const rows = commandTable.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  output.write(`wherry moves files: one server and one client for the whole file-transfer family.

Usage: wherry <command> [options]

Commands:
${rows.join('\n')}

  wherry <command> --help   tells more of a command
  wherry --version          tells the version

Examples:
  wherry serve ./data                          serve a directory, with an account made for you
  wherry serve ./data --user alice:secret:rw   with an account of your own
  wherry serve ./pub --anonymous --ftp 21      a public mirror on the standard port
`);
}
