import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import { BufferPool } from './buffer-pool.ts';
import { createDigest, type Digest } from './checksum.ts';
import type { TransferDirection } from './events.ts';
import type { Flow } from './limits/flow.ts';
import type { Session, TransferProgress } from './session.ts';
import { StallWatch } from './stall-watch.ts';
import { beginChange, reportTransfer } from './transfer-events.ts';

/** Turns the octets of a file into those on the wire, or back: line ends, records, blocks, compression. */
export interface Codec {
  /** The result may share memory with `chunk` or with the codec, and holds until the next call. */
  transform(chunk: Uint8Array): Awaitable<Uint8Array>;
  /** What is left at the end. A decoder throws `truncated` when the data ended before its end mark. */
  finish(): Awaitable<Uint8Array>;
  /** Whether a decoder has seen an end that the data itself marks; always false for an encoder. */
  readonly ended: boolean;
  /** Octets that may be given at once, where more could grow too large. */
  readonly maximumChunk?: number | undefined;
}

interface TransferJob<Handle> {
  readonly session: Session;
  readonly path: string;
  /** Opens the file, before the peer is told anything. */
  readonly open: () => Awaitable<Handle>;
  /** Tells the peer that it begins, and gives the channel once that stands. */
  readonly announce: (handle: Handle) => Awaitable<ByteChannel>;
  /** Ends the channel properly after the last octet; until then nothing is reported as done. */
  readonly complete: (channel: ByteChannel) => Awaitable<void>;
  readonly codec: Codec | null;
  /** Ends waiting for the speed limit; the session's end does in any case. Asked for only when there is waiting. */
  readonly signal?: (() => AbortSignal) | undefined;
  /** Whether line ends were converted, for the log. */
  readonly text?: boolean | undefined;
  /** Longest time without one octet moving, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Compute SHA-256 over the file's octets as they pass; rules out zero-copy. */
  readonly digest: boolean;
}

/** Sends a file. */
export interface DownloadJob extends TransferJob<ReadHandle> {
  readonly direction: 'download';
  readonly position: number;
  /** Octets to send at most; the rest of the file when null. */
  readonly length: number | null;
}

/** Receives a file. */
export interface UploadJob extends TransferJob<WriteHandle> {
  readonly direction: 'upload';
  /** Where the first octet goes, once the handle is open. */
  readonly position: (handle: WriteHandle) => number;
  /** Octets to take at most; more is `too-large`. */
  readonly length: number | null;
  /** Publish what has come when the peer breaks off, so that it can go on there; default false. */
  readonly keepPart?: boolean | undefined;
}

/** What a completed transfer was. */
export interface TransferOutcome {
  readonly bytes: number;
  readonly durationMs: number;
  /** Hex, when asked for. */
  readonly sha256: string | null;
}

/**
 * 256 KiB a piece: past it neither plain sockets nor files gain. TLS does, from fewer calls into it, up to 512 KiB:
 * more does not stay in a processor's cache until it has been encrypted and sent.
 */
const smallBuffers = new BufferPool(256 * 1024, 16);
const largeBuffers = new BufferPool(512 * 1024, 8);
const firstSliceBytes = 1024 * 1024;
const smallestSliceBytes = 256 * 1024;
const largestSliceBytes = 64 * 1024 * 1024;
/** A slice of zero-copy should last about this long: rare enough to cost nothing, often enough to see progress. */
const sliceMs = 100;

/**
 * The one way in which bytes move between a file and a peer. In this order: open the file, tell the peer, move the
 * octets, publish or give up, tell the outcome. Chooses the kernel's own path where the channel is a plain socket,
 * the file a real one, and nothing looks at the octets.
 *
 * @throws WherryError whatever failed; the file is then as `WriteHandle.abort` leaves it and the channel destroyed
 */
export async function transfer(job: DownloadJob | UploadJob): Promise<TransferOutcome> {
  if (job.direction === 'download') {
    const handle = await job.open();
    return conduct(job, {
      handle,
      total: remaining(handle, job),
      move: (running) => sendBytes(job, handle, running),
      publish: () => handle.close(),
      giveUp: () => handle.close(),
    });
  }
  const handle = await job.open();
  return conduct(job, {
    handle,
    total: job.length,
    move: (running) => receiveBytes(job, handle, running),
    publish: () => handle.finish(),
    giveUp: (error, progress) =>
      keepsPart(job, error, progress) ? publishPart(job, handle) : handle.abort(),
  });
}

