import type { ConversationListener } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import type { Secret } from '#core/secret.ts';

/**
 * How a connection is protected.
 * - `auto`: TLS when the server offers it (AUTH TLS), else in the clear.
 * - `require`: TLS, or no password is ever sent.
 * - `off`: in the clear.
 * - `implicit`: TLS before the first octet, as on port 990.
 */
export type FtpTlsMode = 'auto' | 'require' | 'off' | 'implicit';

/** What a certificate says of a server, for whoever decides whether to trust it. */
export interface CertificateFacts {
  /** The name or address that was called. */
  readonly host: string;
  /** Whether the chain leads to a trusted authority and the name fits. */
  readonly authorized: boolean;
  /** Why not, as OpenSSL or Node name it (`SELF_SIGNED_CERT_IN_CHAIN`, `ERR_TLS_CERT_ALTNAME_INVALID`, …). */
  readonly problem: string | null;
  /** From the server's own certificate up to the last one it sent. */
  readonly chain: readonly CertificateSummary[];
}

export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** Subject alternative names as OpenSSL writes them, `DNS:example.org, IP Address:192.0.2.1`. */
  readonly names: string;
  /** Milliseconds since 1970 in UTC. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Of the whole certificate in DER, hex in upper case with colons between. */
  readonly sha256: string;
}

