import { listReply, reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

const verbsPerLine = 10;

/** RFC 959 HELP: from the rows of the commands. */
export const help: Command = {
  verb: 'HELP',
  syntax: 'HELP [<command>]',
  summary: 'List the commands, or tell the syntax of one.',
  source: 'RFC 959 section 4.1.3',
  beforeLogin: true,
  run: (connection, argument) => {
    const { rows, byVerb } = connection.context.commands;
    const wanted = argument.trim().toUpperCase();
    if (wanted !== '') {
      const command = byVerb.get(wanted.split(' ', 1)[0] ?? '');
      if (command === undefined) return reply(501, 'Unknown command');
      return listReply(214, `Syntax: ${command.syntax}`, [command.summary], `See ${command.source}`);
    }
    const verbs = rows.flatMap(({ verb, aliases }) => [verb, ...(aliases ?? [])]).sort();
    const lines: string[] = [];
    for (let index = 0; index < verbs.length; index += verbsPerLine) {
      lines.push(verbs.slice(index, index + verbsPerLine).join(' '));
    }
    return listReply(214, 'These commands are understood:', lines, 'HELP <command> tells more');
  },
};
