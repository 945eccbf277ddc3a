import type { ByteChannel } from '#core/byte-channel.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { transfer } from '#engine/transfer.ts';

/** How long an upload waits for its next piece before it is given up. */
const patienceMs = 3_600_000;

interface Piece {
  rest: Uint8Array;
  readonly taken: () => void;
}

/**
 * A file that comes in several requests. For the server it is one upload: it is counted, limited and logged as one, and
 * takes its name when its last octet is there.
 */
export class HostedUpload {
  readonly account: string;
  readonly path: VirtualPath;
  readonly length: number;
  /** Settles when the file is open to be written, or why it may not be. */
  readonly begun: Promise<void>;
  /** Settles when the file has its name, or why it has not. */
  readonly ended: Promise<void>;
  #offset = 0;
  #piece: Piece | null = null;
  #wake: (() => void) | null = null;
  #stopped: WherryError | null = null;

  constructor(
    session: Session,
    target: { readonly path: VirtualPath; readonly length: number; readonly modifiedAt: number | null },
  ) {
    const { path, length, modifiedAt } = target;
    const fileSystem = session.fileSystem;
    if (fileSystem === null) throw new WherryError('login-refused', 'Log in to upload');
    this.account = session.account?.name ?? '';
    this.path = path;
    this.length = length;
    const begun = Promise.withResolvers<void>();
    this.begun = begun.promise;
    this.ended = transfer({
      direction: 'upload',
      session,
      path,
      open: () => fileSystem.openWrite(path, { size: length }),
      announce: () => {
        begun.resolve();
        return this.#channel();
      },
      complete: () => undefined,
      codec: null,
      position: () => 0,
      length,
      stallTimeoutMs: patienceMs,
      digest: session.digests('upload'),
    }).then(
      async () => {
        if (modifiedAt !== null && fileSystem.capabilities.setTimes)
          // A right to upload need not be one to change times.
          await Promise.resolve(fileSystem.setAttributes(path, { modifiedAt })).catch(() => undefined);
      },
      (thrown: unknown) => {
        const error = toWherryError(thrown, 'take the upload');
        this.stop(error);
        begun.reject(error);
        throw error;
      },
    );
    // Whoever waits for them hears of it; nobody has to.
    this.begun.catch(() => undefined);
    this.ended.catch(() => undefined);
  }

  /** Octets that have arrived. */
  get offset(): number {
    return this.#offset;
  }

  /** Hands a piece on; settles when it is taken. @throws WherryError why the upload has ended */
  async feed(bytes: Uint8Array): Promise<void> {
    this.#demandGoing();
    if (this.#offset + bytes.length > this.length)
      throw new WherryError('too-large', 'More octets came than the upload was announced with');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#piece = { rest: bytes, taken: resolve };
    this.#wake?.();
    await promise;
    this.#demandGoing();
  }

  /** Gives the upload up, with all that has come. */
  stop(reason: WherryError): void {
    this.#stopped ??= reason;
    this.#wake?.();
    this.#piece?.taken();
    this.#piece = null;
  }

  #demandGoing(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }

  #channel(): ByteChannel {
    return {
      zeroCopy: null,
      read: async (target) => {
        if (this.#offset === this.length) return 0;
        if (this.#piece === null && this.#stopped === null) {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#wake = resolve;
          await promise;
          this.#wake = null;
        }
        this.#demandGoing();
        return this.#take(target);
      },
      write: () => undefined,
      end: () => undefined,
      destroy: () => this.stop(new WherryError('aborted', 'The upload was given up')),
    };
  }

  #take(target: Uint8Array): number {
    const piece = this.#piece;
    if (piece === null) return 0;
    const count = Math.min(target.length, piece.rest.length);
    target.set(piece.rest.subarray(0, count));
    piece.rest = piece.rest.subarray(count);
    this.#offset += count;
    if (piece.rest.length === 0) {
      this.#piece = null;
      piece.taken();
    }
    return count;
  }
}