export interface FtpTlsOptions {
  /** Certificates of authorities in PEM; replaces the well-known ones. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** Client certificate and its key in PEM. */
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  /** The password of `key`. */
  readonly passphrase?: Secret | undefined;
  /** SHA-256 of the server's certificate in hex (colons and case do not matter); nothing else is trusted then. */
  readonly pin?: string | undefined;
  /**
   * Asked about every certificate of a control connection that has no pin, whether it is authorized or not; true
   * lets it pass. Without it a certificate must be authorized.
   */
  readonly verifyCertificate?: ((facts: CertificateFacts) => boolean | Promise<boolean>) | undefined;
  /** Default TLSv1.2; older versions are broken (RFC 8996). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** Every wait of a connection, in milliseconds. */
export interface FtpClientTimes {
  /** For the TCP connection of control: two repetitions of a lost SYN (1 s, 3 s, 7 s) fit. */
  readonly connectMs: number;
  /** For the greeting: some servers look the caller's name up first, which takes up to 20 s. */
  readonly greetingMs: number;
  readonly tlsHandshakeMs: number;
  /** For a reply to a command; deleting a large directory or moving a file to another disk takes its time. */
  readonly replyMs: number;
  /** For a data connection; shorter than for control, because the next way is tried then. */
  readonly dataConnectMs: number;
  /** Longest time without one octet moving while this side waits for it. */
  readonly stallMs: number;
  /** For the last reply after the data: servers that flush to slow storage take minutes. */
  readonly completionMs: number;
  /** For a digest computed by the server: a large file is read as a whole. */
  readonly checksumMs: number;
  /** For the reply to a transfer that was stopped, before ABOR is sent, and again after it. */
  readonly abortMs: number;
  /** For the reply to QUIT. */
  readonly quitMs: number;
  /**
   * How often NOOP is sent while a transfer runs, so that a NAT does not forget the control connection; 0 never.
   * Only to servers that are known to cope.
   */
  readonly keepAliveMs: number;
}

export const defaultFtpClientTimes: FtpClientTimes = Object.freeze({
  connectMs: 15_000,
  greetingMs: 30_000,
  tlsHandshakeMs: 20_000,
  replyMs: 60_000,
  dataConnectMs: 10_000,
  stallMs: 60_000,
  completionMs: 300_000,
  checksumMs: 900_000,
  abortMs: 3_000,
  quitMs: 1_000,
  keepAliveMs: 45_000,
});

/**
 * What commands are sent ahead.
 * - `auto`: what the server is known to cope with, or has shown; nothing ahead after it has once been confused.
 * - `none`: one command at a time.
 * - `commands`: several commands, but none while a transfer runs.
 * - `transfers`: also behind a running transfer.
 */
export type PipeliningOption = 'auto' | PipeliningDepth;
export type PipeliningDepth = 'none' | 'commands' | 'transfers';

/** Where an FTP server is, who logs in, and how. */
export interface FtpClientOptions {
  /** A name or a numeric address. */
  readonly host: string;
  /** Default 21, and 990 for implicit TLS. */
  readonly port?: number | undefined;
  /** Address family for a name that has both. */
  readonly family?: 4 | 6 | undefined;
  /** Default `anonymous`. */
  readonly user?: string | undefined;
  /** Default for `anonymous`: `anonymous@`. */
  readonly password?: Secret | string | undefined;
  /** For servers that ask for an account (332). */
  readonly account?: Secret | string | undefined;
  /** Default `auto`. */
  readonly tls?: FtpTlsMode | undefined;
  readonly tlsOptions?: FtpTlsOptions | undefined;
  /** Opens every connection in another way: proxy, SSH tunnel. Data connections are passive then. */
  readonly dialer?: Dialer | undefined;
  /** Numeric address of this machine to call from. */
  readonly localAddress?: string | undefined;
  /**
   * Who opens data connections. `auto` (default) is passive, and active only when nothing passive works, or for many
   * small files over a long way (`callingFromMs`); `passive` is never active; `active` is that first.
   */
  readonly dataMode?: 'auto' | 'passive' | 'active' | undefined;
  /**
   * Round trip in milliseconds from which on `dataMode` `auto` has the server call for many small files, where no NAT can
   * be in between; default 20, `Infinity` for never, which is the default on macOS and Windows.
   */
  readonly callingFromMs?: number | undefined;
  /** The address that this machine is reached at by the server in active mode, when it is behind a NAT. */
  readonly activeAddress?: string | undefined;
  /** First and last port to listen on in active mode; any by default. */
  readonly activePorts?: readonly [number, number] | undefined;
  /**
   * Follow the address of a 227 reply also when it is not the server's own. Off by default: a server could lead this
   * program to machines that it cannot reach itself.
   */
  readonly trustPassiveAddress?: boolean | undefined;
  /** Name of the encoding of names and texts, as TextDecoder knows it; default UTF-8, losing no other octet. */
  readonly charset?: string | undefined;
  /** The name for HOST (RFC 7151); false for never, default: `host` when it is a name and the server lists HOST. */
  readonly virtualHost?: string | false | undefined;
  /** Language for replies (RFC 2640), as in `de`; default whatever the server likes. */
  readonly language?: string | undefined;
  /** What this program says it is (CLNT, CSID). Default `wherry`. */
  readonly clientName?: string | undefined;
  /** Where the server's clock stands in listings that do not say, minutes ahead of UTC; default: measured. */
  readonly timeOffsetMinutes?: number | undefined;
  /** The dialect of LIST, when its own evidence does not do; default: found out. */
  readonly listDialect?: string | undefined;
  /** `never` reads listings by LIST even where MLSD is offered. Default `auto`. */
  readonly machineListing?: 'auto' | 'never' | undefined;
  /** Write `replace` and `create` uploads under their own name at once, not under a temporary one. Default false. */
  readonly uploadInPlace?: boolean | undefined;
  /** Compress what is transferred (MODE Z) where the server can. Default false. */
  readonly compress?: boolean | undefined;
  readonly pipelining?: PipeliningOption | undefined;
  /** Double octets 0xFF in arguments, as telnet wants it; default true. UTF-8 text has none. */
  readonly telnetEscapes?: boolean | undefined;
  /** Commands sent after login, before anything else (`SITE …`); a refusal is told and does no harm. */
  readonly loginCommands?: readonly string[] | undefined;
  /** The scheme to show in `facts.protocol`; by default `ftp`, `ftpes` or `ftps` as it turned out. */
  readonly protocolName?: string | undefined;
  readonly times?: Partial<FtpClientTimes> | undefined;
  readonly onConversation?: ConversationListener | undefined;
  /** Stops the attempt to connect; has no effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}
