import type { CopyOptions } from '#core/copy.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import { checkPosition } from './checks.ts';
import { copyAhead } from './download.ts';
import type { PlacedPiece } from './read-ahead.ts';
import { ReadAhead } from './read-ahead.ts';
import type { RemoteFile } from './remote-file.ts';

/** A file of the server that is read. Reading in turn from the front is read ahead, so that distance matters little. */
export class SftpReadHandle implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = null;
  readonly #file: RemoteFile;
  #ahead: ReadAhead | null = null;
  /** Where the next read has to begin for the read-ahead to be of use. */
  #aheadPosition = 0;
  #leftover: PlacedPiece | null = null;
  /** Whether the read-ahead holds all of the file, and nothing of it was taken. */
  #holdsAll = false;
  #closed = false;

  constructor(file: RemoteFile, entry: Entry) {
    this.#file = file;
    this.entry = entry;
  }

  /** The handle by its name at the server. */
  get remoteHandle(): Buffer {
    return this.#file.handle;
  }

  /**
   * Reads the file in one go, where it is as long as its entry says; what came is not asked for again. For a handle that
   * was not used yet, of a file that one READ can bring.
   *
   * @throws WherryError what the server said
   */
  async fetch(signal: AbortSignal | undefined): Promise<boolean> {
    const ahead = this.#startAhead(0, Number.POSITIVE_INFINITY);
    this.#ahead = ahead;
    const stop = (): void => {
      ahead.stop(new WherryError('aborted', 'The operation was stopped'));
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this.#holdsAll = (await ahead.lengthIfShort()) === this.entry.size;
      return this.#holdsAll;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#check();
    checkPosition(position);
    // Who jumps about in a file gets what he asks for and no more.
    const inTurn = position === this.#aheadPosition;
    this.#holdsAll = false;
    if (!inTurn) this.#dropAhead();
    const end = inTurn ? Number.POSITIVE_INFINITY : position + target.length;
    this.#ahead ??= this.#startAhead(position, end, 2 * target.length);
    let filled = 0;
    while (filled < target.length) {
      const piece: PlacedPiece | null = this.#leftover ?? (await this.#ahead.next());
      this.#leftover = null;
      if (piece === null) {
        // The file may grow; the next read looks again.
        this.#dropAhead();
        break;
      }
      const taken = Math.min(piece.bytes.length, target.length - filled);
      target.set(taken === piece.bytes.length ? piece.bytes : piece.bytes.subarray(0, taken), filled);
      filled += taken;
      if (taken === piece.bytes.length) piece.release();
      else
        this.#leftover = { ...piece, bytes: piece.bytes.subarray(taken), position: piece.position + taken };
    }
    if (!inTurn) this.#dropAhead();
    this.#aheadPosition = position + filled;
    return filled;
  }

  async copyTo(target: WriteHandle, options: CopyOptions): Promise<number> {
    this.#check();
    const { start, length = Number.POSITIVE_INFINITY } = options;
    const octets = await copyAhead(this.#takeAhead(start, start + length), target, options);
    this.#file.session.say(`READ ${octets} octets of ${this.#file.path}`);
    return octets;
  }

  /** Nobody has to wait for the answer: a file that was read has nothing to lose. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropAhead();
    this.#file.close().catch(() => undefined);
  }

  #takeAhead(start: number, end: number): ReadAhead {
    const ahead = this.#ahead;
    if (this.#holdsAll && ahead !== null && start === 0 && end >= (this.entry.size ?? 0)) {
      this.#holdsAll = false;
      this.#ahead = null;
      return ahead;
    }
    this.#dropAhead();
    return this.#startAhead(start, end);
  }

  #startAhead(start: number, end: number, firstFlight?: number): ReadAhead {
    const { session, handle, path } = this.#file;
    const { route, requests } = session;
    const first = Math.min(firstFlight ?? route.firstFlight, route.firstFlight);
    return new ReadAhead({
      requests,
      handle,
      path,
      // Who reads a little at a time may want no more than that; the flight grows when he goes on.
      route: firstFlight === undefined ? route : { ...route, firstFlight: first, flightPerMs: 0 },
      transferLength: session.transferLengths.read,
      start,
      end,
      expectedSize: this.entry.size ?? Number.POSITIVE_INFINITY,
    });
  }

  #dropAhead(): void {
    this.#holdsAll = false;
    this.#leftover?.release();
    this.#leftover = null;
    this.#ahead?.stop();
    this.#ahead = null;
  }

  #check(): void {
    if (this.#closed) throw new WherryError('closed', 'Cannot read the file: it is closed');
  }
}
