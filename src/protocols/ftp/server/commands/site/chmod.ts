import { parseModeChange } from '../../../wire/site-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE CHMOD: permission bits only; set-uid, set-gid and sticky are never set. */
export const chmod: SiteCommand = {
  verb: 'CHMOD',
  syntax: 'SITE CHMOD <octal mode> <path>',
  summary: 'Change the permission bits of a file or directory.',
  source: 'BSD ftpd',
  argument: 'required',
  run: async (connection, argument) => {
    const { mode, path } = parseModeChange(argument);
    await connection.fileSystem.setAttributes(connection.resolve(path), { mode });
    return reply(200, 'Mode changed');
  },
};
