import { parsePathList } from '../../wire/path-arguments.ts';
import { reply } from '../../wire/reply.ts';
import { digestOf, stillComputing } from '../checksum-command.ts';
import type { Command } from '../command.ts';
import { withKeepAlive } from '../long-action.ts';

/** MMD5 (draft-twine-ftpmd5): of several files; all of them or none. */
export const mmd5: Command = {
  verb: 'MMD5',
  syntax: 'MMD5 <file>, <file>...',
  summary: 'Tell the MD5 digests of several files.',
  source: 'draft-twine-ftpmd5',
  argument: 'required',
  features: () => ['MMD5'],
  run: (connection, argument) =>
    withKeepAlive(connection, { code: 252, words: stillComputing }, async (signal) => {
      const told: string[] = [];
      for (const given of parsePathList(argument, ',')) {
        const path = connection.resolve(given);
        const entry = await connection.fileSystem.stat(path, { signal });
        if (entry.type !== 'file') return reply(504, 'Only files have a digest');
        const digest = await digestOf(connection, path, { algorithm: 'MD5', range: null, signal });
        told.push(`${given} ${digest.toUpperCase()}`);
      }
      return reply(252, told.join(', '));
    }),
};
