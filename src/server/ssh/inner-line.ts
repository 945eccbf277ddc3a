import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import { connectTcp, TcpListener, type TcpSocket } from '#native/index.ts';

/** Both ends of a connection of this process with itself. */
export interface InnerConnection {
  readonly near: Duplex;
  readonly far: TcpSocket;
}

const loopback = '127.0.0.1';
/** For a connection to pass the loopback: it takes microseconds, and only a kernel out of memory loses one. */
const longestWaitMs = 5000;

/**
 * Makes connections of this process with itself over a port of the loopback that nobody is told. Whoever else finds
 * the port is turned away: an end counts only when its address is that of the other end.
 */
export class InnerLine {
  #listener: Promise<TcpListener> | null = null;
  /** Who waits for the far end of a connection, by the near end's port. */
  readonly #waiting = new Map<number, (socket: TcpSocket) => void>();
  /** Far ends that came before their near end knew its own port. */
  readonly #early = new Map<number, TcpSocket>();
  #connecting = 0;
  #closed = false;

  /** @throws WherryError `aborted` on the signal, `timeout`, or what the system says */
  async connect(signal: AbortSignal): Promise<InnerConnection> {
    this.#listener ??= this.#open();
    this.#connecting += 1;
    try {
      const { port } = await this.#listener;
      const near = await connectTcp({ host: loopback, port, signal });
      try {
        const far = await this.#far(near.localPort, signal);
        return { near: near.toNodeSocket(), far };
      } catch (thrown) {
        near.reset();
        throw thrown;
      }
    } finally {
      this.#connecting -= 1;
      if (this.#connecting === 0) this.#turnAwayStrangers();
    }
  }

  /** Makes no more connections; those that are there stay. */
  close(): void {
    this.#closed = true;
    void this.#listener?.then((listener) => listener.close()).catch(() => undefined);
    this.#turnAwayStrangers();
  }

  async #open(): Promise<TcpListener> {
    const listener = await TcpListener.bind({ host: loopback, port: 0 });
    await listener.listen();
    if (this.#closed) listener.close();
    else void this.#acceptAll(listener);
    return listener;
  }

  async #acceptAll(listener: TcpListener): Promise<void> {
    try {
      for (;;) this.#sort(await listener.accept());
    } catch {
      // Closed, or out of descriptors: the next connection opens the line anew.
      listener.close();
      this.#listener = null;
    }
  }

  #sort(socket: TcpSocket): void {
    const { remoteAddress, remotePort } = socket;
    const waiting = this.#waiting.get(remotePort);
    if (remoteAddress !== loopback || (waiting === undefined && this.#connecting === 0)) socket.reset();
    else if (waiting === undefined) this.#early.set(remotePort, socket);
    else waiting(socket);
  }

  async #far(port: number, signal: AbortSignal): Promise<TcpSocket> {
    const early = this.#early.get(port);
    if (early !== undefined) {
      this.#early.delete(port);
      return early;
    }
    const either = AbortSignal.any([signal, AbortSignal.timeout(longestWaitMs)]);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(port);
        const code = signal.aborted ? 'aborted' : 'timeout';
        reject(new WherryError(code, 'Cannot open the tunnel: its inner connection did not come about'));
      };
      if (either.aborted) {
        stop();
        return;
      }
      either.addEventListener('abort', stop, { once: true });
      this.#waiting.set(port, (socket) => {
        this.#waiting.delete(port);
        either.removeEventListener('abort', stop);
        resolve(socket);
      });
    });
  }

  #turnAwayStrangers(): void {
    for (const socket of this.#early.values()) socket.reset();
    this.#early.clear();
  }
}
