import { parseFactChanges } from '../../wire/time-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { changeableFacts, prepareChange } from '../fact-changes.ts';

/** MFF: changes several facts at once, and tells what is really stored. */
export const mff: Command = {
  verb: 'MFF',
  syntax: 'MFF <fact>=<value>;... <path>',
  summary: 'Change facts of a file: Modify, UNIX.mode, UNIX.group.',
  source: 'draft-somers-ftp-mfxx',
  argument: 'required',
  features: ({ session }) => changeableFacts(session.fileSystem?.capabilities ?? null),
  run: async (connection, argument) => {
    const { facts, path: given } = parseFactChanges(argument);
    const { fileSystem } = connection;
    const path = connection.resolve(given);
    const entry = await fileSystem.stat(path);
    const { attributes, tell } = prepareChange(facts, entry, fileSystem.capabilities);
    await fileSystem.setAttributes(path, attributes);
    return reply(213, `${tell(await fileSystem.stat(path), path)} ${given}`);
  },
};
