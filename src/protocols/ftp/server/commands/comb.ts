import { WherryError } from '#core/errors.ts';
import { parsePathList } from '../../wire/path-arguments.ts';
import { reply } from '../../wire/reply.ts';
import { combineFiles } from '../combine-files.ts';
import type { Command } from '../command.ts';
import { untilClosed } from '../long-action.ts';

/** COMB: appends parts of an upload to their target and removes them. */
export const comb: Command = {
  verb: 'COMB',
  syntax: 'COMB "<target>" "<part>" ["<part>"...]',
  summary: 'Append files to a target and remove them.',
  source: 'GlobalSCAPE EFT',
  argument: 'required',
  features: () => ['COMB target;source_list'],
  run: async (connection, argument) => {
    const [target, ...parts] = parsePathList(argument).map((path) => connection.resolve(path));
    if (target === undefined || parts.length === 0)
      return reply(501, 'A target and at least one part are needed');
    if (new Set(parts).size < parts.length) return reply(501, 'A part is named twice');
    const { fileSystem, session, state } = connection;
    for (const path of parts) {
      // Found out later, the target would hold what a second try appends again.
      if (session.account?.access.decide('delete', path).allowed === true) continue;
      throw new WherryError('permission', 'Permission denied', { path });
    }
    const mode = 0o666 & ~state.parameters.umask;
    await untilClosed(connection, (signal) => combineFiles(fileSystem, { target, parts, mode }, signal));
    return reply(250, 'Combined');
  },
};
