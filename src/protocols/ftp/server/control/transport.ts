import type { Socket } from 'node:net';
import { isPending } from '#core/awaitable.ts';
import type { TcpSocket } from '#native/index.ts';

/** Who hears of what a transport receives. */
export interface TransportListener {
  /** The chunk is the listener's to keep. */
  onData(chunk: Uint8Array): void;
  /** The peer has ended its side. */
  onEnd(): void;
  /** The connection is over; nothing follows. */
  onClose(): void;
}

/** The octets of a control connection: a plain TCP socket of ours, or a socket of Node's with or without TLS. */
export interface ControlTransport {
  /** Octets that were written and have not left yet. */
  readonly unsentOctets: number;
  /** @param octets one character each */
  write(octets: string): void;
  pause(): void;
  resume(): void;
  /** Ends this side behind everything written; receiving goes on. */
  end(): void;
  /** Closes at once; safe to call twice. */
  destroy(): void;
}

/** Commands are short; more than this at once is read in several turns. One buffer serves all connections. */
const receiveBuffer = Buffer.allocUnsafeSlow(16 * 1024);

/** A control connection in the clear. It costs little more than its descriptor while nothing is said. */
export class PlainTransport implements ControlTransport {
  readonly #socket: TcpSocket;
  readonly #listener: TransportListener;
  #queue = '';
  #unsentOctets = 0;
  #writing = false;
  #ending = false;
  #waiting = false;
  #paused = false;
  #over = false;

  constructor(socket: TcpSocket, listener: TransportListener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  get unsentOctets(): number {
    return this.#unsentOctets;
  }

  /** Begins to receive. */
  start(): void {
    this.#receive();
  }

  write(octets: string): void {
    if (this.#over) return;
    if (this.#writing) {
      this.#queue += octets;
      this.#unsentOctets += octets.length;
      return;
    }
    this.#send(octets);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#receive();
  }

  end(): void {
    this.#ending = true;
    if (!this.#writing) this.#sayEnd();
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#listener.onClose();
  }

  /** Gives the connection to Node, for TLS; this transport is of no use afterwards. */
  handOver(): Socket {
    this.#over = true;
    return this.#socket.toNodeSocket();
  }

  #receive(): void {
    if (this.#waiting || this.#paused || this.#over) return;
    this.#waiting = true;
    try {
      this.#socket.onceReadable(this.#onReadable);
    } catch {
      this.#fail();
    }
  }

  readonly #onReadable = (): void => {
    this.#waiting = false;
    if (this.#over) return;
    try {
      const count = this.#socket.read(receiveBuffer);
      // What is readable is read at once; a wait would let another connection use the buffer meanwhile.
      if (isPending(count)) throw new Error('a readable socket made its reader wait');
      if (count === 0) {
        this.#listener.onEnd();
        return;
      }
      this.#listener.onData(Buffer.copyBytesFrom(receiveBuffer, 0, count));
    } catch {
      this.#fail();
      return;
    }
    this.#receive();
  };

  #send(octets: string): void {
    try {
      const sent = this.#socket.writeLatin1(octets);
      if (!isPending(sent)) return;
      this.#writing = true;
      this.#unsentOctets += octets.length;
      sent.then(this.#onSent, this.#fail);
    } catch {
      this.#fail();
    }
  }

  readonly #onSent = (): void => {
    this.#writing = false;
    const rest = this.#queue;
    this.#queue = '';
    this.#unsentOctets = 0;
    if (rest.length > 0) this.#send(rest);
    if (this.#ending && !this.#writing) this.#sayEnd();
  };

  #sayEnd(): void {
    if (this.#over) return;
    try {
      const ended = this.#socket.end();
      if (isPending(ended)) ended.catch(this.#fail);
    } catch {
      this.#fail();
    }
  }

  readonly #fail = (): void => {
    this.destroy();
  };
}

/** A control connection in TLS, or in the clear again after it. */
export class NodeTransport implements ControlTransport {
  readonly #socket: Socket;
  readonly #listener: TransportListener;

  constructor(socket: Socket, listener: TransportListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.resume();
  }

  get unsentOctets(): number {
    return this.#socket.writableLength;
  }

  write(octets: string): void {
    if (this.#socket.writable) this.#socket.write(octets, 'latin1');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Stops hearing the socket, whose next user takes over. */
  leave(): void {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#listener.onData(chunk);
  };

  readonly #onEnd = (): void => {
    this.#listener.onEnd();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#listener.onClose();
  };
}
