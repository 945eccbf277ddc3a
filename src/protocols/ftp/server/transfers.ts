import { isPending } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import type { FileSystem, ReadHandle, WriteHandle, WriteDisposition } from '#core/file-system.ts';
import { encodeName } from '#core/name-encoding.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import type { TransferProgress } from '#engine/session.ts';
import { StallWatch } from '#engine/stall-watch.ts';
import { transfer, type Codec, type TransferOutcome } from '#engine/transfer.ts';
import { AsciiEncoder } from '../wire/ascii.ts';
import { reply, type Reply } from '../wire/reply.ts';
import type { FtpConnection } from './connection.ts';
import { fileDecoder, fileEncoder, listingEncoder } from './data/codecs.ts';
import { completeDataChannel, openDataChannel, type DataUse } from './data/open-channel.ts';
import type { RestartMarker } from './state.ts';

/** Octets count up as a listing goes out. */
interface ListingProgress extends TransferProgress {
  bytes: number;
}

/** Text of a listing is gathered to pieces of about this many characters before it goes out. */
const listingPieceLength = 128 * 1024;

/** Why no data connection can be used now; null when one can. */
export function refuseData(connection: FtpConnection): Reply | null {
  const { state, data } = connection;
  // What comes back through the tunnel of the control connection is protected by that.
  const byTunnel = connection.tunnelled && data.passive;
  if (connection.mustProtectData && !state.security.protectData && !byTunnel) {
    return reply(521, 'Data connections must be encrypted here: send PROT P first');
  }
  return data.prepared ? null : reply(425, 'Use PASV or PORT first');
}

/** Sends a file, from the marker of REST or RANG on. */
export async function sendFile(connection: FtpConnection, path: VirtualPath): Promise<Reply> {
  const marker = takeMarker(connection);
  const refusal = refuseData(connection);
  if (refusal !== null) return refusal;
  const { fileSystem, options, session, state } = connection;
  const asText = state.parameters.type === 'ascii' && !options.asciiAsBinary;
  const run = new DataTransfer(connection, 'download');
  return run.conduct(async () => {
    let handle = await fileSystem.openRead(path);
    const start = marker?.start ?? 0;
    const last = marker?.end ?? null;
    let position = start;
    const size = handle.entry.size ?? Number.POSITIVE_INFINITY;
    if (marker !== null && state.parameters.structure === 'record') {
      await handle.close();
      throw new WherryError('not-supported', 'REST does not go with STRU R');
    }
    if (marker !== null && asText) {
      // Markers count what passes on the wire, so the file is converted from its beginning (RFC 3659 section 5).
      handle = new EncodedFrom(handle, marker);
      position = 0;
    } else if (position > size && last === null) {
      await handle.close();
      throw beyondTheEnd();
    }
    return transfer({
      direction: 'download',
      session,
      path,
      position,
      length: last === null ? null : last - start + 1,
      open: () => handle,
      announce: () => run.announce(path, handle.entry.size),
      complete: completeDataChannel,
      codec:
        handle instanceof EncodedFrom
          ? fileEncoder(state.parameters, false)
          : fileEncoder(state.parameters, asText),
      stallTimeoutMs: options.timeouts.stallMs,
      digest: session.digests('download'),
      signal: () => run.signal,
      text: asText,
    });
  });
}

/** Where and how an upload is written. */
export interface ReceiveOptions {
  readonly path: VirtualPath;
  /** `append` goes on at the end; the others start at the marker of REST or at the beginning. */
  readonly disposition: WriteDisposition | 'append';
  /** What 150 says of it instead of the usual words (STOU). */
  readonly preliminary?: string;
  readonly completed?: string;
}

