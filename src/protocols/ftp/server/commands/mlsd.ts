import type { Command } from '../command.ts';
import { factLines } from '../listing/fact-lines.ts';
import { sendListing } from '../transfers.ts';

/** RFC 3659 MLSD: of one directory, whatever TYPE is, and no patterns. */
export const mlsd: Command = {
  verb: 'MLSD',
  syntax: 'MLSD [<directory>]',
  summary: 'Send a listing for programs to read.',
  source: 'RFC 3659 section 7',
  usesData: true,
  run: (connection, argument) => {
    const path = connection.resolve(argument);
    return sendListing(connection, path, factLines(connection, path));
  },
};
