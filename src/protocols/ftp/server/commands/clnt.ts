import { maximumClientName } from '../../wire/limits.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** CLNT: what the client calls itself, for whoever looks at the sessions. */
export const clnt: Command = {
  verb: 'CLNT',
  syntax: 'CLNT <name>',
  summary: 'Tell the name of the client.',
  source: 'GuildFTPd, FileZilla',
  beforeLogin: true,
  argument: 'required',
  features: () => ['CLNT'],
  run: ({ state }, argument) => {
    state.clientName = argument.slice(0, maximumClientName);
    return reply(200, 'Noted');
  },
};