/** Receives a file. */
export async function receiveFile(connection: FtpConnection, target: ReceiveOptions): Promise<Reply> {
  const marker = takeMarker(connection);
  const refusal = refuseData(connection);
  if (refusal !== null) return refusal;
  const { fileSystem, options, session, state } = connection;
  const { path } = target;
  const { parameters } = state;
  const asText = parameters.type === 'ascii' && !options.asciiAsBinary;
  const start = marker?.start ?? 0;
  const last = marker?.end ?? null;
  const inPlace = start > 0 || last !== null || target.disposition === 'append';
  if (marker !== null && (asText || parameters.structure === 'record')) {
    throw new WherryError('not-supported', 'Uploads go on from a position in TYPE I and STRU F only');
  }
  const run = new DataTransfer(connection, 'upload');
  return run.conduct(
    async () =>
      transfer({
        direction: 'upload',
        session,
        path,
        open: () => openTarget(),
        announce: () => run.announce(path, null, target.preliminary),
        position: (handle) => (target.disposition === 'append' && start === 0 ? handle.initialSize : start),
        length: last === null ? null : last - start + 1,
        keepPart: options.keepPartialUploads,
        complete: completeDataChannel,
        codec: fileDecoder(parameters, asText),
        stallTimeoutMs: options.timeouts.stallMs,
        digest: session.digests('upload'),
        signal: () => run.signal,
        text: asText,
      }),
    target.completed,
  );

  async function openTarget(): Promise<WriteHandle> {
    const disposition: WriteDisposition = inPlace ? 'update' : target.disposition;
    // Opening would make the file, and a refusal must leave none behind.
    if (start > 0 && (await isMissing(fileSystem, path))) throw beyondTheEnd();
    const handle = await fileSystem.openWrite(path, { disposition, mode: 0o666 & ~parameters.umask });
    if (start <= handle.initialSize) return handle;
    await handle.abort();
    throw beyondTheEnd();
  }
}

/**
 * Sends text over the data connection: LIST, NLST, MLSD. `lines` gives pieces of any length with their line ends,
 * names as `decodeName` makes them; its first piece is asked for before the client is told anything.
 */
export async function sendListing(
  connection: FtpConnection,
  path: VirtualPath,
  lines: AsyncIterable<string>,
): Promise<Reply> {
  const refusal = refuseData(connection);
  if (refusal !== null) return refusal;
  const run = new DataTransfer(connection, 'listing');
  return run.conduct(async () => {
    const pieces = lines[Symbol.asyncIterator]();
    let next = await pieces.next();
    const channel = await run.announce(path, null);
    const codec = listingEncoder(connection.state.parameters);
    const progress: ListingProgress = {
      direction: 'listing',
      path,
      startedAt: Date.now(),
      bytes: 0,
      total: null,
    };
    connection.session.beginTransfer(progress);
    const watch = new StallWatch(connection.options.timeouts.stallMs, progress);
    watch.start(channel);
    let gathered = '';
    try {
      for (; next.done !== true; next = await pieces.next()) {
        gathered += next.value;
        if (gathered.length < listingPieceLength) continue;
        progress.bytes += await sendText(channel, codec, gathered);
        gathered = '';
      }
      progress.bytes += await sendText(channel, codec, gathered);
      if (codec !== null) await channel.write(await codec.finish());
      await completeDataChannel(channel);
    } catch (thrown) {
      channel.destroy();
      throw thrown;
    } finally {
      watch.stop();
      await pieces.return?.();
      connection.session.endTransfer(progress);
    }
    return { bytes: progress.bytes, durationMs: Date.now() - progress.startedAt, sha256: null };
  });
}

async function sendText(channel: ByteChannel, codec: Codec | null, text: string): Promise<number> {
  if (text === '') return 0;
  const octets = encodeName(text);
  const writing = channel.write(codec === null ? octets : await codec.transform(octets));
  if (isPending(writing)) await writing;
  return octets.length;
}

/** A marker of REST must lie in the file or at its end; a range of RANG may hold nothing (draft-bryan-ftp-range). */
function beyondTheEnd(): WherryError {
  return new WherryError('invalid-range', 'The restart position lies beyond the end of the file');
}

/** Whether a name is known to be free; an account that may not look is taken at its word. */
async function isMissing(fileSystem: FileSystem, path: VirtualPath): Promise<boolean> {
  try {
    await fileSystem.stat(path);
    return false;
  } catch (thrown) {
    return thrown instanceof WherryError && thrown.code === 'not-found';
  }
}

/** The marker counts for this command, whatever becomes of it. */
function takeMarker(connection: FtpConnection): RestartMarker | null {
  const { pending } = connection.state;
  const marker = pending.restart;
  pending.restart = null;
  return marker;
}

