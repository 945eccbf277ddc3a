import type { Accounts } from '#core/authentication.ts';
import type { EventBus } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { ProxyPolicy } from '#protocols/ftp/server/options.ts';
import type { AlgorithmSet } from '#protocols/ssh/algorithms.ts';
import type { HostKeySource } from '../host-keys.ts';
import type { Tunnels } from './tunnels.ts';

/** What the SSH connections of one server share. */
export interface SshSettings {
  readonly accounts: Accounts;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly defence: LoginDefence;
  readonly hostKeys: HostKeySource;
  readonly algorithms: AlgorithmSet;
  /** Trusted proxies in front of this server; null for none. */
  readonly proxy: ProxyPolicy | null;
  /** FTP through SSH; null when it is off. */
  readonly tunnels: Tunnels | null;
  readonly timeouts: {
    /** From connecting to a complete login, in milliseconds. */
    readonly loginMs: number;
    /** Without a word from or to the client, in milliseconds, after which its connection is ended. */
    readonly idleMs: number;
    /** Before a failed login is answered; doubles with each on the same connection. */
    readonly failedLoginMs: number;
    /** For the peer to take the last words, and for storage to let go of what was broken off. */
    readonly closeMs: number;
  };
}
