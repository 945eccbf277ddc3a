import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WherryError } from '#core/errors.ts';
import { CommandFramer, type FramerEvent } from '../../wire/command-framer.ts';
import type { ClientCertificatePolicy, SessionTls } from '../options.ts';
import { acceptTls, type ServerHandshake } from '../tls/server-handshake.ts';
import { TlsUnderlay } from '../tls/tls-underlay.ts';

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
/** Received octets that may wait behind a running command before the socket is no longer read. */
const maximumWaitingOctets = 64 * 1024;

/** The octets of a control connection, in the clear or in TLS: frames commands, gathers replies into few writes. */
export class ControlChannel {
  readonly #socket: Socket;
  readonly #listener: ControlListener;
  readonly #framer = new CommandFramer();
  #tls: TLSSocket | null = null;
  #underlay: TlsUnderlay | null = null;
  #unsent = '';
  #closed = false;
  #paused = false;
  #upgrading = false;
  #flushing = false;

  constructor(socket: Socket, listener: ControlListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.setNoDelay(true);
    this.#listen(socket);
    socket.on('close', this.#onClosed);
    // Whoever took a proxy's header off has paused it.
    socket.resume();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The TLS socket while the connection is encrypted. */
  get tls(): TLSSocket | null {
    return this.#tls;
  }

  /** The next command or telnet event that has arrived. */
  next(): FramerEvent | null {
    return this.#upgrading ? null : this.#framer.next();
  }

  /** What has arrived and is not taken as a command yet. */
  peek(): Uint8Array {
    return this.#framer.peek();
  }

  /** Adds to what goes out with the next flush, which comes by itself soon; one character an octet. */
  write(octets: string): void {
    this.#unsent += octets;
    if (this.#flushing) return;
    this.#flushing = true;
    // Late enough that 150 and 226 of a transfer that need not wait share one segment.
    setImmediate(this.#flushSoon);
  }

  /** Sends what was gathered. */
  flush(): void {
    if (this.#unsent === '' || this.#closed) return;
    const socket = this.#tls ?? this.#socket;
    const octets = this.#unsent;
    this.#unsent = '';
    if (!socket.writable) return;
    socket.write(octets, 'latin1');
    if (socket.writableLength > maximumUnsentOctets) this.destroy();
  }

  /** Stops reading while too much waits behind a running command, and reads on when it is worked off. */
  setBusy(busy: boolean): void {
    const pause = busy && this.#framer.bufferedBytes > maximumWaitingOctets;
    if (pause === this.#paused) return;
    this.#paused = pause;
    const socket = this.#tls ?? this.#socket;
    if (pause) socket.pause();
    else socket.resume();
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
    if (dropped > 0 && !(early[0] === 0x16 && dropped === early.length)) {
      this.destroy();
      throw new WherryError('protocol', 'Commands were sent in the clear behind AUTH');
    }
    this.#upgrading = true;
    this.#deafen(this.#socket);
    const underlay = new TlsUnderlay(this.#socket);
    if (early.length > 0) underlay.push(early);
    this.#underlay = underlay;
    try {
      const handshake = await acceptTls(underlay, start);
      this.#tls = handshake.socket;
      this.#listen(handshake.socket);
      return handshake;
    } finally {
      this.#upgrading = false;
    }
  }

  /** Ends TLS with close_notify behind the last flushed reply, and goes on in the clear (REIN, CCC). */
  async stopTls(timeoutMs: number): Promise<void> {
    const tls = this.#tls;
    const underlay = this.#underlay;
    if (tls === null || underlay === null) return;
    this.flush();
    this.#upgrading = true;
    this.#framer.discard();
    this.#deafen(tls);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => underlay.release(), timeoutMs);
      underlay.detach((clear) => {
        clearTimeout(timer);
        this.#tls = null;
        this.#underlay = null;
        this.#listen(this.#socket);
        this.#upgrading = false;
        if (clear.length > 0) this.#framer.push(clear);
        resolve();
      });
      tls.once('end', () => underlay.release());
      tls.resume();
      tls.end();
    });
    if (!this.#socket.destroyed) this.#socket.resume();
    this.#listener.onReadable();
  }

  /**
   * Ends the connection behind the last reply: flushes, says FIN, and reads on for a while without listening, so
   * that the reply is not lost to a reset that unread octets would cause.
   */
  end(lingerMs: number): void {
    if (this.#closed) return;
    this.flush();
    const socket = this.#tls ?? this.#socket;
    this.#deafen(socket);
    socket.resume();
    socket.end();
    const timer = setTimeout(() => this.destroy(), lingerMs);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.once('end', () => this.destroy());
  }

  destroy(): void {
    this.#tls?.destroy();
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
  }

  #deafen(socket: Socket): void {
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#framer.push(chunk);
    this.#listener.onReadable();
  };

  readonly #flushSoon = (): void => {
    this.#flushing = false;
    this.flush();
  };

  readonly #onEnd = (): void => {
    this.#listener.onInputEnd();
  };

  readonly #onError = (): void => {
    this.destroy();
  };

  readonly #onClosed = (): void => {
    this.#closeOnce('the connection was lost');
  };

  #closeOnce(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onClose(reason);
  }
}
