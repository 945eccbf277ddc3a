import { isPending, type Awaitable } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { packetType } from '../wire/packet-types.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import { SftpWriter } from '../wire/sftp-writer.ts';
import type { SftpClientLimits } from './limits.ts';
import { ReplyStream, type Piece } from './reply-stream.ts';

/** Who waits for the answer to one request. Exactly one of its functions ends it; `onData` may be called before. */
export interface PendingReply {
  onReply(type: number, reader: SftpReader): void;
  /** A part of a DATA answer; with `left` 0 it is the last. Absent where DATA would be wrong. */
  onData?(piece: Piece, left: number): void;
  onFailed(error: WherryError): void;
}

/** How an answer is waited for. */
export interface AskOptions<T> {
  readonly signal?: AbortSignal | undefined;
  readonly onLate?: (result: T) => void;
  readonly patient?: boolean;
}

/** Writes the fields of a request behind its number. */
export type WriteFields = (writer: SftpWriter) => void;

/** Requests of one SFTP session and the answers to them, any number under way (draft-ietf-secsh-filexfer-02). */
export class RequestChannel {
  readonly limits: SftpClientLimits;
  /** Settles when no more answers can come; never rejects. */
  readonly ended: Promise<WherryError>;
  readonly #channel: SshChannel;
  readonly #pending = new Map<number, PendingReply>();
  #nextId = 0;
  #error: WherryError | null = null;
  #roundTripMs = Number.POSITIVE_INFINITY;
  #heard = false;
  /** How often in a row it was seen that answers were due and nothing had come. */
  #silences = 0;
  /** Requests under way that may take the server as long as they like. */
  #patient = 0;
  readonly #watch: NodeJS.Timeout;
  #settleEnded: (error: WherryError) => void = () => undefined;

