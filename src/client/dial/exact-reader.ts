import type { Socket } from 'node:net';
import { toWherryError, WherryError } from '#core/errors.ts';
import { stopped } from './direct.ts';

/**
 * Reads what a proxy answers, and not an octet more: what follows belongs to whoever is called through it, and is
 * left in the socket.
 */
export class ExactReader {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
  }

  /** @throws WherryError `connection-lost`, `aborted`, `timeout` */
  async read(length: number): Promise<Buffer> {
    while (this.#buffered.length < length)
      this.#buffered = Buffer.concat([this.#buffered, await this.#more()]);
    const bytes = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return bytes;
  }

  /** Reads up to and with `mark`. @throws WherryError `protocol` when it does not come within `limit` octets */
  async readUntil(mark: string, limit: number): Promise<Buffer> {
    for (;;) {
      const at = this.#buffered.indexOf(mark);
      if (at >= 0) return this.read(at + mark.length);
      if (this.#buffered.length > limit)
        throw new WherryError('protocol', 'The proxy answers more than makes sense');
      this.#buffered = Buffer.concat([this.#buffered, await this.#more()]);
    }
  }

  /** Gives back what was read too much. */
  release(): void {
    if (this.#buffered.length > 0) this.#socket.unshift(this.#buffered);
    this.#buffered = Buffer.alloc(0);
  }

  #more(): Promise<Buffer> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) {
        resolve(chunk);
        return;
      }
      const settle = (): void => {
        socket.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd);
        this.#signal.removeEventListener('abort', onAbort);
      };
      const onReadable = (): void => {
        const arrived = socket.read() as Buffer | null;
        if (arrived === null) return;
        settle();
        resolve(arrived);
      };
      const onEnd = (): void => {
        settle();
        reject(new WherryError('connection-lost', 'The proxy closed the connection before it had answered'));
      };
      const onError = (cause: Error): void => {
        settle();
        reject(toWherryError(cause, 'talk to the proxy'));
      };
      const onAbort = (): void => {
        settle();
        reject(stopped(this.#signal));
      };
      socket.on('readable', onReadable).once('end', onEnd).once('error', onError).once('close', onEnd);
      this.#signal.addEventListener('abort', onAbort, { once: true });
      if (this.#signal.aborted) onAbort();
      else if (socket.destroyed || socket.readableEnded) onEnd();
    });
  }
}
