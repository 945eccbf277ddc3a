import { maximumClientName } from '../../wire/limits.ts';
import { parseClientIdentity } from '../../wire/option-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** CSID: both sides say what they are; of the server only what a client has to know, not its version. */
export const csid: Command = {
  verb: 'CSID',
  syntax: 'CSID Name=<name>; [Version=<version>;]',
  summary: 'Exchange what client and server are.',
  source: 'draft-peterson-streamlined-ftp-command-extensions',
  beforeLogin: true,
  argument: 'required',
  features: () => ['CSID'],
  run: ({ state }, argument) => {
    const identity = parseClientIdentity(argument);
    const name = [identity.get('name'), identity.get('version')].filter(Boolean).join(' ');
    if (name !== '') state.clientName = name.slice(0, maximumClientName);
    return reply(200, 'Name=wherry; CaseSensitive=1; DirSep=/;');
  },
};
