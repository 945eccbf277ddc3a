/**
 * Gives the memory of a large buffer back at once, where the collector would find it much later: V8 counts memory
 * outside of its heap and answers a stream of 32 KiB buffers with one full collection after another. Only for memory
 * that nobody else has a view of; every view of it is empty afterwards.
 */
export function releaseMemory(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength >= worthwhile) bytes.buffer.transfer(0);
}

/** Below this the collector costs less than the call. */
const worthwhile = 4096;
