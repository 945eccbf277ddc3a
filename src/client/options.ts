import type { Awaitable } from '#core/awaitable.ts';
import type { ConversationListener } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import type { Secret } from '#core/secret.ts';
import type { SiteAddress } from './address.ts';
import type { HostKeyPolicy } from './trust/host-key-policy.ts';

/** Something that only the user can answer. */
export interface Question {
  /** `answer` is whatever an SSH or FTP server asks in its own words. */
  readonly kind: 'user' | 'password' | 'account' | 'passphrase' | 'new-password' | 'answer';
  /** The words to show; those of a server are its own, with control characters made visible. */
  readonly text: string;
  /** What the question is about: `user@host`, or the name of a key file. */
  readonly subject: string;
  /** Whether the answer may be seen while it is typed. */
  readonly echo: boolean;
}

/** Answers a question; null when there is no answer, and the login then fails. */
export type Ask = (question: Question, signal: AbortSignal | undefined) => Awaitable<string | Secret | null>;

/** A certificate that no authority and no pin vouches for, for a user to judge. */
export interface UntrustedCertificate {
  readonly host: string;
  readonly port: number;
  /** Hex, lower case, of the certificate's DER. */
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since 1970 in UTC. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Why it is not trusted, in plain words. */
  readonly reason: string;
}

/** How TLS is used and whom it trusts. */
export interface TlsOptions {
  /** For `ftp:`: use TLS if offered (default), insist on it, or leave it. `ftps:` and `ftpes:` always insist. */
  readonly mode?: 'auto' | 'require' | 'off' | undefined;
  /** Authorities in PEM, instead of those that Node trusts. */
  readonly ca?: string | readonly string[] | undefined;
  /** The client's certificate chain and key in PEM. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | Secret | undefined;
  /** SHA-256 of the only server certificates to trust, in hex with or without colons; nothing else is checked then. */
  readonly pins?: readonly string[] | undefined;
  /** Take any certificate (default false). The connection is private, but nobody knows with whom. */
  readonly insecure?: boolean | undefined;
  /** Asked about a certificate that is not trusted; true trusts it for this connection. */
  readonly onUntrusted?: ((certificate: UntrustedCertificate) => Awaitable<boolean>) | undefined;
  /** Protect only the control connection of FTP (default false). */
  readonly clearData?: boolean | undefined;
}

/** How SSH logs in and whom it trusts. */
export interface SshOptions {
  /** Private keys, as text or bytes of the file (OpenSSH or PEM). They are tried in order. */
  readonly keys?: readonly (string | Uint8Array)[] | undefined;
  /** For keys that are encrypted. */
  readonly passphrase?: string | Secret | undefined;
  /**
   * The agent's socket, or whether to use that of `SSH_AUTH_SOCK`. When this is absent and neither key nor password is
   * given, the agent is asked, and the keys of `~/.ssh` that need no passphrase are tried after it.
   */
  readonly agent?: string | boolean | undefined;
  /** What happens with keys of hosts; by default those of `~/.ssh/known_hosts` alone are trusted. */
  readonly hostKeys?: HostKeyPolicy | undefined;
}

/** What is asked of a TFTP server. */
export interface TftpOptions {
  /** `octet` (default), or `netascii`, which turns line ends on the way. */
  readonly mode?: 'octet' | 'netascii' | undefined;
  /** Octets of a block (default 1428); 512 asks for nothing. */
  readonly blockSize?: number | undefined;
  /** Blocks in a row without an acknowledgement (default 32); 1 asks for nothing. */
  readonly windowSize?: number | undefined;
}

/** Where saved sites come from. */
export interface SiteSource {
  /** What a site stands for. @throws WherryError `not-found` */
  resolve(site: SiteAddress): Awaitable<{ readonly address: string; readonly options: ConnectOptions }>;
}

/** How {@link connect} reaches a place and behaves there. All of it may be absent. */
export interface ConnectOptions {
  /** Stops the connecting; later operations take signals of their own. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of those of the address. */
  readonly user?: string | undefined;
  readonly password?: string | Secret | undefined;
  /** For FTP servers that want an ACCT. */
  readonly account?: string | Secret | undefined;
  /** Asks for what is missing; without it a login that needs more fails. */
  readonly ask?: Ask | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly ssh?: SshOptions | undefined;
  /**
   * FTP: let the server call for data connections, instead of calling it. False for never; when absent only where
   * nothing else works, and for many small files over a long way without a NAT.
   */
  readonly active?: boolean | undefined;
  /** Which kind of address to use for a name that has both. */
  readonly family?: 4 | 6 | undefined;
  /** Longest wait for a connection, a reply, or for data to move, in milliseconds (default 30,000). */
  readonly timeoutMs?: number | undefined;
  /** How often something that may work later is tried again (default 3). */
  readonly retries?: number | undefined;
  /** Connections to the server at most (default 1); fewer when the server allows fewer. */
  readonly connections?: number | undefined;
  /** Name of the encoding of file names on servers that do not speak UTF-8, as WHATWG's Encoding names it. */
  readonly charset?: string | undefined;
  /** Minutes to add to times of listings of servers that give their own local time; measured when absent. */
  readonly timeOffsetMinutes?: number | undefined;
  /** `socks5://`, `socks5h://` or `http://`, with user and password where needed. */
  readonly proxy?: string | URL | undefined;
  /** Opens connections instead of this machine's network and of `proxy`. */
  readonly dialer?: Dialer | undefined;
  /** `ftp+ssh:` the FTP port behind the SSH server (default 21). */
  readonly ftpPort?: number | undefined;
  /** `ftp+ssh:` what goes through SSH: everything (default), or the control connection alone. */
  readonly tunnel?: 'all' | 'control' | undefined;
  readonly tftp?: TftpOptions | undefined;
  /** Octets a second that all transfers of this connection may move together, each way. */
  readonly bytesPerSecond?: number | undefined;
  /** Hears what is said to the server and what it answers, secrets masked. */
  readonly onConversation?: ConversationListener | undefined;
  /** Where `@site` addresses are looked up. */
  readonly sites?: SiteSource | undefined;
}

/** Longest wait where the caller names none. */
export const defaultTimeoutMs = 30_000;

/** Tries after the first where the caller names no number. */
export const defaultRetries = 3;
