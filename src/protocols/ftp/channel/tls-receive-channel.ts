import type { TLSSocket } from 'node:tls';
import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import { takeDecryptedOctets } from './decrypted-octets.ts';
import type { TlsIntake } from './tls-intake.ts';

interface TlsReceiveOptions {
  readonly transport: TcpSocket;
  readonly intake: TlsIntake;
  /** Whether an end without close_notify is `truncated` instead of an end. */
  readonly requireCloseNotify: boolean;
  /** Milliseconds for the peer to close after the last octet. */
  readonly closeTimeoutMs: number;
  /** Told when the peer ended without close_notify and that is let pass. */
  readonly onTruncation: () => void;
}

/**
 * A data connection in TLS that this side only reads from: a server's uploads, a client's downloads and listings. It is put on its socket before the handshake
 * and takes decrypted octets where TLS hands them over, ahead of the socket's own queue: they go straight to the
 * reader's buffer, with no object of their own that outlives the call.
 */
export class TlsReceiveChannel implements ByteChannel {
  readonly zeroCopy = null;
  readonly #socket: TLSSocket;
  readonly #options: TlsReceiveOptions;
  #target: Uint8Array | null = null;
  #filled = 0;
  /** Decrypted octets that no reader has had room for: of one piece at most, for no more is pulled before. */
  #waiting: Buffer[] = [];
  #closeNotified = false;
  #transportEnded = false;
  #failure: WherryError | null = null;
  #ending: Promise<void> | null = null;

  /** @param socket before its handshake, on `options.intake` */
  constructor(socket: TLSSocket, options: TlsReceiveOptions) {
    this.#socket = socket;
    this.#options = options;
    takeDecryptedOctets(socket, {
      onOctets: (octets) => this.#accept(octets),
      onEnd: () => {
        this.#closeNotified = true;
      },
    });
    socket.once('secure', () => options.intake.takeOver());
    socket.on('error', (error) => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost', { cause: error }));
    });
    socket.on('close', () => {
      this.#fail(new WherryError('connection-lost', 'The data connection was lost'));
    });
  }

  read(target: Uint8Array): Awaitable<number> {
    this.#filled = 0;
    this.#target = target;
    this.#takeWaiting();
    for (;;) {
      if (this.#filled === target.length || this.#over) return this.#settle();
      const wanted = target.length - this.#filled;
      let pulled: Awaitable<number>;
      try {
        pulled = this.#options.intake.pull(wanted);
      } catch (thrown) {
        this.#lose(thrown);
        return this.#settle();
      }
      if (isPending(pulled)) return this.#readLater(pulled);
      if (pulled === 0) this.#transportEnded = true;
      // The kernel had no more; with something to give, its next octets are not waited for.
      else if (pulled < wanted && this.#filled > 0) return this.#settle();
    }
  }

  write(): void {
    throw new WherryError('closed', 'Nothing is sent over this data connection');
  }

  /** Answers with close_notify and FIN, waits until the kernel has them; then leaves the peer a while to close. */
  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  destroy(): void {
    if (this.#ending !== null) return;
    this.#fail(new WherryError('aborted', 'The data connection was closed'));
    this.#close();
  }

  get #over(): boolean {
    return this.#closeNotified || this.#transportEnded || this.#failure !== null;
  }

  async #readLater(first: Promise<number>): Promise<number> {
    try {
      for (let pulled: Awaitable<number> = first; ; pulled = this.#options.intake.pull(this.#room)) {
        if ((await pulled) === 0) this.#transportEnded = true;
        // A record may need several pieces before it gives a single octet.
        if (this.#filled > 0 || this.#over) break;
      }
    } catch (thrown) {
      this.#lose(thrown);
    }
    return this.#settle();
  }

  get #room(): number {
    return (this.#target?.length ?? 0) - this.#filled;
  }

  /** What a read has come to: octets first, then why there are none. */
  #settle(): number {
    const filled = this.#filled;
    this.#target = null;
    this.#filled = 0;
    if (filled > 0) return filled;
    if (this.#closeNotified) return 0;
    if (this.#failure !== null) throw this.#failure;
    if (this.#options.requireCloseNotify) {
      throw new WherryError('truncated', 'The data ended without a TLS close_notify: it is not complete');
    }
    this.#options.onTruncation();
    return 0;
  }

  #accept(octets: Uint8Array): void {
    const target = this.#target;
    const room = this.#room;
    const fitting = octets.length <= room ? octets : octets.subarray(0, room);
    target?.set(fitting, this.#filled);
    this.#filled += fitting.length;
    if (fitting !== octets) this.#waiting.push(Buffer.from(octets.subarray(fitting.length)));
  }

  #takeWaiting(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const chunk of waiting) this.#accept(chunk);
  }

  async #finish(): Promise<void> {
    const socket = this.#socket;
    const { transport, closeTimeoutMs } = this.#options;
    await new Promise<void>((resolve) => {
      // The data are whole already: a peer that does not wait for the answer loses nothing.
      socket.once('close', resolve);
      socket.end(resolve);
    });
    if (this.#transportEnded) {
      this.#close();
      return;
    }
    void this.#closeAfterPeer(transport, closeTimeoutMs);
  }

  async #closeAfterPeer(transport: TcpSocket, closeTimeoutMs: number): Promise<void> {
    try {
      await transport.waitForPeerClose(AbortSignal.timeout(closeTimeoutMs));
    } catch {
      // It has had its time.
    }
    this.#close();
  }

  #close(): void {
    this.#options.intake.destroy();
    this.#socket.destroy();
  }

  #lose(thrown: unknown): void {
    this.#fail(new WherryError('connection-lost', 'The data connection was lost', { cause: thrown }));
  }

  #fail(failure: WherryError): void {
    this.#failure ??= failure;
  }
}
