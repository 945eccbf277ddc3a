import { WherryError } from '#core/errors.ts';
import type { ReadHandle } from '#core/file-system.ts';

/** Octets that are read at once. */
export const pieceOctets = 256 * 1024;

/** The octets of an open file, which is closed at their end. */
export async function* pieces(
  handle: ReadHandle,
  start: number,
  length: number | null,
): AsyncGenerator<Uint8Array> {
  const end = length === null ? Number.POSITIVE_INFINITY : start + length;
  try {
    for (let position = start; position < end;) {
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceOctets, end - position));
      const count = await handle.read(piece, position);
      if (count === 0) {
        if (length === null) return;
        throw new WherryError('truncated', 'The file became shorter while it was sent');
      }
      position += count;
      yield piece.subarray(0, count);
    }
  } finally {
    await handle.close();
  }
}
