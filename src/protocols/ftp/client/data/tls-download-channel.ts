import type { TLSSocket } from 'node:tls';
import type { Awaitable } from '#core/awaitable.ts';
import type { TcpSocket } from '#native/index.ts';
import { TlsIntake } from '../../channel/tls-intake.ts';
import { TlsReceiveChannel } from '../../channel/tls-receive-channel.ts';
import type { TlsClient } from '../tls/tls-client.ts';
import type { DataChannel } from './data-channel.ts';

/** For the server to close after it was answered; whoever has its confirmation does not wait for that. */
const closeTimeoutMs = 10_000;

interface Parts {
  readonly socket: TLSSocket;
  readonly intake: TlsIntake;
  readonly channel: TlsReceiveChannel;
}

/** A data connection in TLS that is only read from. */
export class TlsDownloadChannel implements DataChannel {
  readonly zeroCopy = null;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Takes a connection into TLS.
   *
   * @throws WherryError as {@link TlsClient.secureData}; the connection is then destroyed
   */
  static async open(
    transport: TcpSocket,
    tls: TlsClient,
    handshake: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<TlsDownloadChannel> {
    const intake = new TlsIntake(transport);
    let channel: TlsReceiveChannel | null = null;
    const socket = await tls.secureData(intake, {
      ...handshake,
      prepare: (unsecured) => {
        channel = new TlsReceiveChannel(unsecured, {
          transport,
          intake,
          // Many servers only close; whether all has come shows by the size, or by the server's word.
          requireCloseNotify: false,
          onTruncation: () => undefined,
          closeTimeoutMs,
        });
      },
    });
    if (channel === null) throw new TypeError('A TLS handshake was not prepared');
    return new TlsDownloadChannel({ socket, intake, channel });
  }

  read(target: Uint8Array): Awaitable<number> {
    return this.#parts.channel.read(target);
  }

  write(): void {
    this.#parts.channel.write();
  }

  end(): Promise<void> {
    return this.#parts.channel.end();
  }

  destroy(): void {
    this.#parts.channel.destroy();
    this.close();
  }

  /** vsftpd confirms a listing only when it has got a close_notify in return. */
  answerEnd(): void {
    this.#parts.channel.end().catch(() => undefined);
  }

  close(): void {
    this.#parts.intake.destroy();
    this.#parts.socket.destroy();
  }
}
