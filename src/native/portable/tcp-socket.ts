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

/** Octets that may wait for a slow reader before the connection is no longer read. */
const pauseAbove = 256 * 1024;

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
  /** What has arrived and nobody has read yet. */
  #chunks: Buffer[] = [];
  #arrived = 0;
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

  onceReadable(listener: () => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#read !== undefined) throw systemError('EALREADY', 'read');
    if (!this.#reading) this.#startReading();
    this.#read = { target: nothing, resolve: listener, reject: listener };
    if (this.#arrived > 0 || this.#peerEnded) queueMicrotask(() => this.#answerRead());
  }

  write(source: Uint8Array): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (source.length === 0) return undefined;
    return this.#handOn((done) => this.#socket.write(source, done));
  }

  writeLatin1(text: string): Awaitable<void> {
    return this.write(Buffer.from(text, 'latin1'));
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
    // A reset while the FIN is under way would leave the handle open for ever.
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  waitForPeerClose(signal?: AbortSignal): Promise<void> {
    return drainUntilClosed(this, signal);
  }

  toNodeSocket(): Socket {
    if (this.#failure !== undefined) throw this.#failure;
    this.#handedOver = true;
    this.#fail(abortError('The connection was handed over'));
    this.#socket.off('error', this.#onError).off('close', this.#onClose);
    const socket = this.#socket;
    socket.off('data', this.#onData).off('end', this.#onEnd).pause();
    if (this.#arrived > 0) socket.unshift(Buffer.concat(this.#chunks));
    return socket;
  }

  #startReading(): void {
    this.#reading = true;
    this.#socket.on('data', this.#onData).on('end', this.#onEnd).resume();
  }

  #take(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const part = chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#arrived -= filled;
    if (this.#arrived < pauseAbove && this.#socket.isPaused()) this.#socket.resume();
    return filled;
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

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#arrived += chunk.length;
    if (this.#arrived >= pauseAbove) this.#socket.pause();
    this.#answerRead();
  };

  readonly #onEnd = (): void => {
    this.#peerEnded = true;
    this.#answerRead();
  };

  /** Answers who waits with what is there, which is nothing only at the end. */
  #answerRead(): void {
    const pending = this.#read;
    this.#read = undefined;
    pending?.resolve(this.#take(pending.target));
  }

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onClose = (): void => {
    if (!this.#peerEnded) this.#fail(systemError('ECONNRESET', 'read'));
  };
}
