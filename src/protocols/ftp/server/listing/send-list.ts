import type { VirtualPath } from '#core/virtual-path.ts';
import { parseListArgument } from '../../wire/list-arguments.ts';
import { reply, type Reply } from '../../wire/reply.ts';
import type { FtpConnection } from '../connection.ts';
import { sendListing } from '../transfers.ts';
import { isAbsence } from './expand-glob.ts';
import { Listing, type ListStyle } from './list-lines.ts';

/** LIST and NLST: reads the argument, sends what it asks for, and says so when a limit cut it short. */
export async function sendList(
  connection: FtpConnection,
  argument: string,
  style: ListStyle,
): Promise<Reply> {
  const request = parseListArgument(argument);
  const listing = new Listing(connection, request.options, style);
  const path = namedPath(connection, request.path);
  const outcome = await sendListing(connection, path, listing.pieces(request));
  return listing.truncated && outcome.code === 226
    ? reply(226, 'Transfer complete, but the tree is too large to be listed whole')
    : outcome;
}

/** The path for the log; a pattern may be none. */
function namedPath(connection: FtpConnection, path: string | null): VirtualPath {
  try {
    return connection.resolve(path ?? '');
  } catch (thrown) {
    if (isAbsence(thrown)) return connection.state.directory;
    throw thrown;
  }
}
