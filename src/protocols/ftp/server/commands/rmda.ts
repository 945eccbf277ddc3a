import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { removeDirectoryTree } from '../remove-directory-tree.ts';

/** RMDA: removes a directory with all it holds; links in it are removed, never followed. */
export const rmda: Command = {
  verb: 'RMDA',
  syntax: 'RMDA <directory>',
  summary: 'Remove a directory and everything in it.',
  source: 'draft-peterson-streamlined-ftp-command-extensions',
  argument: 'required',
  features: () => ['RMDA directoryname'],
  run: async (connection, argument) => {
    await removeDirectoryTree(connection, argument);
    return reply(250, 'Directory removed');
  },
};
