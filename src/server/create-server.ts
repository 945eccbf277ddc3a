import type { Accounts } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { EventBus, type ListenerFacts } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { defaultSessionLimits, SessionRegistry, type SessionLimits } from '#engine/session-registry.ts';
import { FtpServer } from '#protocols/ftp/server/ftp-server.ts';
import {
  defaultFtpTimeouts,
  type FtpServerOptions,
  type FtpTimeouts,
  type ProxyPolicy,
  type SessionReusePolicy,
  type TlsProvider,
} from '#protocols/ftp/server/options.ts';
import { accountsWithStorage } from './accounts-with-storage.ts';

/** Which ports to open; 0 for any free one. A protocol that is absent stays off. */
export interface ListenOptions {
  /** Address of all listeners; `::` serves both families (default). */
  readonly host?: string | undefined;
  /** FTP with explicit TLS. */
  readonly ftp?: number | undefined;
  /** FTP in TLS from the first octet on. */
  readonly ftps?: number | undefined;
}

/** What a server serves, to whom, and how. */
export interface ServerOptions {
  /** The tree of every account that has none of its own. */
  readonly storage?: FileSystem | undefined;
  readonly accounts: Accounts;
  readonly listen: ListenOptions;
  /** Without it there is no TLS. */
  readonly tls?: TlsProvider | null | undefined;
  readonly events?: EventBus | undefined;
  readonly limits?: Partial<SessionLimits> | undefined;
  readonly timeouts?: Partial<FtpTimeouts> | undefined;
  readonly defence?: LoginDefence | undefined;
  readonly proxy?: ProxyPolicy | null | undefined;
  /** First and last passive port (50000 to 50999). */
  readonly passivePorts?: readonly [number, number] | undefined;
  /** IPv4 address that 227 announces instead of the control connection's own. */
  readonly passiveAddress?: string | null | undefined;
  readonly requireTls?: boolean | undefined;
  readonly tlsSessionReuse?: SessionReusePolicy | undefined;
  readonly requireCloseNotify?: boolean | undefined;
  readonly allowClearCommandChannel?: boolean | undefined;
  readonly asciiAsBinary?: boolean | undefined;
  /** CIDR networks of peers that may take part in server-to-server transfers. */
  readonly fxpNetworks?: readonly string[] | undefined;
  readonly hostNames?: readonly string[] | undefined;
  /** First words of the greeting; the program's version is nobody's business. */
  readonly banner?: string | undefined;
}

/** A server that listens. */
export interface WherryServer {
  readonly listeners: readonly ListenerFacts[];
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  /**
   * Stops listening at once, lets running transfers finish, then ends everything.
   *
   * @param options.graceMs longest wait for running transfers in milliseconds (30 000)
   */
  close(options?: { readonly graceMs?: number; readonly reason?: string }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Tunnels and proxies on this machine bring many users from its loopback addresses. */
function isShared(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

const defaultGraceMs = 30_000;
const defaultPassivePorts = [50_000, 50_999] as const;

/**
 * Starts a server.
 *
 * @throws WherryError `invalid-argument` for options that do not go together, or what the system says of a port;
 *   nothing listens then
 */
export async function createServer(options: ServerOptions): Promise<WherryServer> {
  const events = options.events ?? new EventBus();
  const sessions = new SessionRegistry({ ...defaultSessionLimits, ...options.limits });
  const [firstPort, lastPort] = options.passivePorts ?? defaultPassivePorts;
  if (options.listen.ftps !== undefined && (options.tls ?? null) === null) {
    throw new WherryError('invalid-argument', 'Implicit TLS needs a certificate');
  }
  const { storage } = options;
  const accounts = storage === undefined ? options.accounts : accountsWithStorage(options.accounts, storage);
  const settings: FtpServerOptions = {
    accounts,
    events,
    sessions,
    defence: options.defence ?? new LoginDefence({ exempt: isShared }),
    tls: options.tls ?? null,
    passive: { firstPort, lastPort, announcedAddress: options.passiveAddress ?? null },
    timeouts: { ...defaultFtpTimeouts, ...options.timeouts },
    tlsSessionReuse: options.tlsSessionReuse ?? 'prefer',
    requireTls: options.requireTls ?? false,
    allowClearCommandChannel: options.allowClearCommandChannel ?? false,
    requireCloseNotify: options.requireCloseNotify ?? true,
    asciiAsBinary: options.asciiAsBinary ?? false,
    fxpNetworks: options.fxpNetworks ?? [],
    proxy: options.proxy ?? null,
    hostNames: options.hostNames ?? [],
    banner: options.banner ?? 'wherry ready',
  };
  const ftp = new FtpServer(settings);
  const { host = '::', ...ports } = options.listen;
  try {
    for (const protocol of ['ftp', 'ftps'] as const) {
      const port = ports[protocol];
      if (port !== undefined) await ftp.listen({ protocol, host, port });
    }
  } catch (thrown) {
    await ftp.close(0);
    throw thrown;
  }
  let closing: Promise<void> | null = null;
  const close = async ({
    graceMs = defaultGraceMs,
    reason = 'The server is shutting down',
  } = {}): Promise<void> => {
    events.emit({ event: 'stopping', reason, sessions: sessions.size });
    await ftp.close(graceMs, reason);
    await options.accounts.close?.();
    events.emit({ event: 'stopped' });
  };
  const server: WherryServer = {
    listeners: ftp.listeners,
    events,
    sessions,
    close: (how) => (closing ??= close(how)),
    [Symbol.asyncDispose]: () => server.close(),
  };
  events.emit({ event: 'ready', listeners: ftp.listeners });
  return server;
}
