/** Enough for what the kernel hands over at once on a fast link; twice as much gains nothing. */
const octets = 262_144;

/**
 * Memory that sockets read into which were made for it, all of them the same: a chunk is opened or copied while it is
 * handled, and packets are opened into memory of their own. A fresh buffer for every read would cost more than the read.
 */
export const sharedReadMemory: Buffer = Buffer.allocUnsafeSlow(octets);

/** Whether a chunk lies in {@link sharedReadMemory} and has to be left alone after it was handled. */
export function isSharedRead(chunk: Buffer): boolean {
  return chunk.buffer === sharedReadMemory.buffer;
}
