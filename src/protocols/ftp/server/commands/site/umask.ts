import { parseMask } from '../../../wire/site-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE UMASK: the permission bits that new files and directories of this session lack. */
export const umask: SiteCommand = {
  verb: 'UMASK',
  syntax: 'SITE UMASK [<octal mask>]',
  summary: 'Tell or set the permission bits that new files lack.',
  source: 'BSD ftpd',
  run: ({ state: { parameters } }, argument) => {
    const mask = parseMask(argument);
    parameters.umask = mask ?? parameters.umask;
    const told = parameters.umask.toString(8).padStart(3, '0');
    return reply(200, mask === null ? `UMASK is ${told}` : `UMASK set to ${told}`);
  },
};
