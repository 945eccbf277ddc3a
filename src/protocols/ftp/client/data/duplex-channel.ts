import type { Duplex } from 'node:stream';
import type { Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { DataChannel } from './data-channel.ts';

/** Octets that may wait for the reader before the peer is made to wait. */
const pauseAbove = 1024 * 1024;

/** A data connection over a stream of Node's: in TLS, or opened by a dialer. */
export class DuplexChannel implements DataChannel {
  readonly zeroCopy = null;
  readonly #stream: Duplex;
  readonly #reset: () => void;
  #chunks: Buffer[] = [];
  #first = 0;
  #arrived = 0;
  #ended = false;
  #failure: WherryError | null = null;
  #wake: (() => void) | null = null;

  /**
   * @param stream connected; what it reads is taken from now on
   * @param reset drops the connection below it in a way that no peer takes for an end
   */
  constructor(stream: Duplex, reset: () => void) {
    this.#stream = stream;
    this.#reset = reset;
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#arrived += chunk.length;
      if (this.#arrived > pauseAbove) stream.pause();
      this.#wake?.();
    });
    stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    stream.on('error', (cause) =>
      this.#fail(new WherryError('connection-lost', 'The data connection was lost', { cause })),
    );
    stream.on('close', () => {
      if (!this.#ended) this.#fail(new WherryError('connection-lost', 'The data connection was lost'));
    });
  }

  read(target: Uint8Array): Awaitable<number> {
    if (this.#arrived > 0) return this.#take(target);
    if (this.#ended) return 0;
    if (this.#failure !== null) throw this.#failure;
    return this.#readLater(target);
  }

  async write(source: Uint8Array): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(source, (cause) => {
        if (cause === null || cause === undefined) resolve();
        else
          reject(
            this.#failure ?? new WherryError('connection-lost', 'The data connection was lost', { cause }),
          );
      });
    });
  }

  /** Ends this side; in TLS with close_notify first. */
  async end(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    // Read on, so that the end of the other side is noticed and the connection closes.
    this.#stream.resume();
    await new Promise<void>((resolve, reject) => {
      const vanish = (): void => {
        reject(this.#failure ?? new WherryError('connection-lost', 'The data connection was lost'));
      };
      this.#stream.once('close', vanish);
      this.#stream.end(() => {
        this.#stream.off('close', vanish);
        resolve();
      });
    });
  }

  destroy(): void {
    this.#fail(new WherryError('aborted', 'The data connection was closed'));
    this.#reset();
    this.#stream.destroy();
  }

  answerEnd(): void {
    // vsftpd confirms a listing only when it has got a close_notify in return.
    if (!this.#stream.destroyed) this.#stream.end();
  }

  close(): void {
    this.#stream.destroy();
  }

  async #readLater(target: Uint8Array): Promise<number> {
    while (this.#arrived === 0) {
      if (this.#ended) return 0;
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    return this.#take(target);
  }

  #take(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length && this.#first < this.#chunks.length) {
      const chunk = this.#chunks[this.#first] as Buffer;
      const part = chunk.length <= target.length - filled ? chunk : chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      if (part === chunk) this.#first += 1;
      else this.#chunks[this.#first] = chunk.subarray(part.length);
    }
    this.#arrived -= filled;
    if (this.#arrived === 0) {
      this.#chunks = [];
      this.#first = 0;
    }
    if (this.#arrived <= pauseAbove && this.#stream.isPaused()) this.#stream.resume();
    return filled;
  }

  #fail(failure: WherryError): void {
    this.#failure ??= failure;
    this.#wake?.();
  }
}
