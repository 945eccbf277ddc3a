import type { Account } from '#core/account.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { EventBus } from '#engine/events.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { Rollover } from '../wire/block-numbers.ts';
import type { RetransmissionTimes } from '../wire/retransmission.ts';

/** Who asks for a file, as far as TFTP can tell. */
export interface TftpClient {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The address of this machine that was asked. */
  readonly localAddress: string;
}

/** Whether files may be written: not at all, only under names that are free, or over what is there. */
export type TftpWritePolicy = 'off' | 'create' | 'overwrite';

/** A directory for some clients or some names. A rule without networks and files is for all of them. */
export interface TftpDirectoryRule {
  /** CIDR networks, as in `10.1.0.0/16` or `2001:db8::/32`. */
  readonly networks?: readonly string[] | undefined;
  /** Pattern of names, as {@link TftpTemplateRule.name}. */
  readonly files?: string | undefined;
  /** The directory of the account's tree that is these clients' root. */
  readonly directory: string;
}

/** A name that no file has: what it holds is made from a template, anew for each request. */
export interface TftpTemplateRule {
  /**
   * Pattern of the whole name, without regard to case. `*` stands for any characters but a slash, `{mac}` for twelve
   * hexadecimal digits with or without separators, `{ip}` for an address, and `{word}`, with any other word, for
   * letters, digits, dots, hyphens and underscores.
   */
  readonly name: string;
  /**
   * The file of the account's tree that is the template: `{{mac}}` is replaced by what stood for `{mac}` in the
   * name, likewise every other word, and `{{clientAddress}}` and `{{serverAddress}}` by the addresses.
   */
  readonly template: string;
}

/** What may be done over TFTP, beyond the rights of the account. */
export interface TftpPolicy {
  readonly write: TftpWritePolicy;
  /** Networks whose requests are answered; all when empty. */
  readonly allowedNetworks: readonly string[];
  /** The first that fits decides. Without any, the account's home is the root of all; a client none fits gets nothing. */
  readonly directories: readonly TftpDirectoryRule[];
  /** Looked through before files. */
  readonly templates: readonly TftpTemplateRule[];
  /** Whether a backslash in a name parts directories, as clients of Windows and PXE send it. */
  readonly backslashSeparates: boolean;
  /** The lowest port of a client that is answered: no honest one sends from a port where other services listen. */
  readonly lowestClientPort: number;
}

/** What clients can make grow, and how far. */
export interface TftpLimits {
  /** Transfers at once in all, each with a socket, a file and a few hundred KiB. */
  readonly transfers: number;
  /** Transfers at once from one address; a school of phones behind one router needs many. */
  readonly transfersPerAddress: number;
  /** Octets of a file that is uploaded. */
  readonly uploadBytes: number;
  /** The largest block that is granted. */
  readonly blockSize: number;
  /** The largest window that is granted, in blocks. */
  readonly windowSize: number;
  /** The largest window in octets, which a client's socket must hold between two looks at it. */
  readonly windowBytes: number;
  /** Octets of a template. */
  readonly templateBytes: number;
  /** Milliseconds of one transfer in all, so that no client holds its place for ever by moving one block at a time. */
  readonly transferMs: number;
  /** Milliseconds until a client must have answered for the first time. */
  readonly unprovenMs: number;
}

/** What {@link serveTftp} needs, with defaults for the rest. */
export interface TftpServerOptions {
  /** A numeric address, or `::` or `0.0.0.0` for all of this machine's (default `::`). */
  readonly host?: string | undefined;
  /** 0 for any free one (default 69). */
  readonly port?: number | undefined;
  /** Whom a request counts as; null refuses it. */
  readonly accountFor: (client: TftpClient) => Awaitable<Account | null>;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly policy?: Partial<TftpPolicy> | undefined;
  readonly limits?: Partial<TftpLimits> | undefined;
  readonly times?: Partial<RetransmissionTimes> | undefined;
  /**
   * `own` (default): each transfer answers from a port of its own, as RFC 1350 has it. `single`: all answer from the
   * port that was asked, for firewalls and containers that pass only that one.
   */
  readonly ports?: 'own' | 'single' | undefined;
  /** The block number after 65535 (default 0). */
  readonly rollover?: Rollover | undefined;
  /** Share the port with other processes of this program (default false). */
  readonly reusePort?: boolean | undefined;
  /** Milliseconds between two looks at this machine's addresses, when it serves all of them (default 10 000). */
  readonly addressCheckMs?: number | undefined;
  /** Compute SHA-256 of every file for its event (default false). */
  readonly digest?: boolean | undefined;
}

/** Options with every default in place. */
export interface TftpSettings {
  readonly host: string;
  readonly port: number;
  readonly accountFor: (client: TftpClient) => Awaitable<Account | null>;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly ports: 'own' | 'single';
  readonly rollover: Rollover;
  readonly reusePort: boolean;
  readonly addressCheckMs: number;
  readonly digest: boolean;
  readonly policy: TftpPolicy;
  readonly limits: TftpLimits;
  readonly times: RetransmissionTimes;
}