/** How an upload ends that its peer did not complete; after any other error its octets are not wanted, or not right. */
const brokenOff: ReadonlySet<ErrorCode> = new Set(['aborted', 'connection-lost', 'timeout', 'truncated']);

function keepsPart(job: UploadJob, error: WherryError, { bytes }: TransferProgress): boolean {
  return job.keepPart === true && bytes > 0 && brokenOff.has(error.code);
}

function publishPart(job: UploadJob, handle: WriteHandle): Awaitable<void> {
  beginChange(job.session, job.path);
  return handle.finish();
}

/** Progress as the transfer itself sees it. */
interface MovingProgress extends TransferProgress {
  bytes: number;
}

interface Running {
  readonly channel: ByteChannel;
  readonly progress: MovingProgress;
  readonly digest: Digest | null;
}

interface Steps<Handle> {
  readonly handle: Handle;
  readonly total: number | null;
  readonly move: (running: Running) => Promise<void>;
  readonly publish: () => Awaitable<void>;
  readonly giveUp: (error: WherryError, progress: TransferProgress) => Awaitable<void>;
}

async function conduct<Handle>(
  job: TransferJob<Handle> & { readonly direction: TransferDirection },
  steps: Steps<Handle>,
): Promise<TransferOutcome> {
  const { session, direction, path } = job;
  let channel: ByteChannel | null = null;
  let published = false;
  const progress: MovingProgress = { direction, path, startedAt: Date.now(), bytes: 0, total: steps.total };
  const watch = new StallWatch(job.stallTimeoutMs, progress);
  try {
    channel = await job.announce(steps.handle);
    session.beginTransfer(progress);
    if (session.events.wants('transfer-started')) {
      session.events.emit({ event: 'transfer-started', ...session.facts(), direction, path });
    }
    const digest = job.digest ? createDigest('SHA-256') : null;
    watch.start(channel);
    await steps.move({ channel, progress, digest });
    watch.stop();
    if (direction === 'upload') {
      published = true;
      beginChange(session, path);
      await steps.publish();
      await job.complete(channel);
    } else {
      await job.complete(channel);
      published = true;
      await steps.publish();
    }
    const sha256 = digest === null ? null : Buffer.from(digest.finish()).toString('hex');
    reportTransfer(job, progress, { result: 'completed', reason: null, sha256 });
    return { bytes: progress.bytes, durationMs: Date.now() - progress.startedAt, sha256 };
  } catch (thrown) {
    channel?.destroy();
    const error = watch.expired
      ? new WherryError('timeout', 'The data connection stalled', { path, cause: thrown })
      : toWherryError(thrown, 'transfer the file', path);
    if (!published) await quietly(() => steps.giveUp(error, progress));
    if (channel !== null) {
      const result = error.code === 'aborted' ? 'aborted' : 'failed';
      reportTransfer(job, progress, { result, reason: error.message, sha256: null });
    }
    throw error;
  } finally {
    watch.stop();
    session.endTransfer(progress);
  }
}

/** The first error is the one to tell; what goes wrong while cleaning up after it is not. */
async function quietly(step: () => Awaitable<void>): Promise<void> {
  try {
    await step();
  } catch {
    // The handle is given up either way.
  }
}

function remaining(handle: ReadHandle, job: DownloadJob): number | null {
  const { size } = handle.entry;
  if (size === null) return job.length;
  const left = Math.max(0, size - job.position);
  return job.length === null ? left : Math.min(left, job.length);
}

