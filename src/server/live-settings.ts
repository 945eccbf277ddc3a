import type { Accounts } from '#core/authentication.ts';
import type { EventBus } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import { defaultFtpTimeouts, type FtpServerOptions } from '#protocols/ftp/server/options.ts';
import type { ServerOptions } from './server-options.ts';

/** Options that may change while the server runs. They hold for whatever begins afterwards; nobody is disconnected. */
export type ServerChanges = Pick<
  ServerOptions,
  | 'timeouts'
  | 'passiveAddress'
  | 'requireTls'
  | 'tlsSessionReuse'
  | 'requireCloseNotify'
  | 'allowClearCommandChannel'
  | 'asciiAsBinary'
  | 'keepPartialUploads'
  | 'fxpNetworks'
  | 'hostNames'
  | 'banner'
  | 'limits'
  | 'speed'
>;

/** The settings of a running server; the protocols read them anew each time they need one. */
export interface LiveSettings {
  readonly ftp: FtpServerOptions;
  apply(changes: ServerChanges): void;
}

const defaultPassivePorts = [50_000, 50_999] as const;

/** Puts the defaults in. */
export function liveSettings(
  options: ServerOptions,
  parts: {
    readonly accounts: Accounts;
    readonly events: EventBus;
    readonly sessions: SessionRegistry;
    readonly defence: LoginDefence;
  },
): LiveSettings {
  const [firstPort, lastPort] = options.passivePorts ?? defaultPassivePorts;
  const timeouts = { ...defaultFtpTimeouts };
  const passive = { firstPort, lastPort, announcedAddress: null as string | null };
  const ftp = {
    ...parts,
    tls: options.tls ?? null,
    passive,
    timeouts,
    proxy: options.proxy ?? null,
    ...changeable(options),
  };
  const apply = (changes: ServerChanges): void => {
    Object.assign(ftp, changeable(changes));
    // Protocols hold on to these two objects.
    Object.assign(timeouts, defaultFtpTimeouts, changes.timeouts);
    passive.announcedAddress = changes.passiveAddress ?? null;
  };
  apply(options);
  return { ftp, apply };
}

function changeable(
  options: ServerChanges,
): Omit<
  FtpServerOptions,
  'accounts' | 'events' | 'sessions' | 'defence' | 'tls' | 'passive' | 'timeouts' | 'proxy'
> {
  return {
    tlsSessionReuse: options.tlsSessionReuse ?? 'prefer',
    requireTls: options.requireTls ?? false,
    allowClearCommandChannel: options.allowClearCommandChannel ?? false,
    requireCloseNotify: options.requireCloseNotify ?? true,
    asciiAsBinary: options.asciiAsBinary ?? false,
    keepPartialUploads: options.keepPartialUploads ?? false,
    fxpNetworks: options.fxpNetworks ?? [],
    hostNames: options.hostNames ?? [],
    banner: options.banner ?? 'wherry ready',
  };
}
