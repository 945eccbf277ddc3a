import type { Opener, Sealer } from './protection.ts';

/** No protection: before the first key exchange. */
export const clearSealer: Sealer = {
  blockLength: 8,
  lengthInBlocks: true,
  seal: (_room, length) => length,
};

/** The other side of {@link clearSealer}. */
export const clearOpener: Opener = {
  headerLength: 4,
  tagLength: 0,
  blockLength: 8,
  lengthInBlocks: true,
  readLength: (source, offset) => source.readUInt32BE(offset),
  open(source, offset, packetLength) {
    const clear = Buffer.allocUnsafeSlow(packetLength);
    source.copy(clear, 0, offset + 4, offset + 4 + packetLength);
    return clear;
  },
};
