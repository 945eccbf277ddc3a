import type { SecureContext } from 'node:tls';
import type { Accounts } from '#core/authentication.ts';
import type { EventBus } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { Endpoint } from '#engine/session.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { TcpSocket } from '#native/index.ts';

/** Whether a data connection must resume the TLS session of its own control connection. */
export type SessionReusePolicy = 'require' | 'prefer' | 'off';

/**
 * Whether TLS clients are asked for a certificate. `required` takes only those that a trusted authority has signed,
 * `any-required` one that nobody vouches for as well: then its fingerprint alone says whose it is.
 */
export type ClientCertificatePolicy = 'off' | 'optional' | 'required' | 'any-required';

/** The TLS material of one control connection and all its data connections. */
export interface SessionTls {
  /** The context for the name the client asks for (SNI), or for none; always the same object for one name. */
  contextFor(serverName: string | null): SecureContext;
}

/** Gives each control connection contexts with ticket keys of its own, so that a resumed session proves the peer. */
export interface TlsProvider {
  readonly clientCertificates: ClientCertificatePolicy;
  createSessionTls(): SessionTls;
}

/** All waits of an FTP session, in milliseconds. */
export interface FtpTimeouts {
  /** From connecting to a complete login. */
  readonly loginMs: number;
  /** Before a failed login is answered; doubles with each on the same connection. */
  readonly failedLoginMs: number;
  /** Without a command and without a transfer. */
  readonly idleMs: number;
  /** Highest idle time that SITE IDLE may set. */
  readonly maximumIdleMs: number;
  /** For the data connection to come about, once a transfer is asked for. */
  readonly connectMs: number;
  /** Without one octet moving on a data connection. */
  readonly stallMs: number;
  readonly tlsHandshakeMs: number;
  /** A passive port that nobody uses may be taken for another session after this time. */
  readonly abandonedPortMs: number;
  /** For the peer to close after the last reply. */
  readonly closeMs: number;
}

/** Defaults that long transfers and slow people live with: five minutes idle as RFC 1123 asks. */
export const defaultFtpTimeouts: FtpTimeouts = Object.freeze({
  loginMs: 60_000,
  failedLoginMs: 500,
  idleMs: 300_000,
  maximumIdleMs: 7_200_000,
  connectMs: 30_000,
  stallMs: 300_000,
  tlsHandshakeMs: 15_000,
  abandonedPortMs: 60_000,
  closeMs: 5_000,
});

/** Passive data connections. */
export interface PassiveOptions {
  readonly firstPort: number;
  readonly lastPort: number;
  /** IPv4 address to announce in 227 instead of the control connection's own, for servers behind NAT. */
  readonly announcedAddress: string | null;
}

/** How connections that a trusted proxy made tell of their true peer (PROXY protocol). */
export interface ProxyPolicy {
  /** Whether a connection from this address begins with a header. */
  trusts(remoteAddress: string): boolean;
  /**
   * Takes the header off a connection, control or data, and not one octet more.
   *
   * @returns the true ends; null when the proxy speaks for itself (a health check)
   * @throws WherryError `protocol`, `timeout`, `connection-lost`; the socket is the caller's to destroy
   */
  unwrap(socket: TcpSocket, timeoutMs: number): Promise<Endpoint | null>;
}

/** Where an FTP server listens, what it offers, and what it stands on. */
export interface FtpServerOptions {
  readonly accounts: Accounts;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly defence: LoginDefence;
  readonly tls: TlsProvider | null;
  readonly passive: PassiveOptions;
  readonly timeouts: FtpTimeouts;
  readonly tlsSessionReuse: SessionReusePolicy;
  /** Nothing but TLS logs in, and data connections must be encrypted as well. */
  readonly requireTls: boolean;
  /** Whether CCC may take the control connection back into the clear after login. */
  readonly allowClearCommandChannel: boolean;
  /** Whether an upload over TLS that ends without close_notify is incomplete (true) or only noted. */
  readonly requireCloseNotify: boolean;
  /** Serve TYPE A as octets too, for servers whose users never mean text. */
  readonly asciiAsBinary: boolean;
  /** Whether what has come of an upload that breaks off takes the name, instead of being discarded. */
  readonly keepPartialUploads: boolean;
  /** CIDR networks of peers that PORT may name and that may take a passive port, for every account. */
  readonly fxpNetworks: readonly string[];
  /** Trusted proxies in front of this server; null for none. */
  readonly proxy: ProxyPolicy | null;
  /** Names that HOST may name beside the server's own addresses; empty admits every name. */
  readonly hostNames: readonly string[];
  readonly banner: string;
}
