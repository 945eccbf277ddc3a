import { reply } from '../../wire/reply.ts';
import { digestOf, stillComputing } from '../checksum-command.ts';
import type { Command } from '../command.ts';
import { withKeepAlive } from '../long-action.ts';

/** MD5 (draft-twine-ftpmd5): of one file, whose name takes the whole argument. */
export const md5: Command = {
  verb: 'MD5',
  syntax: 'MD5 <file>',
  summary: 'Tell the MD5 digest of a file.',
  source: 'draft-twine-ftpmd5',
  argument: 'required',
  features: () => ['MD5'],
  run: (connection, argument) =>
    withKeepAlive(connection, { code: 251, words: stillComputing }, async (signal) => {
      const path = connection.resolve(argument);
      const entry = await connection.fileSystem.stat(path, { signal });
      if (entry.type !== 'file') return reply(504, 'Only files have a digest');
      const digest = await digestOf(connection, path, { algorithm: 'MD5', range: null, signal });
      return reply(251, `${argument} ${digest.toUpperCase()}`);
    }),
};
