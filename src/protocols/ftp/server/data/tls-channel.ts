import type { TLSSocket } from 'node:tls';
import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';

/** Decrypted octets that may wait for a slow reader before the connection is no longer read. */
const pauseAbove = 1024 * 1024;

/** What ended the peer's side of a TLS connection, as the layer below it saw. */
export interface TransportView {
  /** Whether the TCP connection had ended by itself when TLS reported the end. */
  readonly transportEnded: boolean;
}

interface TlsChannelOptions {
  /** Absent where the way of ending does not matter. */
  readonly transport: TransportView | null;
  /** Whether an end without close_notify is `truncated` instead of an end. */
  readonly requireCloseNotify: boolean;
  /** Milliseconds for the peer to take the last octets and close. */
  readonly closeTimeoutMs: number;
}

/** A data connection in TLS, read by pulling: records that are there already come in one piece. */
export class TlsChannel implements ByteChannel {
  readonly zeroCopy = null;
  readonly #socket: TLSSocket;
  readonly #options: TlsChannelOptions;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #ended = false;
  #failure: WherryError | null = null;
  #wake: (() => void) | null = null;
  #closing = false;

  constructor(socket: TLSSocket, options: TlsChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#waiting += chunk.length;
      if (this.#waiting > pauseAbove) socket.pause();
      this.#notify();
    });
    socket.on('end', () => {
      const clean = options.transport === null || !options.transport.transportEnded;
      if (!clean && options.requireCloseNotify) {
        this.#fail(
          new WherryError('truncated', 'The data ended without a TLS close_notify: it is not complete'),
        );
      }
      this.#ended = true;
      this.#notify();
    });
    socket.on('error', (error) => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost', { cause: error }));
    });
    socket.on('close', () => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost'));
    });
  }

  async read(target: Uint8Array): Promise<number> {
    // Octets that came before a failure still count: a truncated upload is cut where it broke.
    while (this.#waiting === 0) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#take(target);
  }

  #take(target: Uint8Array): number {
    let filled = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const room = target.length - filled;
      if (chunk.length > room) {
        target.set(chunk.subarray(0, room), filled);
        this.#chunks[used] = chunk.subarray(room);
        filled += room;
        break;
      }
      target.set(chunk, filled);
      filled += chunk.length;
      used += 1;
    }
    this.#chunks = used === this.#chunks.length ? [] : this.#chunks.slice(used);
    this.#waiting -= filled;
    if (this.#socket.isPaused() && this.#waiting < pauseAbove / 2) this.#socket.resume();
    return filled;
  }

  write(source: Uint8Array): Awaitable<void> {
    const failure = this.#failure;
    if (failure !== null) throw failure;
    return new Promise<void>((resolve, reject) => {
      this.#socket.write(source, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.#failure ?? new WherryError('connection-lost', 'The data connection was lost'));
      });
    });
  }

  /** Sends close_notify and FIN and waits until the kernel has them; then leaves the peer a while to close. */
  async end(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      socket.once('finish', resolve);
      socket.once('close', resolve);
      socket.end();
    });
    // Closing with octets unread would reset the connection and could take the last ones from the peer.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), this.#options.closeTimeoutMs);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroy());
  }

  destroy(): void {
    this.#fail(new WherryError('aborted', 'The data connection was closed'));
    this.#socket.destroy();
  }

  #fail(failure: WherryError): void {
    if (this.#ended && this.#failure === null) return;
    this.#failure ??= failure;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
