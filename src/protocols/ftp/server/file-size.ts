import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import { AsciiEncoder } from '../wire/ascii.ts';
import { maximumScannedFile } from '../wire/limits.ts';
import type { FtpConnection } from './connection.ts';
import { requireRegular } from './checksum-command.ts';
import { giveWay } from './listing/give-way.ts';

const buffers = new BufferPool(256 * 1024, 4);

/**
 * The octets that RETR would send of a file now (RFC 3659 section 4): in TYPE A with its line ends converted by
 * the very same code. MODE B and Z are not counted in, as in other servers: clients compare this with what they
 * have on disk.
 *
 * @throws WherryError `is-directory`; `not-regular`, also where it cannot be told
 */
export async function transferSize(
  connection: FtpConnection,
  path: VirtualPath,
  signal: AbortSignal,
): Promise<number> {
  const { fileSystem, options, state } = connection;
  const { type, structure } = state.parameters;
  const entry = await fileSystem.stat(path, { signal });
  requireRegular(entry, path);
  if (structure === 'record') throw untold('SIZE is not told in STRU R', path);
  if (entry.size === null) throw untold('The size is not known', path);
  if (type === 'image' || options.asciiAsBinary || entry.size === 0) return entry.size;
  if (entry.size > maximumScannedFile) {
    throw untold('SIZE of so large a file is told in TYPE I only', path);
  }
  return countEncoded(connection, path, signal);
}

/** Octets in TYPE A; a file that grows meanwhile is followed no further than the limit. */
async function countEncoded(
  { fileSystem }: FtpConnection,
  path: VirtualPath,
  signal: AbortSignal,
): Promise<number> {
  const handle = await fileSystem.openRead(path, { signal });
  const buffer = buffers.take();
  try {
    const encoder = new AsciiEncoder();
    let position = 0;
    let encoded = 0;
    while (position <= maximumScannedFile) {
      if (signal.aborted) throw new WherryError('aborted', 'The client is gone', { path });
      const count = await handle.read(buffer, position);
      if (count === 0) return encoded + encoder.flush().length;
      encoded += encoder.measure(buffer.subarray(0, count));
      position += count;
      await giveWay();
    }
    throw untold('The file grew while it was read', path);
  } finally {
    buffers.give(buffer);
    await handle.close();
  }
}

function untold(message: string, path: VirtualPath): WherryError {
  return new WherryError('not-regular', message, { path });
}
