import { parseSite } from '../../wire/site-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { siteCommands, siteCommandsByVerb } from './site/table.ts';

/** RFC 959 SITE: commands of its own, each a row of `site/table.ts`. */
export const site: Command = {
  verb: 'SITE',
  syntax: `SITE ${siteCommands.map(({ verb }) => verb).join(' | ')}`,
  summary: 'Run one of the commands of this server; SITE HELP tells more.',
  source: 'RFC 959 section 4.1.3',
  keeps: ['copy'],
  argument: 'required',
  features: (connection) => siteCommands.flatMap(({ features }) => features?.(connection) ?? []),
  run: (connection, argument) => {
    const { verb, argument: rest } = parseSite(argument);
    const command = siteCommandsByVerb.get(verb);
    // SITE CPFR counts for the very next command only.
    if (verb !== 'CPTO') connection.state.pending.copy = null;
    if (command === undefined) return reply(500, 'SITE command not understood');
    if (command.argument === 'none' && rest !== null && rest.trim() !== '') {
      return reply(501, `SITE ${verb} takes no argument`);
    }
    if (command.argument === 'required' && (rest === null || rest === '')) {
      return reply(501, `Missing argument: ${command.syntax}`);
    }
    return command.run(connection, rest ?? '');
  },
};
