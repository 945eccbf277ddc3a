import type { TLSSocket } from 'node:tls';
import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';

/** A data connection in TLS that this server only writes to: downloads and listings. */
export class TlsSendChannel implements ByteChannel {
  readonly zeroCopy = null;
  readonly #socket: TLSSocket;
  readonly #closeTimeoutMs: number;
  #peerEnded = false;
  #failure: WherryError | null = null;
  #ending: Promise<void> | null = null;

  /**
   * @param socket after its handshake
   * @param closeTimeoutMs for the peer to take the last octets and close
   */
  constructor(socket: TLSSocket, closeTimeoutMs: number) {
    this.#socket = socket;
    this.#closeTimeoutMs = closeTimeoutMs;
    socket.on('end', () => {
      this.#peerEnded = true;
    });
    socket.on('error', (error) => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost', { cause: error }));
    });
    socket.on('close', () => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost'));
    });
    // What the peer says is of no use, but alerts and the end are heard only by reading.
    socket.resume();
  }

  read(): number {
    throw new WherryError('closed', 'Nothing is received over this data connection');
  }

  write(source: Uint8Array): Awaitable<void> {
    if (this.#failure !== null) throw this.#failure;
    return new Promise<void>((resolve, reject) => {
      this.#socket.write(source, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.#lost(error));
      });
    });
  }

  /** Sends close_notify and FIN and waits until the kernel has them; then leaves the peer a while to close. */
  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  destroy(): void {
    if (this.#ending !== null && this.#failure === null) return;
    this.#fail(new WherryError('aborted', 'The data connection was closed'));
    this.#socket.destroy();
  }

  async #finish(): Promise<void> {
    const socket = this.#socket;
    if (this.#failure !== null) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => reject(this.#lost()));
      socket.end(resolve);
    });
    if (this.#peerEnded) {
      socket.destroy();
      return;
    }
    // Closing with octets unread would reset the connection and could take the last ones from the peer.
    const timer = setTimeout(() => socket.destroy(), this.#closeTimeoutMs);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroy());
  }

  #lost(cause?: Error): WherryError {
    return this.#failure ?? new WherryError('connection-lost', 'The data connection was lost', { cause });
  }

  #fail(failure: WherryError): void {
    this.#failure ??= failure;
  }
}
