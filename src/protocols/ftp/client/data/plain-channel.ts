import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { ZeroCopy } from '#core/byte-channel.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import type { DataChannel } from './data-channel.ts';

/** A data connection in the clear, with the kernel's own way between it and a file. */
export class PlainChannel implements DataChannel {
  readonly zeroCopy: ZeroCopy | null;
  readonly #socket: TcpSocket;

  constructor(socket: TcpSocket) {
    this.#socket = socket;
    this.zeroCopy = socket.zeroCopy;
  }

  read(target: Uint8Array): Awaitable<number> {
    return guarded(() => this.#socket.read(target));
  }

  write(source: Uint8Array): Awaitable<void> {
    return guarded(() => this.#socket.write(source));
  }

  end(): Awaitable<void> {
    return guarded(() => this.#socket.end());
  }

  /** With a reset, so that no server takes a stopped upload for a whole one. */
  destroy(): void {
    this.#socket.reset();
  }

  /** ProFTPD lingers up to ten seconds for it before it confirms a transfer. */
  answerEnd(): void {
    void this.#endQuietly();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whoever waits for the confirmation hears of a real failure; that the peer has gone already is none. */
  async #endQuietly(): Promise<void> {
    try {
      await this.#socket.end();
    } catch {
      // See above.
    }
  }
}

/** Says of the errors of a socket what the channel's contract says. */
function guarded<T>(action: () => Awaitable<T>): Awaitable<T> {
  let result: Awaitable<T>;
  try {
    result = action();
  } catch (thrown) {
    throw dataError(thrown);
  }
  if (!isPending(result)) return result;
  return result.catch((thrown: unknown) => {
    throw dataError(thrown);
  });
}

/** What failed on a data connection; the disk's own errors, from zero-copy, keep their code. */
export function dataError(thrown: unknown): WherryError {
  const error = toWherryError(thrown, 'move data');
  if (error.code !== 'connection-lost' && error.code !== 'timeout') return error;
  return new WherryError('connection-lost', 'The data connection was lost', { cause: thrown });
}
