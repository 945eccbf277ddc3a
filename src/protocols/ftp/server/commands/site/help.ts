import { listReply, reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE HELP, from the rows of the SITE commands that `listCommands` gives when it is called. */
export function createSiteHelp(listCommands: () => readonly SiteCommand[]): SiteCommand {
  return {
    verb: 'HELP',
    syntax: 'SITE HELP [<command>]',
    summary: 'List the SITE commands, or tell the syntax of one.',
    source: 'BSD ftpd',
    run: (_connection, argument) => {
      const wanted = argument.trim().toUpperCase();
      const commands = listCommands();
      if (wanted === '') {
        const lines = commands.map(({ syntax }) => syntax);
        return listReply(214, 'These SITE commands are understood:', lines, 'SITE HELP <command> tells more');
      }
      const command = commands.find(({ verb }) => verb === wanted);
      if (command === undefined) return reply(501, 'Unknown SITE command');
      return listReply(214, `Syntax: ${command.syntax}`, [command.summary], `See ${command.source}`);
    },
  };
}
