import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import type { Endpoint, Session } from '#engine/session.ts';
import type { FtpServer } from '#protocols/ftp/server/ftp-server.ts';
import { normalizeAddress } from '#protocols/ftp/wire/address.ts';
import type { TunnelTarget } from '#protocols/ssh/server/server-options.ts';
import { InnerLine } from './inner-line.ts';
import { RelayedSocket } from './relayed-socket.ts';

/** The SSH connection that tunnels run through. */
export interface TunnelOrigin {
  readonly endpoint: Endpoint;
  /** The address of this machine that it arrived at; behind a proxy not the one the client called. */
  readonly boundAddress: string;
  readonly proxied: boolean;
  /** The FTP sessions that were opened through it. */
  readonly ftpSessions: Set<Session>;
}

/** A tunnel that was connected. */
export interface Tunnel {
  readonly stream: Duplex;
  /** Whether it carries a control connection: that is over when the FTP server has ended it. */
  readonly control: boolean;
}

/** Names by which every client calls the machine at the far end of its SSH connection. */
const loopbackNames = ['localhost', '127.0.0.1', '::1'] as const;

/**
 * FTP through SSH. Tunnels lead to this server's own FTP ports, and to the passive ports that an FTP session of the
 * same SSH connection was told; nowhere else, not on this machine and not beyond. Octets are handed to the FTP server
 * inside this process, so its log and its checks see the client and not the loopback.
 */
export class Tunnels {
  readonly #ftp: FtpServer;
  readonly #hosts: ReadonlySet<string>;
  readonly #line = new InnerLine();

  /** @param hosts numeric addresses that mean this server, beside the loopback and where a client has connected to */
  constructor(ftp: FtpServer, hosts: readonly string[]) {
    this.#ftp = ftp;
    this.#hosts = new Set([...loopbackNames, ...hosts].map((host) => normalizeAddress(host)));
  }

  /**
   * Connects a tunnel.
   *
   * @throws WherryError `permission` for every place but those above, `connection-refused`, `aborted`
   */
  async open(target: TunnelTarget, origin: TunnelOrigin, signal: AbortSignal): Promise<Tunnel> {
    if (!this.#isHere(target.host, origin)) throw forbidden();
    const control = this.#ftp.listeners.find(({ port }) => port === target.port);
    const lease = control === undefined ? this.#ftp.passivePort(origin.ftpSessions, target.port) : null;
    if (control === undefined && lease === null) throw forbidden();
    const { near, far } = await this.#line.connect(signal);
    const endpoint: Endpoint = { ...origin.endpoint, localPort: target.port };
    const socket = new RelayedSocket(far, endpoint);
    if (control !== undefined) {
      const protocol = control.protocol === 'ftps' ? 'ftps' : 'ftp';
      const { boundAddress, proxied } = origin;
      const session = this.#ftp.adopt(socket, { protocol, endpoint, boundAddress, proxied, tunnelled: true });
      if (session !== null) {
        origin.ftpSessions.add(session);
        near.once('close', () => origin.ftpSessions.delete(session));
      }
    } else if (lease?.offer(socket) !== true) {
      near.destroy();
      socket.reset();
      throw new WherryError('connection-refused', 'Nobody waits at the passive port any more');
    }
    return { stream: near, control: control !== undefined };
  }

  close(): void {
    this.#line.close();
  }

  #isHere(host: string, { endpoint, boundAddress }: TunnelOrigin): boolean {
    const address = normalizeAddress(host.toLowerCase());
    return (
      this.#hosts.has(address) ||
      address === normalizeAddress(endpoint.localAddress) ||
      address === normalizeAddress(boundAddress)
    );
  }
}

function forbidden(): WherryError {
  return new WherryError('permission', "Tunnels lead to this server's own FTP only");
}
