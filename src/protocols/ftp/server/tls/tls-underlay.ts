import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

const lowestContentType = 20;
const highestContentType = 23;
const recordHeaderLength = 5;

/**
 * The layer between a TCP socket and TLS that lets this server tell three things apart which a TLS socket alone
 * shows alike: a peer that ended with close_notify, one that only closed the connection, and one that goes on in
 * the clear after TLS has ended (RFC 4217 section 12.3 and 13, REIN and CCC).
 */
export class TlsUnderlay extends Duplex {
  readonly #socket: Socket;
  #transportEnded = false;
  #detaching = false;
  #held: Buffer = Buffer.alloc(0);
  #stepping = false;
  #onClearText: ((clear: Buffer) => void) | null = null;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true, autoDestroy: false, emitClose: true });
    this.#socket = socket;
    socket.on('data', this.#receive);
    socket.on('end', this.#endTransport);
    socket.on('error', this.#fail);
    socket.on('close', this.#closeTransport);
  }

  /** Whether the TCP connection has ended: an end that TLS reports before it came by close_notify. */
  get transportEnded(): boolean {
    return this.#transportEnded;
  }

  /**
   * From now on records are passed to TLS one at a time, and what follows TLS's end goes to `onClearText`: once,
   * with what has arrived so far. The TCP socket stays open and is the caller's again.
   */
  detach(onClearText: (clear: Buffer) => void): void {
    this.#detaching = true;
    this.#onClearText = onClearText;
    if (this.#held.length > 0) this.#step();
  }

  /** Tells that TLS has ended; the socket is released with what came after. */
  release(): void {
    const listener = this.#onClearText;
    if (listener === null) return;
    this.#onClearText = null;
    const socket = this.#socket;
    socket.off('data', this.#receive);
    socket.off('end', this.#endTransport);
    socket.off('error', this.#fail);
    socket.off('close', this.#closeTransport);
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    listener(rest);
  }

  override _read(): void {
    if (!this.#detaching) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    this.#socket.cork();
    for (const { chunk } of chunks.slice(0, -1)) this.#socket.write(chunk);
    const last = chunks.at(-1);
    if (last === undefined) callback();
    else this.#socket.write(last.chunk, callback);
    this.#socket.uncork();
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#detaching || this.#socket.destroyed) callback();
    else this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#detaching) this.#socket.destroy();
    callback(error);
  }

  readonly #receive = (chunk: Buffer): void => {
    if (!this.#detaching) {
      if (!this.push(chunk)) this.#socket.pause();
      return;
    }
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#step();
  };

  /** TLS works through what it was given before the second turn; an end it reports by then was its own. */
  readonly #endTransport = (): void => {
    setImmediate(() => {
      setImmediate(() => {
        this.#transportEnded = true;
        if (this.#detaching) this.release();
        this.push(null);
      });
    });
  };

  readonly #fail = (error: Error): void => {
    this.destroy(error);
  };

  readonly #closeTransport = (): void => {
    this.#transportEnded = true;
    this.destroy();
  };

  #step(): void {
    if (this.#stepping || this.#onClearText === null) return;
    const type = this.#held[0];
    if (type === undefined) return;
    if (type < lowestContentType || type > highestContentType) {
      // The peer went on in the clear without ending TLS; what it says is a command.
      this.release();
      return;
    }
    if (this.#held.length < recordHeaderLength) return;
    const length = recordHeaderLength + this.#held.readUInt16BE(3);
    if (this.#held.length < length) return;
    this.#stepping = true;
    this.push(this.#held.subarray(0, length));
    this.#held = this.#held.subarray(length);
    // TLS may end with this record; only then does what follows belong to somebody else.
    setImmediate(() => {
      setImmediate(() => {
        this.#stepping = false;
        this.#step();
      });
    });
  }
}
