import { WherryError } from '#core/errors.ts';
import { isWithin } from '#core/virtual-path.ts';
import type { FtpConnection } from './connection.ts';
import { removeTree } from './listing/tree.ts';
import { untilClosed } from './long-action.ts';

/** RMDA and SITE RMDIR. @throws WherryError `permission` when the client stands in it; as {@link removeTree} */
export async function removeDirectoryTree(connection: FtpConnection, argument: string): Promise<void> {
  const { fileSystem, state } = connection;
  const path = connection.resolve(argument);
  if (isWithin(state.directory, path)) {
    throw new WherryError('permission', 'The working directory lies in it', { path });
  }
  await untilClosed(connection, (signal) => removeTree({ fileSystem, signal }, path));
}
