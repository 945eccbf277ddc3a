import type { ByteChannel } from '#core/byte-channel.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { transfer } from '#engine/transfer.ts';
import { CarriedSession } from './carried-session.ts';
import { PieceQueue } from './piece-queue.ts';
import { bearerOf, ownPath } from './shares/share-session.ts';

/** How long an upload waits for its next piece before it is given up. */
const patienceMs = 3_600_000;

/** What is to be uploaded. */
export interface UploadTarget {
  readonly path: VirtualPath;
  readonly length: number;
  readonly modifiedAt: number | null;
  /** Whether a file of this name gives way. */
  readonly replaces: boolean;
}

/**
 * A file that comes in several requests. For the server it is one upload: it is counted, limited and logged as one, and
 * takes its name when its last octet is there.
 */
export class HostedUpload {
  /** Whose it is: as `bearerOf` names them. */
  readonly bearer: string;
  readonly path: VirtualPath;
  readonly length: number;
  /** Settles when the file is open to be written, or why it may not be. */
  readonly begun: Promise<void>;
  /** Settles when the file has its name, or why it has not. */
  readonly ended: Promise<void>;
  readonly #carrier: CarriedSession;
  readonly #pieces = new PieceQueue();
  #received = 0;
  #taken = 0;
  #stopped: WherryError | null = null;

  constructor(session: Session, target: UploadTarget) {
    const { path, length, modifiedAt, replaces } = target;
    const { fileSystem } = session;
    if (fileSystem === null) throw new WherryError('login-refused', 'Log in to upload');
    this.bearer = bearerOf(session);
    this.path = path;
    this.length = length;
    this.#carrier = new CarriedSession(session, (reason) => this.stop(new WherryError('aborted', reason)));
    const begun = Promise.withResolvers<void>();
    this.begun = begun.promise;
    this.ended = transfer({
      direction: 'upload',
      session: this.#carrier,
      path: ownPath(session, path),
      open: () => fileSystem.openWrite(path, { size: length, disposition: replaces ? 'replace' : 'create' }),
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
    return this.#received;
  }

  /** The login that brings it at the moment. */
  get session(): Session {
    return this.#carrier.bearer;
  }

  /** Another login of the same account goes on with it. */
  carriedBy(session: Session): void {
    this.#carrier.carriedBy(session);
  }

  /** Hands a piece on, which is the upload's from now on; a promise where there is no room for more. @throws WherryError */
  feed(bytes: Uint8Array): Promise<void> | undefined {
    this.#demandGoing();
    if (this.#received + bytes.length > this.length)
      throw new WherryError('too-large', 'More octets came than the upload was announced with');
    this.#received += bytes.length;
    return this.#pieces.put(bytes);
  }

  /** Gives the upload up, with all that has come. */
  stop(reason: WherryError): void {
    this.#stopped ??= reason;
    this.#pieces.close();
  }

  #demandGoing(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }

  #channel(): ByteChannel {
    return {
      zeroCopy: null,
      read: async (target) => {
        if (this.#taken === this.length) return 0;
        const count = await this.#pieces.take(target);
        this.#demandGoing();
        this.#taken += count;
        return count;
      },
      write: () => undefined,
      end: () => undefined,
      destroy: () => this.stop(new WherryError('aborted', 'The upload was given up')),
    };
  }
}
