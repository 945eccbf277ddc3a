import { WherryError } from '#core/errors.ts';
import { EventBus, type ListenerFacts } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { defaultSessionLimits, SessionRegistry } from '#engine/session-registry.ts';
import { FtpServer } from '#protocols/ftp/server/ftp-server.ts';
import type { TftpServer } from '#protocols/tftp/server/tftp-server.ts';
import { accountsWithStorage } from './accounts-with-storage.ts';
import { openSsh } from './open-ssh.ts';
import { openTftp } from './open-tftp.ts';
import { liveSettings, type ServerChanges } from './live-settings.ts';
import type { ServerOptions } from './server-options.ts';
import type { SshServer } from './ssh/ssh-server.ts';

export type { ServerChanges } from './live-settings.ts';
export type { ListenOptions, ServerOptions, TftpOptions } from './server-options.ts';

/** A server that listens. */
export interface WherryServer {
  readonly listeners: readonly ListenerFacts[];
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  /** Takes on options that may change while it runs; what is left out goes back to its default. */
  apply(changes: ServerChanges): void;
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

/**
 * Starts a server.
 *
 * @throws WherryError `invalid-argument` for options that do not go together, or what the system says of a port;
 *   nothing listens then
 */
export async function createServer(options: ServerOptions): Promise<WherryServer> {
  const events = options.events ?? new EventBus();
  const sessions = new SessionRegistry({ ...defaultSessionLimits, ...options.limits });
  if (options.listen.ftps !== undefined && (options.tls ?? null) === null) {
    throw new WherryError('invalid-argument', 'Implicit TLS needs a certificate');
  }
  const { storage } = options;
  const accounts = storage === undefined ? options.accounts : accountsWithStorage(options.accounts, storage);
  const live = liveSettings(options, {
    accounts,
    events,
    sessions,
    defence: options.defence ?? new LoginDefence({ exempt: isShared }),
  });
  const settings = live.ftp;
  const ftp = new FtpServer(settings);
  const { host = '::', ...ports } = options.listen;
  let ssh: SshServer | null = null;
  let tftp: TftpServer | null = null;
  const closeAll = async (graceMs: number, reason: string): Promise<void> => {
    // Together: what a tunnel carries ends with the FTP session inside it, and the tunnel's connection after that.
    await Promise.all([
      ftp.close(graceMs, reason),
      ssh?.close(graceMs, reason),
      tftp?.close(graceMs, reason),
    ]);
  };
  try {
    for (const protocol of ['ftp', 'ftps'] as const) {
      const port = ports[protocol];
      if (port !== undefined) await ftp.listen({ protocol, host, port });
    }
    if (ports.sftp !== undefined) ssh = await openSsh({ host, port: ports.sftp }, { ftp, settings, options });
    if (ports.tftp !== undefined) tftp = openTftp({ host, port: ports.tftp }, { settings, options });
  } catch (thrown) {
    await closeAll(0, 'The server could not start');
    throw thrown;
  }
  const listeners = [...ftp.listeners, ...(ssh?.listeners ?? []), ...(tftp?.listeners ?? [])];
  let closing: Promise<void> | null = null;
  const close = async ({
    graceMs = defaultGraceMs,
    reason = 'The server is shutting down',
  } = {}): Promise<void> => {
    events.emit({ event: 'stopping', reason, sessions: sessions.size });
    await closeAll(graceMs, reason);
    await options.accounts.close?.();
    events.emit({ event: 'stopped' });
  };
  const server: WherryServer = {
    listeners,
    events,
    sessions,
    apply: (changes) => {
      live.apply(changes);
    },
    close: (how) => (closing ??= close(how)),
    [Symbol.asyncDispose]: () => server.close(),
  };
  events.emit({ event: 'ready', listeners });
  return server;
}
