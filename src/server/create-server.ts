import { WherryError } from '#core/errors.ts';
import { EventBus, type ListenerFacts } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import type { AddressGate } from '#engine/session-controls.ts';
import { UsageLedger } from '#engine/quota/usage-ledger.ts';
import { defaultSessionLimits, SessionRegistry } from '#engine/session-registry.ts';
import { FtpServer } from '#protocols/ftp/server/ftp-server.ts';
import type { HttpServer } from '#protocols/http/server/http-server.ts';
import type { TftpServer } from '#protocols/tftp/server/tftp-server.ts';
import { accountsWithStorage } from './accounts-with-storage.ts';
import { BanList, isLoopback } from './bans/ban-list.ts';
import { temporaryBanStore } from './bans/ban-store.ts';
import { keepOut } from './bans/keep-out.ts';
import { openSsh } from './open-ssh.ts';
import { openTftp } from './open-tftp.ts';
import { liveSettings, type ServerChanges } from './live-settings.ts';
import type { ServerOptions } from './server-options.ts';
import type { SshServer } from './ssh/ssh-server.ts';

export type { ServerChanges } from './live-settings.ts';
export type { BesideHttp, ListenOptions, ServerOptions, TftpOptions } from './server-options.ts';

/** A server that listens. */
export interface WherryServer {
  readonly listeners: readonly ListenerFacts[];
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  /** Who is kept out; every change takes hold at once. */
  readonly bans: BanList;
  /** What the accounts use of their quota and volume. */
  readonly usage: UsageLedger;
  /** What limits guessing, with its gauges. */
  readonly defence: LoginDefence;
  /** Passive ports that no session holds. */
  readonly freePassivePorts: number;
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

const defaultGraceMs = 30_000;

/**
 * Starts a server.
 *
 * @throws WherryError `invalid-argument` for options that do not go together, or what the system says of a port;
 *   nothing listens then
 */
export async function createServer(options: ServerOptions): Promise<WherryServer> {
  const events = options.events ?? new EventBus();
  let state: 'starting' | 'ready' | 'closing' = 'starting';
  const bans = options.bans ?? new BanList({ store: temporaryBanStore });
  const usage = options.usage ?? new UsageLedger();
  const gate: AddressGate = {
    refusal: (address) =>
      state === 'starting' ? 'The server is starting, try again in a moment' : bans.refusal(address),
  };
  const sessions = new SessionRegistry(
    { ...defaultSessionLimits, ...options.limits },
    {
      gate: options.onListening === undefined ? bans : gate,
      usage,
      before: options.before ?? null,
      digest: { upload: false, download: false, ...options.digest },
      speed: options.speed ?? null,
    },
  );
  if (options.listen.ftps !== undefined && (options.tls ?? null) === null) {
    throw new WherryError('invalid-argument', 'Implicit TLS needs a certificate');
  }
  const { storage } = options;
  const accounts = storage === undefined ? options.accounts : accountsWithStorage(options.accounts, storage);
  const defence = options.defence ?? new LoginDefence({ exempt: isLoopback });
  const stopGuarding = keepOut({ bans, defence, events, sessions, limits: options.automaticBans });
  const stopWatching = accounts.watch?.((name, account) => {
    usage.distrust(name);
    sessions.accountChanged(name, account);
  });
  const live = liveSettings(options, { accounts, events, sessions, defence });
  const settings = live.ftp;
  const ftp = new FtpServer(settings);
  const { host = '::', descriptors = {}, ...ports } = options.listen;
  let ssh: SshServer | null = null;
  let tftp: TftpServer | null = null;
  let http: HttpServer | null = null;
  const allListeners = (): readonly ListenerFacts[] =>
    [ftp, ssh, tftp, http].flatMap((protocol) => protocol?.listeners ?? []);
  const closeAll = async (graceMs: number, reason: string): Promise<void> => {
    // Together: what a tunnel carries ends with the FTP session inside it, and the tunnel's connection after that.
    await Promise.all([
      ftp.close(graceMs, reason),
      ssh?.close(graceMs, reason),
      tftp?.close(graceMs, reason),
      http?.close(graceMs, reason),
    ]);
  };
  try {
    for (const protocol of ['ftp', 'ftps'] as const) {
      const port = ports[protocol];
      const descriptor = descriptors[protocol];
      if (port !== undefined || descriptor !== undefined)
        await ftp.listen({ protocol, host, port: port ?? 0, descriptor });
    }
    if (ports.sftp !== undefined || descriptors.sftp !== undefined) {
      const address = { host, port: ports.sftp ?? 0, descriptor: descriptors.sftp };
      ssh = await openSsh(address, { ftp, settings, options });
    }
    if (ports.tftp !== undefined) tftp = openTftp({ host, port: ports.tftp }, { settings, options });
    if (options.http !== undefined) {
      const shared = { accounts, events, sessions, defence, bans, usage };
      http = await options.http({
        ...shared,
        freePassivePorts: () => ftp.freePassivePorts,
        listeners: allListeners,
        isReady: () => state === 'ready',
      });
    }
    options.onListening?.();
  } catch (thrown) {
    await closeAll(0, 'The server could not start');
    throw thrown;
  }
  const listeners = allListeners();
  let closing: Promise<void> | null = null;
  const close = async ({
    graceMs = defaultGraceMs,
    reason = 'The server is shutting down',
  } = {}): Promise<void> => {
    state = 'closing';
    events.emit({ event: 'stopping', reason, sessions: sessions.size });
    await closeAll(graceMs, reason);
    stopWatching?.();
    stopGuarding();
    usage.close();
    await options.accounts.close?.();
    events.emit({ event: 'stopped' });
  };
  const server: WherryServer = {
    listeners,
    events,
    sessions,
    bans,
    usage,
    defence,
    get freePassivePorts() {
      return ftp.freePassivePorts;
    },
    apply: (changes) => {
      live.apply(changes);
      sessions.limits = { ...defaultSessionLimits, ...changes.limits };
      sessions.limitSpeed(changes.speed ?? null);
    },
    close: (how) => (closing ??= close(how)),
    [Symbol.asyncDispose]: () => server.close(),
  };
  state = 'ready';
  events.emit({ event: 'ready', listeners });
  return server;
}
