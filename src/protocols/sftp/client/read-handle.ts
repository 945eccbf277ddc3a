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
  #closed = false;

  constructor(file: RemoteFile, entry: Entry) {
    this.#file = file;
    this.entry = entry;
  }

  /** The handle by its name at the server. */
  get remoteHandle(): Buffer {
    return this.#file.handle;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#check();
    checkPosition(position);
    // Who jumps about in a file gets what he asks for and no more.
    const inTurn = position === this.#aheadPosition;
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
    this.#dropAhead();
    const { start, length = Number.POSITIVE_INFINITY } = options;
    const octets = await copyAhead(this.#startAhead(start, start + length), target, options);
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
    this.#leftover?.release();
    this.#leftover = null;
    this.#ahead?.stop();
    this.#ahead = null;
  }

  #check(): void {
    if (this.#closed) throw new WherryError('closed', 'Cannot read the file: it is closed');
  }
}
