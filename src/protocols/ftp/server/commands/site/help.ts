import { listReply, reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';
import { siteCommands, siteCommandsByVerb } from './table.ts';

/** SITE HELP: from the rows of the SITE commands. */
export const help: SiteCommand = {
  verb: 'HELP',
  syntax: 'SITE HELP [<command>]',
  summary: 'List the SITE commands, or tell the syntax of one.',
  source: 'BSD ftpd',
  run: (_connection, argument) => {
    const wanted = argument.trim().toUpperCase();
    if (wanted === '') {
      const lines = siteCommands.map(({ syntax }) => syntax);
      return listReply(214, 'These SITE commands are understood:', lines, 'SITE HELP <command> tells more');
    }
    const command = siteCommandsByVerb.get(wanted);
    if (command === undefined) return reply(501, 'Unknown SITE command');
    return listReply(214, `Syntax: ${command.syntax}`, [command.summary], `See ${command.source}`);
  },
};
