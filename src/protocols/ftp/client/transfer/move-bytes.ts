import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { Transfer } from './transfer.ts';

/** Large enough for TLS, which gains from fewer calls into it. */
const bufferBytes = 1024 * 1024;
const smallBufferBytes = 64 * 1024;
/** Idle buffers that stay allocated: those of four transfers. */
const maximumIdle = 8;
const idle: Buffer[] = [];

const firstSliceBytes = 1024 * 1024;
const largestSliceBytes = 64 * 1024 * 1024;
/** A slice that the kernel moves by itself should last about this long: progress is told after each. */
const sliceMs = 100;

function takeBuffer(expected: number | null): Buffer {
  if (expected !== null && expected <= smallBufferBytes) return Buffer.allocUnsafe(Math.max(expected, 1) + 1);
  return idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
}

function giveBuffer(buffer: Buffer): void {
  if (buffer.length === bufferBytes && idle.length < maximumIdle) idle.push(buffer);
}

interface Move {
  readonly transfer: Transfer;
  readonly options: CopyOptions;
  /** Octets that are expected to come; null when nobody knows. */
  readonly expected: number | null;
}

/** Whether octets may pass inside the kernel: nobody looks at them on the way. */
function zeroCopyOf(
  { transfer, options }: Move,
  fileDescriptor: number | null,
): Transfer['channel']['zeroCopy'] {
  return fileDescriptor === null || options.onChunk !== undefined ? null : transfer.channel.zeroCopy;
}

/** Moves slices until the end or `length`, each about as long in time as the last let expect. */
async function inSlices(
  { transfer, options }: Move,
  step: (moved: number, slice: number) => Awaitable<number>,
): Promise<number> {
  const { length = Number.POSITIVE_INFINITY, take, onProgress, signal } = options;
  let slice = firstSliceBytes;
  let moved = 0;
  while (moved < length) {
    requireGoing(signal);
    const wanted = Math.min(slice, length - moved);
    if (take !== undefined) await take(wanted);
    const startedAt = performance.now();
    const result = step(moved, wanted);
    const count = isPending(result) ? await transfer.watch.during(result) : result;
    if (count === 0) break;
    moved += count;
    onProgress?.(count);
    if (take === undefined && performance.now() - startedAt < sliceMs)
      slice = Math.min(slice * 2, largestSliceBytes);
  }
  return moved;
}

/** From the data connection into a file. Returns the octets moved; the peer has ended when it is less than `length`. */
export async function receiveBytes(move: Move, target: WriteHandle): Promise<number> {
  const { transfer, options } = move;
  const { fileDescriptor } = target;
  const zeroCopy = zeroCopyOf(move, fileDescriptor);
  if (zeroCopy !== null && fileDescriptor !== null) {
    return inSlices(move, (moved, slice) =>
      zeroCopy.receiveFile(fileDescriptor, options.start + moved, slice),
    );
  }
  const buffers = [takeBuffer(move.expected), takeBuffer(move.expected)] as const;
  const { length = Number.POSITIVE_INFINITY, take, onProgress, onChunk, signal } = options;
  let writing: Awaitable<void> = undefined;
  let moved = 0;
  try {
    for (let turn = 0; moved < length; turn += 1) {
      requireGoing(signal);
      const buffer = buffers[turn & 1 ? 1 : 0];
      const wanted = Math.min(buffer.length, length - moved);
      const reading = transfer.channel.read(wanted === buffer.length ? buffer : buffer.subarray(0, wanted));
      const count = isPending(reading) ? await transfer.watch.during(reading) : reading;
      if (count === 0) break;
      if (take !== undefined) await take(count);
      const chunk = buffer.subarray(0, count);
      if (onChunk !== undefined) await onChunk(chunk, options.start + moved);
      if (isPending(writing)) await writing;
      writing = target.write(chunk, options.start + moved);
      // It may fail while the next piece is read; the next turn still hears of it.
      if (isPending(writing)) writing.catch(() => undefined);
      moved += count;
      onProgress?.(count);
    }
    if (isPending(writing)) await writing;
  } finally {
    if (isPending(writing)) await writing.catch(() => undefined);
    for (const buffer of buffers) giveBuffer(buffer);
  }
  return moved;
}

/** From a file into the data connection. Returns the octets moved; less than `length` when the file has no more. */
export async function sendBytes(move: Move, source: ReadHandle): Promise<number> {
  const { transfer, options } = move;
  const { fileDescriptor } = source;
  const zeroCopy = zeroCopyOf(move, fileDescriptor);
  if (zeroCopy !== null && fileDescriptor !== null) {
    const send = (from: number, slice: number): Awaitable<number> =>
      zeroCopy.sendCopied?.(fileDescriptor, from, slice) ?? zeroCopy.sendFile(fileDescriptor, from, slice);
    return inSlices(move, (moved, slice) => send(options.start + moved, slice));
  }
  const buffers = [takeBuffer(move.expected), takeBuffer(move.expected)] as const;
  const { length = Number.POSITIVE_INFINITY, take, onProgress, onChunk, signal } = options;
  const readInto = (buffer: Buffer, from: number): Awaitable<number> => {
    const wanted = Math.min(buffer.length, length - from);
    if (wanted <= 0) return 0;
    return source.read(wanted === buffer.length ? buffer : buffer.subarray(0, wanted), options.start + from);
  };
  let moved = 0;
  let reading = readInto(buffers[0], 0);
  try {
    for (let turn = 0; ; turn += 1) {
      requireGoing(signal);
      const count = isPending(reading) ? await reading : reading;
      reading = 0;
      if (count === 0) break;
      const chunk = buffers[turn & 1 ? 1 : 0].subarray(0, count);
      const from = options.start + moved;
      moved += count;
      // The next piece is read while this one is on its way.
      reading = readInto(buffers[turn & 1 ? 0 : 1], moved);
      if (isPending(reading)) reading.catch(() => 0);
      if (onChunk !== undefined) await onChunk(chunk, from);
      if (take !== undefined) await take(count);
      const writing = transfer.channel.write(chunk);
      if (isPending(writing)) await transfer.watch.during(writing);
      onProgress?.(count);
    }
  } finally {
    // A read under way still writes into its buffer.
    if (isPending(reading)) await reading.catch(() => 0);
    for (const buffer of buffers) giveBuffer(buffer);
  }
  return moved;
}

function requireGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WherryError('aborted', 'The transfer was stopped');
}