async function sendBytes(job: DownloadJob, handle: ReadHandle, running: Running): Promise<void> {
  const { channel, progress, digest } = running;
  const expected = progress.total;
  const { zeroCopy } = channel;
  if (expected === 0 && job.codec === null) return;
  if (zeroCopy !== null && handle.fileDescriptor !== null && job.codec === null && digest === null) {
    const { fileDescriptor } = handle;
    await sendSlices(job, progress, (moved, slice) =>
      zeroCopy.sendFile(fileDescriptor, job.position + moved, slice, moved + slice === expected),
    );
  } else {
    await sendThroughBuffers(job, handle, running);
  }
  if (expected !== null && handle.entry.size !== null && progress.bytes < expected) {
    throw new WherryError('io', 'The file became shorter while it was sent', { path: job.path });
  }
}

/** The size of the next slice: each should last about as long in time as the last let expect. */
class SlicePace {
  #bytes = firstSliceBytes;
  #startedAt = 0;

  /** @param left octets that there may still be */
  next(left: number, flow: Flow | null): number {
    this.#startedAt = performance.now();
    return Math.min(this.#bytes, left, flow?.pieceSize ?? this.#bytes);
  }

  moved(): void {
    const tookMs = performance.now() - this.#startedAt;
    if (tookMs < sliceMs) this.#bytes = Math.min(this.#bytes * 2, largestSliceBytes);
    else if (tookMs > 4 * sliceMs) this.#bytes = Math.max(this.#bytes / 2, smallestSliceBytes);
  }
}

type MoveSlice = (moved: number, slice: number) => Awaitable<number>;

function octetsLeft({ total, bytes }: MovingProgress): number {
  return total === null ? Number.POSITIVE_INFINITY : total - bytes;
}

async function sendSlices(job: DownloadJob, progress: MovingProgress, move: MoveSlice): Promise<void> {
  const pace = new SlicePace();
  for (let left = octetsLeft(progress); left > 0; left = octetsLeft(progress)) {
    const flow = job.session.flow('download');
    const wanted = pace.next(left, flow);
    if (flow !== null) await pass(job, flow, wanted);
    const result = move(progress.bytes, wanted);
    const count = isPending(result) ? await result : result;
    flow?.giveBack(wanted - count);
    if (count === 0) return;
    progress.bytes += count;
    pace.moved();
  }
}

/**
 * Takes slices straight into the file as far as its claims reach.
 *
 * @returns false when more is to come and has to pass through buffers, because room is scarce
 */
async function receiveSlices(
  job: UploadJob,
  { handle, progress, position }: { handle: WriteHandle; progress: MovingProgress; position: number },
  move: MoveSlice,
): Promise<boolean> {
  const pace = new SlicePace();
  for (;;) {
    const flow = job.session.flow('upload');
    let wanted = pace.next(Number.POSITIVE_INFINITY, flow);
    if (handle.claim !== undefined) {
      const at = position + progress.bytes;
      wanted = handle.claim(at + wanted) - at;
      if (wanted <= 0) return false;
    }
    const result = move(progress.bytes, wanted);
    const count = isPending(result) ? await result : result;
    progress.bytes += count;
    handle.claimUsed?.(position + progress.bytes);
    if (count === 0) return true;
    if (flow !== null) await pass(job, flow, count);
    pace.moved();
  }
}

/** Waits for what limits the session's octets. */
async function pass(
  job: { readonly session: Session; readonly signal?: (() => AbortSignal) | undefined },
  flow: Flow,
  bytes: number,
): Promise<void> {
  const { session, signal } = job;
  const waiting = flow.take(bytes, () =>
    signal === undefined ? session.signal : AbortSignal.any([session.signal, signal()]),
  );
  if (isPending(waiting)) await waiting;
}

async function sendThroughBuffers(job: DownloadJob, handle: ReadHandle, running: Running): Promise<void> {
  const { channel, progress, digest } = running;
  const { codec, session } = job;
  const pool = poolFor(progress.total);
  const buffers = [pool.take(), pool.take()] as const;
  const total = progress.total ?? Number.POSITIVE_INFINITY;
  let position = 0;
  const readInto = (buffer: Buffer): Awaitable<number> => {
    const wanted = Math.min(
      buffer.length,
      total - position,
      session.flow('download')?.pieceSize ?? buffer.length,
    );
    if (wanted <= 0) return 0;
    return handle.read(
      wanted === buffer.length ? buffer : buffer.subarray(0, wanted),
      job.position + position,
    );
  };
  let turn = 0;
  let reading = readInto(buffers[0]);
  try {
    for (;;) {
      const count = isPending(reading) ? await reading : reading;
      reading = 0;
      if (count === 0) break;
      const chunk = buffers[turn & 1 ? 1 : 0].subarray(0, count);
      position += count;
      turn += 1;
      // The next piece is read while this one is on its way.
      reading = readInto(buffers[turn & 1 ? 1 : 0]);
      // It may fail while the channel is waited for; the next turn still hears of it.
      if (isPending(reading)) reading.catch(() => 0);
      digest?.update(chunk);
      const flow = session.flow('download');
      if (flow !== null) await pass(job, flow, count);
      await writeAll(channel, codec === null ? chunk : await codec.transform(chunk));
      progress.bytes += count;
    }
    if (codec !== null) await writeAll(channel, await codec.finish());
  } finally {
    // A read under way still writes into its buffer, and the file must not be closed beneath it.
    if (isPending(reading)) await reading.catch(() => 0);
    for (const buffer of buffers) pool.give(buffer);
  }
}

async function writeAll(channel: ByteChannel, chunk: Uint8Array): Promise<void> {
  if (chunk.length === 0) return;
  const writing = channel.write(chunk);
  if (isPending(writing)) await writing;
}

function poolFor(total: number | null): BufferPool {
  return total !== null && total <= smallBuffers.size ? smallBuffers : largeBuffers;
}

async function receiveBytes(job: UploadJob, handle: WriteHandle, running: Running): Promise<void> {
  const { channel, progress, digest } = running;
  const { zeroCopy } = channel;
  const position = job.position(handle);
  if (
    zeroCopy !== null &&
    handle.fileDescriptor !== null &&
    job.codec === null &&
    digest === null &&
    job.length === null
  ) {
    const { fileDescriptor } = handle;
    const ended = await receiveSlices(job, { handle, progress, position }, (moved, slice) =>
      zeroCopy.receiveFile(fileDescriptor, position + moved, slice),
    );
    if (ended) return;
  }
  await receiveThroughBuffers(job, handle, { ...running, position });
}

async function receiveThroughBuffers(
  job: UploadJob,
  handle: WriteHandle,
  running: Running & { readonly position: number },
): Promise<void> {
  const { channel, progress, digest, position } = running;
  const { codec, session } = job;
  const buffers = [largeBuffers.take(), largeBuffers.take()] as const;
  let turn = 0;
  let writing: Awaitable<void> = undefined;
  const store = async (chunk: Uint8Array): Promise<void> => {
    if (isPending(writing)) await writing;
    if (chunk.length === 0) return;
    if (job.length !== null && progress.bytes + chunk.length > job.length) {
      throw new WherryError('too-large', 'More arrived than may be written here', { path: job.path });
    }
    digest?.update(chunk);
    writing = handle.write(chunk, position + progress.bytes);
    // It may fail while the channel is waited for; whoever awaits it next still hears of it.
    if (isPending(writing)) writing.catch(() => undefined);
    progress.bytes += chunk.length;
  };
  try {
    for (;;) {
      const buffer = buffers[turn & 1 ? 1 : 0];
      turn += 1;
      const wanted = Math.min(
        buffer.length,
        session.flow('upload')?.pieceSize ?? buffer.length,
        codec?.maximumChunk ?? buffer.length,
      );
      const count = await channel.read(wanted === buffer.length ? buffer : buffer.subarray(0, wanted));
      if (count === 0) break;
      const flow = session.flow('upload');
      if (flow !== null) await pass(job, flow, count);
      const chunk = buffer.subarray(0, count);
      if (codec === null) {
        await store(chunk);
      } else {
        const decoded = await codec.transform(chunk);
        await store(decoded);
        // What a codec hands out holds only until it is asked again.
        if (isPending(writing)) await writing;
        if (codec.ended) break;
      }
    }
    if (codec !== null) await store(await codec.finish());
    if (isPending(writing)) await writing;
  } finally {
    if (isPending(writing)) await writing.catch(() => undefined);
    for (const buffer of buffers) largeBuffers.give(buffer);
  }
}
