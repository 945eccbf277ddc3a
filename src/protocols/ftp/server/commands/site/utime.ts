import { parseSiteTimes } from '../../../wire/time-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE UTIME, in both forms that clients know; the short one sets both times. */
export const utime: SiteCommand = {
  verb: 'UTIME',
  syntax: 'SITE UTIME <YYYYMMDDhhmm[ss]> <path> | <path> <accessed> <modified> <made> UTC',
  summary: 'Set when a file was changed and read, in UTC.',
  source: 'Pure-FTPd, ProFTPD mod_site_misc',
  argument: 'required',
  features: () => ['SITE UTIME'],
  run: async (connection, argument) => {
    const { path, modifiedAt, accessedAt } = parseSiteTimes(argument);
    await connection.fileSystem.setAttributes(connection.resolve(path), {
      modifiedAt,
      accessedAt: accessedAt ?? modifiedAt,
    });
    return reply(200, 'Times set');
  },
};
