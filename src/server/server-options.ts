import type { Accounts } from '#core/authentication.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { SpeedLimits } from '#core/limits.ts';
import type { EventBus, ListenerFacts } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { UsageLedger } from '#engine/quota/usage-ledger.ts';
import type { BeforeCheck, DigestPolicy } from '#engine/session-controls.ts';
import type { SessionLimits, SessionRegistry } from '#engine/session-registry.ts';
import type {
  FtpTimeouts,
  ProxyPolicy,
  SessionReusePolicy,
  TlsProvider,
} from '#protocols/ftp/server/options.ts';
import type { HttpServer } from '#protocols/http/server/http-server.ts';
import type { AlgorithmSetName } from '#protocols/ssh/algorithms.ts';
import type { TftpLimits, TftpPolicy, TftpWritePolicy } from '#protocols/tftp/server/options.ts';
import type { Rollover } from '#protocols/tftp/wire/block-numbers.ts';
import type { AutomaticBanLimits } from './bans/automatic-bans.ts';
import type { BanList } from './bans/ban-list.ts';
import type { HostKeySource } from './host-keys.ts';

/** What TFTP serves: it knows no users, so everybody sees the same tree with the same rights. */
export interface TftpOptions {
  /** The tree (default the server's `storage`). */
  readonly storage?: FileSystem | undefined;
  /** Whether files may be written (`off`). */
  readonly write?: TftpWritePolicy | undefined;
  /** Who is answered, and where their root is. */
  readonly policy?: Partial<Omit<TftpPolicy, 'write'>> | undefined;
  readonly limits?: Partial<TftpLimits> | undefined;
  /** Whether each transfer answers from a port of its own (default), or all from the one that was asked. */
  readonly ports?: 'own' | 'single' | undefined;
  /** The block number after 65535 (0). */
  readonly rollover?: Rollover | undefined;
}

/** What HTTP shares with the other protocols of a server. */
export interface BesideHttp {
  readonly accounts: Accounts;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly defence: LoginDefence;
  readonly bans: BanList;
  readonly usage: UsageLedger;
  /** Passive ports that no session holds now. */
  readonly freePassivePorts: () => number;
  /** All that is listened on. */
  readonly listeners: () => readonly ListenerFacts[];
  /** Whether everything listens. */
  readonly isReady: () => boolean;
}

/** Which ports to open; 0 for any free one. A protocol that is absent stays off. */
export interface ListenOptions {
  /** Address of all listeners; `::` serves both families (default). */
  readonly host?: string | undefined;
  /** FTP with explicit TLS. */
  readonly ftp?: number | undefined;
  /** FTP in TLS from the first octet on. */
  readonly ftps?: number | undefined;
  /** SSH: SFTP, SCP, and the tunnel to FTP. */
  readonly sftp?: number | undefined;
  readonly tftp?: number | undefined;
  /** Descriptors that listen already, as from systemd; each in place of address and port. */
  readonly descriptors?: Readonly<Partial<Record<'ftp' | 'ftps' | 'sftp', number>>> | undefined;
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
  /** Whether what has come of an FTP upload that breaks off takes the name, to be resumed, instead of being discarded. */
  readonly keepPartialUploads?: boolean | undefined;
  /** CIDR networks of peers that may take part in server-to-server transfers. */
  readonly fxpNetworks?: readonly string[] | undefined;
  readonly hostNames?: readonly string[] | undefined;
  /** The keys that SSH clients know this server by, from `openHostKeys`; without them a key is made for this run. */
  readonly hostKeys?: HostKeySource | undefined;
  /** Which algorithms SSH offers (`default`). */
  readonly sshAlgorithms?: AlgorithmSetName | undefined;
  /** Whether SSH clients may reach this server's own FTP ports through their connection (true). */
  readonly tunnel?: boolean | undefined;
  readonly tftp?: TftpOptions | undefined;
  /**
   * Called when everything listens and before anybody is let in, as to give rights away that only binding needed.
   * What it throws ends the start.
   */
  readonly onListening?: (() => void) | undefined;
  /** Serves HTTP over what the other protocols share (nobody does). */
  readonly http?: ((beside: BesideHttp) => Promise<HttpServer>) | undefined;
  /** Who is kept out, and who never is (default a list that is forgotten with the process). */
  readonly bans?: BanList | undefined;
  /** When networks are banned automatically (the defaults of `AutomaticBanLimits`); null for never. */
  readonly automaticBans?: Partial<AutomaticBanLimits> | null | undefined;
  /** Where quota and volume are counted (default in memory, so that trees are counted anew with each start). */
  readonly usage?: UsageLedger | undefined;
  /** Who may forbid logins, uploads, downloads, deletes and renames (nobody). */
  readonly before?: BeforeCheck | undefined;
  /** Which transfers are hashed as they pass, for their event (none). */
  readonly digest?: Partial<DigestPolicy> | undefined;
  /** The speed of the whole server (no limit). */
  readonly speed?: SpeedLimits | null | undefined;
  /** First words of the greeting; the program's version is nobody's business. */
  readonly banner?: string | undefined;
}