  constructor(channel: SshChannel, limits: SftpClientLimits) {
    this.#channel = channel;
    this.limits = limits;
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#watch = setInterval(() => {
      this.#checkSilence();
    }, limits.replyTimeoutMs);
    this.#watch.unref();
    void this.#receive();
  }

  /** Why there is no session any more; null while there is one. */
  get error(): WherryError | null {
    return this.#error;
  }

  /** Shortest time that an answer took so far, in milliseconds; infinite while there is none. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Takes a number for a request that the caller sends by `write`. @throws WherryError when the session is over */
  register(pending: PendingReply): number {
    if (this.#error !== null) throw this.#error;
    if (this.#pending.size >= this.limits.pendingRequests) {
      throw new WherryError('too-many', 'Too many requests wait for the server');
    }
    do this.#nextId = (this.#nextId + 1) >>> 0;
    while (this.#pending.has(this.#nextId));
    this.#pending.set(this.#nextId, pending);
    return this.#nextId;
  }

  /** Hands on a packet; it settles when the packet's memory may be used again. It fails only with the session. */
  write(packet: Uint8Array): Awaitable<void> {
    if (this.#error !== null) throw this.#error;
    return this.#channel.write(packet);
  }

  /**
   * Sends a request. What `pending` hears is the only answer: it fails too when the session is over.
   */
  send(type: number, fields: WriteFields, pending: PendingReply): void {
    let id: number;
    try {
      id = this.register(pending);
    } catch (thrown) {
      pending.onFailed(toWherryError(thrown, 'send the request'));
      return;
    }
    const writer = new SftpWriter(type).uint32(id);
    fields(writer);
    // A channel that fails fails everything that waits, this request among them.
    ignoreFailure(() => this.#channel.write(writer.finish()));
  }

  /**
   * Sends a request and reads its answer.
   *
   * @param read makes the result of the answer, or throws
   * @param options.onLate takes care of a result that nobody waits for any more
   * @param options.patient for work that takes the server as long as the file is large
   */
  ask<T>(
    request: { readonly type: number; readonly fields: WriteFields },
    read: (type: number, reader: SftpReader) => T,
    options: AskOptions<T> = {},
  ): Promise<T> {
    const { signal, onLate, patient = false } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(stopped());
        return;
      }
      const askedAt = performance.now();
      let waiting = true;
      const stop = (): void => {
        waiting = false;
        reject(stopped());
      };
      signal?.addEventListener('abort', stop, { once: true });
      if (patient) this.#patient += 1;
      const settle = (): void => {
        signal?.removeEventListener('abort', stop);
        if (patient) this.#patient -= 1;
      };
      this.send(request.type, request.fields, {
        onReply: (type, reader) => {
          settle();
          this.#roundTripMs = Math.min(this.#roundTripMs, performance.now() - askedAt);
          try {
            const result = read(type, reader);
            if (waiting) resolve(result);
            else onLate?.(result);
          } catch (thrown) {
            reject(toWherryError(thrown, 'read the answer'));
          }
        },
        onFailed: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  /** Sends INIT; the answer to it has no number. */
  greet<T>(version: number, read: (reader: SftpReader) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const askedAt = performance.now();
      this.#pending.set(0, {
        onReply: (type, reader) => {
          this.#roundTripMs = Math.min(this.#roundTripMs, performance.now() - askedAt);
          try {
            if (type !== packetType.version) throw outOfOrder();
            resolve(read(reader));
          } catch (thrown) {
            reject(toWherryError(thrown, 'read the answer'));
          }
        },
        onFailed: reject,
      });
      ignoreFailure(() => this.#channel.write(new SftpWriter(packetType.init).uint32(version).finish()));
    });
  }

  /** Ends the session: everything that waits fails. Safe to call twice. */
  close(error: WherryError): void {
    if (this.#error !== null) return;
    this.#error = error;
    clearInterval(this.#watch);
    this.#channel.destroy();
    const waiting = Array.from(this.#pending.values());
    this.#pending.clear();
    for (const pending of waiting) pending.onFailed(error);
    this.#settleEnded(error);
  }

  async #receive(): Promise<void> {
    const stream = new ReplyStream(
      {
        onReply: (type, id, reader) => {
          this.#take(id).onReply(type, reader);
        },
        onData: (id, piece, left) => {
          const pending = this.#pending.get(id);
          // It stays among those who wait, so that it hears of the session's end.
          if (pending?.onData === undefined) throw outOfOrder();
          if (left === 0) this.#pending.delete(id);
          pending.onData(piece, left);
        },
      },
      this.limits.packetLength,
    );
    try {
      for (;;) {
        const received = this.#channel.receive();
        const chunk = isPending(received) ? await received : received;
        if (chunk === null) break;
        this.#heard = true;
        stream.push(chunk);
      }
      this.close(new WherryError('connection-lost', 'The server ended the SFTP session'));
    } catch (thrown) {
      const error = toWherryError(thrown, 'read what the server sent');
      const lost = error.code === 'truncated' || error.code === 'closed' || error.code === 'aborted';
      this.close(
        lost
          ? new WherryError('connection-lost', 'The server ended the SFTP session', { cause: error })
          : error,
      );
    }
  }

  #take(id: number): PendingReply {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw outOfOrder();
    this.#pending.delete(id);
    return pending;
  }

  #checkSilence(): void {
    const silent = !this.#heard && this.#pending.size > 0 && this.#patient === 0;
    this.#heard = false;
    this.#silences = silent ? this.#silences + 1 : 0;
    // The first time the oldest request may have been sent a moment ago.
    if (this.#silences > 1) this.close(new WherryError('timeout', 'The server owes answers and is silent'));
  }
}

/** For writes whose failure everybody hears of by the end of the session. */
export function ignoreFailure(write: () => Awaitable<void>): void {
  try {
    const written = write();
    if (isPending(written)) written.catch(() => undefined);
  } catch {
    // As above.
  }
}

function stopped(): WherryError {
  return new WherryError('aborted', 'The operation was stopped');
}

function outOfOrder(): WherryError {
  return new WherryError('protocol', 'The server sent an answer to no request');
}
