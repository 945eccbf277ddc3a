import { toWherryError, WherryError } from '#core/errors.ts';
import { TcpListener, type TcpSocket } from '#native/index.ts';
import { sameAddress } from '../../wire/address.ts';
import { formatExtendedPort, formatHostPort } from '../../wire/host-port.ts';
import type { DataWay } from '../host-memory.ts';
import type { FtpSession } from '../session.ts';

const strangersAtMost = 8;

/** A port of this machine that the server is to call once, on the address of the control connection. */
export class ActivePort {
  readonly #session: FtpSession;
  readonly #host: string;
  readonly #listener: TcpListener;

  private constructor(session: FtpSession, host: string, listener: TcpListener) {
    this.#session = session;
    this.#host = host;
    this.#listener = listener;
  }

  /**
   * Listens; null where nobody knows an address that the server could call.
   *
   * @throws WherryError what the system says against it
   */
  static async open(session: FtpSession): Promise<ActivePort | null> {
    const { localAddress, options } = session;
    const host = localAddress ?? options.localAddress;
    if (host === undefined) return null;
    const listener = await bindWithin(host, options.activePorts);
    try {
      await listener.listen();
    } catch (thrown) {
      listener.close();
      throw toWherryError(thrown, 'listen for a data connection');
    }
    return new ActivePort(session, host, listener);
  }

  /** What EPRT or PORT tells the server. */
  argumentFor(way: DataWay): string {
    const target = {
      address: this.#session.options.activeAddress ?? this.#host,
      port: this.#listener.port,
    };
    return way === 'EPRT' ? formatExtendedPort(target) : formatHostPort(target);
  }

  /**
   * The server's connection; whoever else calls is turned away.
   *
   * @throws WherryError `connection-refused`; an `AbortError` on the signal
   */
  async accept(signal: AbortSignal): Promise<TcpSocket> {
    const { remoteAddress, conversation } = this.#session;
    for (let strangers = 0; strangers < strangersAtMost; strangers += 1) {
      const socket = await this.#listener.accept(signal);
      if (remoteAddress === null || sameAddress(socket.remoteAddress, remoteAddress)) return socket;
      conversation.error(
        `A data connection from ${socket.remoteAddress} was turned away: it is not the server's`,
      );
      socket.reset();
    }
    throw new WherryError(
      'connection-refused',
      'Strangers keep connecting to the port of the data connection',
    );
  }

  /** Gives the port back. Safe to call twice. */
  close(): void {
    this.#listener.close();
  }
}

async function bindWithin(host: string, range: readonly [number, number] | undefined): Promise<TcpListener> {
  const [first, last] = range ?? [0, 0];
  const count = last - first + 1;
  const start = Math.floor(Math.random() * count);
  for (let tried = 0; ; tried += 1) {
    try {
      return await TcpListener.bind({ host, port: first + ((start + tried) % count) });
    } catch (thrown) {
      if (tried + 1 < count && (thrown as { code?: unknown }).code === 'EADDRINUSE') continue;
      throw toWherryError(thrown, 'listen for a data connection');
    }
  }
}
