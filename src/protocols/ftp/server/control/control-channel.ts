import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import { CommandFramer, type FramerEvent } from '../../wire/command-framer.ts';
import type { ClientCertificatePolicy, SessionTls } from '../options.ts';
import { acceptTls, type ServerHandshake } from '../tls/server-handshake.ts';
import { TlsUnderlay } from '../tls/tls-underlay.ts';
import { NodeTransport, PlainTransport, type ControlTransport, type TransportListener } from './transport.ts';

/** Who hears of what arrives. */
export interface ControlListener {
  /** Octets have arrived; events can be taken. */
  onReadable(): void;
  /** The client has said its last word (FIN) and may still listen. */
  onInputEnd(): void;
  /** The connection is over, by whichever side. */
  onClose(reason: string): void;
}

interface TlsStart {
  readonly tls: SessionTls;
  readonly clientCertificates: ClientCertificatePolicy;
  readonly timeoutMs: number;
}

/**
 * Octets past which a client that does not read its replies is cut off: no honest client lets this many pile up.
 */
const maximumUnsentOctets = 1024 * 1024;
/** Received octets that may wait behind a running command before the connection is no longer read. */
const maximumWaitingOctets = 64 * 1024;
/** First octet of a TLS record that holds a handshake message. */
const handshakeRecord = 0x16;

/** The octets of a control connection, in the clear or in TLS: frames commands, gathers replies into few writes. */
export class ControlChannel implements TransportListener {
  readonly #listener: ControlListener;
  readonly #framer = new CommandFramer();
  #transport: ControlTransport;
  /** The connection in the clear as long as it has never been in TLS. */
  #plain: PlainTransport | null;
  /** The connection below TLS, once there has been TLS. */
  #socket: Socket | null = null;
  #tls: TLSSocket | null = null;
  #underlay: TlsUnderlay | null = null;
  #unsent = '';
  #closed = false;
  #ending = false;
  #paused = false;
  #upgrading = false;
  #flushing = false;

  constructor(socket: TcpSocket, listener: ControlListener) {
    this.#listener = listener;
    this.#plain = new PlainTransport(socket, this);
    this.#transport = this.#plain;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The TLS socket while the connection is encrypted. */
  get tls(): TLSSocket | null {
    return this.#tls;
  }

  /** Begins to receive. */
  start(): void {
    this.#plain?.start();
  }

  /** The next command or telnet event that has arrived. */
  next(): FramerEvent | null {
    return this.#upgrading ? null : this.#framer.next();
  }

  /** Adds to what goes out with the next flush, which comes by itself soon; one character an octet. */
  write(octets: string): void {
    this.#unsent += octets;
    if (this.#flushing) return;
    this.#flushing = true;
    // After everything that need not wait: 150 and 226 of such a transfer share one segment.
    process.nextTick(this.#flushSoon);
  }

  /** Sends what was gathered. */
  flush(): void {
    if (this.#unsent === '' || this.#closed) return;
    const octets = this.#unsent;
    this.#unsent = '';
    this.#transport.write(octets);
    if (this.#transport.unsentOctets > maximumUnsentOctets) this.destroy();
  }

  /** Stops reading while too much waits behind a running command, and reads on when it is worked off. */
  setBusy(busy: boolean): void {
    const pause = busy && this.#framer.bufferedBytes > maximumWaitingOctets;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }

  /**
   * Goes over to TLS after the reply that says so has been flushed. Whatever the client sent in the clear behind
   * its AUTH is never executed: only the beginning of a TLS handshake may have followed it (CVE-2011-0411).
   *
   * @throws WherryError `protocol` when clear text followed, or the handshake's own error
   */
  async startTls(start: TlsStart): Promise<ServerHandshake> {
    this.flush();
    const early = Buffer.from(this.#framer.peek());
    const dropped = this.#framer.discard();
    if (dropped > 0 && !(early[0] === handshakeRecord && dropped === early.length)) {
      this.destroy();
      throw new WherryError('protocol', 'Commands were sent in the clear behind AUTH');
    }
    this.#upgrading = true;
    const socket = this.#leaveTransport();
    socket.on('close', this.#onSocketClosed);
    const underlay = new TlsUnderlay(socket);
    if (early.length > 0) underlay.push(early);
    this.#underlay = underlay;
    try {
      const handshake = await acceptTls(underlay, start);
      this.#tls = handshake.socket;
      this.#transport = new NodeTransport(handshake.socket, this);
      return handshake;
    } finally {
      this.#upgrading = false;
    }
  }

  /** Ends TLS with close_notify behind the last flushed reply, and goes on in the clear (REIN, CCC). */
  async stopTls(timeoutMs: number): Promise<void> {
    const tls = this.#tls;
    const underlay = this.#underlay;
    const socket = this.#socket;
    if (tls === null || underlay === null || socket === null) return;
    this.flush();
    this.#upgrading = true;
    this.#framer.discard();
    if (this.#transport instanceof NodeTransport) this.#transport.leave();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => underlay.release(), timeoutMs);
      underlay.detach((clear) => {
        clearTimeout(timer);
        this.#tls = null;
        this.#underlay = null;
        this.#upgrading = false;
        socket.off('close', this.#onSocketClosed);
        if (clear.length > 0) this.#framer.push(clear);
        this.#transport = new NodeTransport(socket, this);
        resolve();
      });
      tls.once('end', () => underlay.release());
      tls.resume();
      tls.end();
    });
    if (socket.destroyed) this.onClose();
    this.#listener.onReadable();
  }

  /**
   * Ends the connection behind the last reply: flushes, says FIN, and reads on for a while without listening, so
   * that the reply is not lost to a reset that unread octets would cause.
   */
  end(lingerMs: number): void {
    if (this.#closed || this.#ending) return;
    this.flush();
    this.#ending = true;
    this.#transport.resume();
    this.#transport.end();
    this.#linger = setTimeout(() => this.destroy(), lingerMs);
    this.#linger.unref();
  }

  #linger: NodeJS.Timeout | null = null;

  destroy(): void {
    this.#tls?.destroy();
    this.#socket?.destroy();
    this.#transport.destroy();
  }

  onData(chunk: Uint8Array): void {
    if (this.#ending) return;
    this.#framer.push(chunk);
    this.#listener.onReadable();
  }

  onEnd(): void {
    if (this.#ending) this.destroy();
    else this.#listener.onInputEnd();
  }

  onClose(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onClose('the connection was lost');
  }

  /** The connection as a socket of Node's that nobody hears. */
  #leaveTransport(): Socket {
    if (this.#plain !== null) this.#socket = this.#plain.handOver();
    else if (this.#transport instanceof NodeTransport) this.#transport.leave();
    this.#plain = null;
    if (this.#socket === null) throw new WherryError('closed', 'The connection is closed');
    return this.#socket;
  }

  readonly #flushSoon = (): void => {
    this.#flushing = false;
    this.flush();
  };

  readonly #onSocketClosed = (): void => {
    this.onClose();
  };
}
