import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle } from '#core/file-system.ts';
import type { WriteBehind, WritePacket } from './write-behind.ts';

/** A packet that is being filled from the source. */
interface Filling {
  readonly packet: WritePacket;
  readonly wanted: number;
  readonly count: Awaitable<number>;
  readonly position: number;
}

/**
 * Moves a source into WRITEs: each piece is read straight into its packet, the next one while the last is sent.
 *
 * @returns the octets moved; the server has not acknowledged all of them yet
 */
export async function copyBehind(
  source: ReadHandle,
  target: WriteBehind,
  options: CopyOptions,
): Promise<number> {
  const { start, length = Number.POSITIVE_INFINITY, onChunk, onProgress, take, signal } = options;
  const fill = (moved: number): Filling | null => {
    const packet = target.packet();
    const wanted = Math.min(packet.room.length, length - moved);
    if (wanted <= 0) {
      packet.drop();
      return null;
    }
    const count = source.read(packet.room.subarray(0, wanted), start + moved);
    // It may fail while the last one is sent; whoever waits for it hears of it then.
    if (isPending(count)) count.catch(() => undefined);
    return { packet, wanted, count, position: start + moved };
  };
  let moved = 0;
  let filling = fill(0);
  try {
    while (filling !== null) {
      const { packet, position } = filling;
      const count: number = isPending(filling.count) ? await filling.count : filling.count;
      if (signal?.aborted === true) throw new WherryError('aborted', 'The copy was stopped');
      if (count === 0) break;
      // A real file that gives less than there was room for has ended; a stream may have more to come.
      const ended = source.fileDescriptor !== null && count < filling.wanted;
      filling = null;
      const next = ended ? null : fill(moved + count);
      filling = next;
      const chunk = packet.room.subarray(0, count);
      try {
        if (take !== undefined) await take(count);
        const seen = onChunk?.(chunk, position);
        if (isPending(seen)) await seen;
      } catch (thrown) {
        packet.drop();
        throw thrown;
      }
      const sent = packet.send(count, position);
      if (isPending(sent)) await sent;
      moved += count;
      onProgress?.(count);
    }
    return moved;
  } finally {
    if (filling !== null) {
      // The source still writes into it, and may be closed only afterwards.
      if (isPending(filling.count)) await filling.count.catch(() => 0);
      filling.packet.drop();
    }
  }
}
