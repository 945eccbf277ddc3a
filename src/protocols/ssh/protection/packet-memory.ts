/**
 * Memory for packets, given back by hand. V8 counts memory outside of its heap and answers a stream of large buffers with
 * one full collection after another, and memory that the system has just handed out costs a page fault every 4 KiB.
 */

/** Rooms that are kept: for OpenSSH's packets of 32 KiB, and for those of 128 KiB that we ask for; each with its frame. */
const keptLengths = [36_864, 135_168];
/** Octets that are kept of each kind: what some fast connections have in work. */
const keptOctets = 8 * 1024 * 1024;

/** Below this the collector costs less than the call. */
const worthwhile = 4096;

const shelves = keptLengths.map((length) => ({ length, rooms: new Array<ArrayBuffer>() }));

/** Memory of `length` octets that nothing else has a view of; what it holds is not defined. */
export function takeMemory(length: number): Buffer {
  // Half of a room has to be used, so that a peer whose packets wait makes us hold twice their octets at most.
  const shelf = shelves.find((candidate) => length <= candidate.length && 2 * length > candidate.length);
  if (shelf === undefined) return Buffer.allocUnsafeSlow(length);
  const room = shelf.rooms.pop() ?? Buffer.allocUnsafeSlow(shelf.length).buffer;
  return Buffer.from(room, 0, length);
}

/**
 * Gives memory back at once, for the next packet or to the system. Only for memory that nobody else has a view of; every
 * view of it is empty afterwards.
 */
export function releaseMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < worthwhile) return;
  const shelf = shelves.find(({ length }) => length === buffer.byteLength);
  if (shelf === undefined || shelf.rooms.length * shelf.length >= keptOctets) buffer.transfer(0);
  // The same octets under another name: who still has a view of them by mistake sees nothing of the next packet.
  else shelf.rooms.push(buffer.transfer());
}
