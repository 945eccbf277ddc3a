import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import { digestOf, hashFeature, stillComputing } from '../checksum-command.ts';
import type { Command } from '../command.ts';
import { withKeepAlive } from '../long-action.ts';

/** HASH, with the digest that OPTS HASH has selected, of the part that RANG has named; both its ends count. */
export const hash: Command = {
  verb: 'HASH',
  syntax: 'HASH <file>',
  summary: 'Tell a digest of a file, or of the part that RANG has named.',
  source: 'draft-bryan-ftpext-hash',
  keeps: ['restart'],
  argument: 'required',
  features: (connection) => [hashFeature(connection)],
  run: (connection, argument) => {
    const { pending, parameters } = connection.state;
    const marker = pending.restart;
    pending.restart = null;
    return withKeepAlive(connection, { code: 213, words: stillComputing }, async (signal) => {
      const path = connection.resolve(argument);
      const entry = await connection.fileSystem.stat(path, { signal });
      if (entry.type !== 'file') return reply(553, 'Only files have a digest');
      const size = entry.size ?? Number.POSITIVE_INFINITY;
      const start = marker?.start ?? 0;
      if (start > size)
        throw new WherryError('invalid-range', 'The position lies beyond the end of the file', { path });
      const end = Math.min((marker?.end ?? Number.POSITIVE_INFINITY) + 1, size);
      const { hashAlgorithm: algorithm } = parameters;
      const range = marker === null ? null : { start, end: Math.max(start, end) };
      const digest = await digestOf(connection, path, { algorithm, range, signal });
      // The grammar has no way to write an empty part; its last octet is then taken for the first.
      return reply(213, `${algorithm} ${start}-${Math.max(start, end - 1)} ${digest} ${argument}`);
    });
  },
};
