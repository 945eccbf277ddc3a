import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Longest path that fits into an address of a socket (unix(7)), without the octet that ends it. */
const longestAddress = 107;

/** A name by which a socket of the file system can be reached, for as long as it is not closed. */
export interface SocketAddress {
  readonly path: string;
  close(): void;
}

/**
 * The address of a socket, also of one whose path is longer than an address may be: then by way of its directory,
 * which is held open.
 *
 * @throws the system's error when the directory of a long path is not there
 */
export function openSocketAddress(file: string): SocketAddress {
  if (Buffer.byteLength(file) <= longestAddress) return { path: file, close: () => undefined };
  const directory = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  return {
    path: `/proc/self/fd/${directory}/${basename(file)}`,
    close() {
      closeSync(directory);
    },
  };
}
