import { isPending, type Awaitable } from '#core/awaitable.ts';
import { BufferPool } from '#core/buffer-pool.ts';
import type { CopyOptions } from '#core/copy.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';

/** Past 256 KiB neither files nor sockets gain; what is smaller than a buffer costs no more than its size. */
const buffers = new BufferPool(256 * 1024, 16);

/**
 * Moves octets from one handle to the other: in the way that one of them offers, else through two buffers, the next
 * read under way while the last is written. Neither handle is ended.
 *
 * @returns the octets moved; fewer than `length` where the source ended before
 * @throws WherryError what either side failed with, or `aborted`
 */
export async function moveBytes(
  source: ReadHandle,
  target: WriteHandle,
  options: CopyOptions,
): Promise<number> {
  throwIfStopped(options.signal);
  if (source.copyTo !== undefined) return source.copyTo(target, options);
  if (target.copyFrom !== undefined) return target.copyFrom(source, options);
  return moveThroughBuffers(source, target, options);
}

async function moveThroughBuffers(
  source: ReadHandle,
  target: WriteHandle,
  options: CopyOptions,
): Promise<number> {
  const { start, length = Number.POSITIVE_INFINITY, onChunk, onProgress, take, signal } = options;
  const pair = [buffers.take(), buffers.take()] as const;
  const readInto = (buffer: Buffer, moved: number): Awaitable<number> => {
    const wanted = Math.min(buffer.length, length - moved);
    if (wanted <= 0) return 0;
    return source.read(wanted === buffer.length ? buffer : buffer.subarray(0, wanted), start + moved);
  };
  let moved = 0;
  let turn = 0;
  let reading: Awaitable<number> = 0;
  try {
    reading = readInto(pair[0], 0);
    for (;;) {
      const count = isPending(reading) ? await reading : reading;
      reading = 0;
      throwIfStopped(signal);
      if (count === 0) return moved;
      const chunk = pair[turn & 1 ? 1 : 0].subarray(0, count);
      const position = start + moved;
      turn += 1;
      reading = readInto(pair[turn & 1 ? 1 : 0], moved + count);
      // It may fail while the target is waited for; the next turn still hears of it.
      if (isPending(reading)) reading.catch(() => 0);
      if (take !== undefined) await take(count);
      const seen = onChunk?.(chunk, position);
      if (isPending(seen)) await seen;
      const writing = target.write(chunk, position);
      if (isPending(writing)) await writing;
      moved += count;
      onProgress?.(count);
    }
  } finally {
    // A read under way still writes into its buffer, and the file must not be closed beneath it.
    if (isPending(reading)) await reading.catch(() => 0);
    for (const buffer of pair) buffers.give(buffer);
  }
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WherryError('aborted', 'The copy was stopped');
}

/** Shows the octets of a range to `onChunk`, in order; returns how many there were. */
export async function readBytes(
  source: ReadHandle,
  range: { readonly start: number; readonly length: number },
  onChunk: (chunk: Uint8Array, position: number) => Awaitable<void>,
  signal?: AbortSignal,
): Promise<number> {
  const buffer = buffers.take();
  let done = 0;
  try {
    while (done < range.length) {
      throwIfStopped(signal);
      const wanted = Math.min(buffer.length, range.length - done);
      const count = await source.read(buffer.subarray(0, wanted), range.start + done);
      if (count === 0) break;
      await onChunk(buffer.subarray(0, count), range.start + done);
      done += count;
    }
    return done;
  } finally {
    buffers.give(buffer);
  }
}