/** One use of the data connection: says 150, opens it, and turns the outcome into the final reply. */
class DataTransfer {
  readonly #connection: FtpConnection;
  readonly #use: DataUse;
  #channel: ByteChannel | null = null;
  #announced = false;
  #aborted = false;
  #controller: AbortController | null = null;

  constructor(connection: FtpConnection, use: DataUse) {
    this.#connection = connection;
    this.#use = use;
  }

  /** Aborted with the transfer, for what waits meanwhile; made when it is first asked for, which is seldom. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Tells the client that it begins, and opens the data connection. */
  async announce(path: VirtualPath, size: number | null, words?: string): Promise<ByteChannel> {
    const connection = this.#connection;
    this.#checkAborted();
    connection.announceTransfer(reply(150, words ?? this.#opening(path, size)));
    this.#announced = true;
    const opening = openDataChannel(connection, this.#use);
    if (isPending(opening)) {
      connection.control.flush();
      this.#channel = await opening;
    } else {
      this.#channel = opening;
    }
    this.#checkAborted();
    return this.#channel;
  }

  /** Runs `move` as the connection's transfer. */
  async conduct(move: () => Promise<TransferOutcome>, completed = 'Transfer complete'): Promise<Reply> {
    const connection = this.#connection;
    connection.setTransfer({ abort: () => this.#abort() });
    try {
      await move();
      return reply(226, completed);
    } catch (thrown) {
      this.#channel?.destroy();
      if (this.#aborted) return reply(426, 'Transfer aborted');
      // What failed before the client was told leaves the passive port for its next try.
      if (!this.#announced) throw thrown;
      throw afterAnnouncement(thrown);
    } finally {
      connection.setTransfer(null);
    }
  }

  #opening(path: VirtualPath, size: number | null): string {
    const { parameters } = this.#connection.state;
    const kind = parameters.type === 'ascii' || this.#use === 'listing' ? 'ASCII' : 'BINARY';
    const subject = this.#use === 'listing' ? 'file list' : nameOf(path);
    const length = size === null || kind === 'ASCII' ? '' : ` (${size} bytes)`;
    return `Opening ${kind} mode data connection for ${subject}${length}`;
  }

  #abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
    this.#connection.data.abort();
    this.#channel?.destroy();
  }

  #checkAborted(): void {
    if (!this.#aborted) return;
    this.#channel?.destroy();
    throw new WherryError('aborted', 'Transfer aborted');
  }
}

/** After 150 a name is no longer the question; what a client may see then is 4yz, 522 or a full disk. */
function afterAnnouncement(thrown: unknown): unknown {
  if (!(thrown instanceof WherryError)) return thrown;
  if (thrown.code === 'exists') return new WherryError('busy', thrown.message, { cause: thrown });
  // Records or blocks that are none: 501 would blame the command.
  if (thrown.code === 'protocol') return new WherryError('truncated', thrown.message, { cause: thrown });
  return thrown;
}

/** A file as TYPE A shows it, from a position on the wire; read once, forward. */
class EncodedFrom implements ReadHandle {
  readonly entry: ReadHandle['entry'];
  readonly fileDescriptor = null;
  readonly #inner: ReadHandle;
  readonly #encoder = new AsciiEncoder();
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);
  readonly #isRange: boolean;
  #skip: number;
  #position = 0;
  #rest: Uint8Array = new Uint8Array();
  #finished = false;

  constructor(inner: ReadHandle, { start, end }: RestartMarker) {
    this.#inner = inner;
    this.#skip = start;
    this.#isRange = end !== null;
    this.entry = { ...inner.entry, size: null };
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#rest.length === 0) {
      if (this.#finished) {
        if (this.#skip > 0 && !this.#isRange) throw beyondTheEnd();
        return 0;
      }
      const count = await this.#inner.read(this.#buffer, this.#position);
      this.#position += count;
      this.#finished = count === 0;
      const encoded =
        count === 0 ? this.#encoder.flush() : this.#encoder.transform(this.#buffer.subarray(0, count));
      const skipped = Math.min(this.#skip, encoded.length);
      this.#skip -= skipped;
      this.#rest = encoded.subarray(skipped);
    }
    const count = Math.min(target.length, this.#rest.length);
    target.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
