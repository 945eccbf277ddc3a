import { Duplex } from 'node:stream';
import { isPending, type Awaitable } from '#core/awaitable.ts';
import { BufferPool } from '#core/buffer-pool.ts';
import type { TcpSocket } from '#native/index.ts';

/** Ciphertext that is taken from the kernel and given to TLS at once: some sixteen records, which still fit a cache. */
const pieces = new BufferPool(256 * 1024, 4);

/**
 * The TCP connection below a TLS socket from which much is received. During the handshake it flows by itself; from
 * `takeOver` on nothing is read but what {@link pull} asks for, so that octets go from the kernel through TLS to the
 * reader in one call and without waiting in between. Whoever pulls learns of the end of the TCP connection before TLS
 * does, and so can tell a peer that ended with close_notify from one that only closed the connection.
 */
export class TlsIntake extends Duplex {
  readonly #socket: TcpSocket;
  #piece: Buffer = pieces.take();
  #pulled = false;
  #pulling: Promise<number> | null = null;

  constructor(socket: TcpSocket) {
    super({ allowHalfOpen: true, autoDestroy: false, emitClose: true });
    this.#socket = socket;
  }

  /** Ends the flow, with the handshake; what has arrived by then still reaches TLS first. */
  takeOver(): void {
    this.#pulled = true;
  }

  /**
   * Reads at most `length` octets and has TLS work them off before it answers.
   *
   * @returns the octets read, 0 when the peer has closed its side
   * @throws what the socket says of a lost connection
   */
  pull(length: number): Awaitable<number> {
    if (this.#pulling !== null) return this.#pulling;
    // Something still waits to be handed to TLS; what comes next must not overtake it.
    if (this.readableLength > 0) return this.#track(this.#pullLater(length));
    const count = this.#socket.read(this.#room(length));
    if (isPending(count)) return this.#track(this.#pullNow(count));
    return this.#feed(count);
  }

  override _read(): void {
    if (this.#pulled || this.#pulling !== null) return;
    void this.#flow();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    void this.#answer(() => this.#socket.write(chunk), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    void this.#answer(() => this.#socket.end(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    pieces.give(this.#piece);
    callback(error);
  }

  async #answer(action: () => Awaitable<void>, callback: (error?: Error | null) => void): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      callback(thrown as Error);
      return;
    }
    callback();
  }

  async #flow(): Promise<void> {
    try {
      const count = await this.#track(this.#pullNow(this.#socket.read(this.#piece)));
      // No handshake is completed by a peer that has said its last word.
      if (count === 0 && !this.#pulled) this.destroy();
    } catch (thrown) {
      this.destroy(thrown as Error);
    }
  }

  async #track(pulling: Promise<number>): Promise<number> {
    this.#pulling = pulling;
    try {
      return await pulling;
    } finally {
      this.#pulling = null;
    }
  }

  async #pullNow(reading: Awaitable<number>): Promise<number> {
    // Never at once, even when the octets are there: within _read a stream would only queue what it is given.
    return this.#feed(await reading);
  }

  async #pullLater(length: number): Promise<number> {
    while (this.readableLength > 0 && !this.destroyed) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    return this.#feed(await this.#socket.read(this.#room(length)));
  }

  #room(length: number): Buffer {
    return length >= this.#piece.length ? this.#piece : this.#piece.subarray(0, length);
  }

  #feed(count: number): number {
    if (count === 0) return 0;
    this.push(this.#piece.subarray(0, count));
    // A stream that does not flow keeps the piece instead of working it off; then it is not ours any more.
    if (this.readableLength > 0) this.#piece = Buffer.allocUnsafeSlow(pieces.size);
    return count;
  }
}
