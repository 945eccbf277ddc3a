import type { Socket } from 'node:net';
import { plainAddress } from '../address.ts';
import type { Awaitable } from '../awaitable.ts';
import type { TcpSocket } from '../contract.ts';
import { drainUntilClosed } from '../drain.ts';
import { abortError, systemError } from '../system-error.ts';

interface PendingRead {
  readonly target: Uint8Array;
  readonly resolve: (length: number) => void;
  readonly reject: (error: Error) => void;
}

/** What somebody reads into who only waits for something to be there. */
const nothing = new Uint8Array(0);

/** A {@link TcpSocket} on a socket of Node's. */
export class PortableTcpSocket implements TcpSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly zeroCopy = null;
  readonly #socket: Socket;
  #read: PendingRead | undefined;
  /** What fails the writes under way when the socket is destroyed: Node drops their callbacks' reason. */
  readonly #writes = new Set<(error: Error) => void>();
  #reading = false;
  #peerEnded = false;
  #handedOver = false;
  #failure: Error | undefined;

  /** @param socket connected, with `allowHalfOpen`, and paused since it was made */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    socket.setNoDelay(true);
    socket.on('error', this.#onError).on('close', this.#onClose);
  }

  read(target: Uint8Array): Awaitable<number> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#read !== undefined) throw systemError('EALREADY', 'read');
    if (!this.#reading) this.#startReading();
    const length = this.#take(target);
    if (length > 0 || this.#peerEnded || target.length === 0) return length;
    return new Promise((resolve, reject) => {
      this.#read = { target, resolve, reject };
    });
  }

  readable(): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#read !== undefined) throw systemError('EALREADY', 'read');
    if (!this.#reading) this.#startReading();
    if (this.#socket.readableLength > 0 || this.#peerEnded) return undefined;
    return new Promise<void>((resolve, reject) => {
      this.#read = { target: nothing, resolve: () => resolve(), reject };
    });
  }

  write(source: Uint8Array): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (source.length === 0) return undefined;
    return this.#handOn((done) => this.#socket.write(source, done));
  }

  end(): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#handOn((done) => this.#socket.end(() => done()));
  }

  destroy(): void {
    if (this.#handedOver) return;
    this.#fail(abortError());
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#handedOver) return;
    this.#fail(abortError());
    this.#socket.resetAndDestroy();
  }

  waitForPeerClose(signal?: AbortSignal): Promise<void> {
    return drainUntilClosed(this, signal);
  }

  toNodeSocket(): Socket {
    if (this.#failure !== undefined) throw this.#failure;
    this.#handedOver = true;
    this.#fail(abortError('The connection was handed over'));
    this.#socket.off('error', this.#onError).off('close', this.#onClose);
    this.#socket.off('readable', this.#onReadable).off('end', this.#onEnd);
    return this.#socket.pause();
  }

  #startReading(): void {
    this.#reading = true;
    this.#socket.on('readable', this.#onReadable).on('end', this.#onEnd);
  }

  #take(target: Uint8Array): number {
    const length = Math.min(target.length, this.#socket.readableLength);
    if (length === 0) return 0;
    const chunk = this.#socket.read(length) as Buffer | null;
    if (chunk === null) return 0;
    target.set(chunk);
    return chunk.length;
  }

  async #handOn(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    let fail: (error: Error) => void = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        this.#writes.add(fail);
        start((error) => {
          if (error) reject(this.#failure ?? error);
          else resolve();
        });
      });
    } finally {
      this.#writes.delete(fail);
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#read?.reject(error);
    this.#read = undefined;
    for (const reject of this.#writes) reject(error);
  }

  readonly #onReadable = (): void => {
    const pending = this.#read;
    if (pending === undefined) return;
    const length = this.#take(pending.target);
    if (length === 0 && (pending.target !== nothing || this.#socket.readableLength === 0)) return;
    this.#read = undefined;
    pending.resolve(length);
  };

  readonly #onEnd = (): void => {
    this.#peerEnded = true;
    this.#read?.resolve(0);
    this.#read = undefined;
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onClose = (): void => {
    if (!this.#peerEnded) this.#fail(systemError('ECONNRESET', 'read'));
  };
}
