import type { FileSystem, OperationOptions } from './file-system.ts';
import type { VirtualPath } from './virtual-path.ts';

/** A line of what two programs say to each other, for a protocol log. Secrets are masked before they get here. */
export interface ConversationLine {
  /** `status` is this program's own remark, `command` what it sent, `reply` what came back, `error` what failed. */
  readonly kind: 'status' | 'command' | 'reply' | 'error';
  readonly text: string;
}

/** Hears a conversation. It must not throw. */
export type ConversationListener = (line: ConversationLine) => void;

/** What a connection agreed upon with its server, as far as there was anything to agree. */
export interface ConnectionFacts {
  /** As in the address: `ftp`, `ftps`, `ftpes`, `sftp`, `scp`, `tftp`, `ftp+ssh`, `file`. */
  readonly protocol: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  /** What the server says it is, or null. */
  readonly software: string | null;
  /** TLS version and cipher, or the SSH algorithms; null in the clear. */
  readonly security: string | null;
}

/**
 * A file system at the far end of a protocol. Operations may be called side by side: a connection that can only do
 * one at a time queues them and uses the wait to send ahead what the protocol lets it. An operation that is aborted
 * leaves the connection usable; a connection that is lost fails everything under way with `connection-lost`.
 */
export interface Connection extends FileSystem {
  readonly facts: ConnectionFacts;
  /** The directory a login starts in; relative paths of an address begin here. */
  readonly home: VirtualPath;
  /** Whole files that may usefully be moved side by side over this one connection; a pool adds connections to it. */
  readonly parallelTransfers: number;
  /** How many of them one connection of a pool carries; absent where there is but one connection. */
  readonly transfersPerConnection?: number;
  /** Small files that are moved over it before another connection is worth opening; absent for one. */
  readonly smallTransfers?: number;
  /** Shortest time that an answer took so far, in milliseconds; absent where nobody looks. */
  readonly roundTripMs?: number;
  /** Whether the connection was lost or closed; a pool drops it then. */
  readonly isClosed: boolean;
  /**
   * Sends a command of the protocol's own that somebody has typed; absent where there are none.
   *
   * @returns what the server said, each line with its code, also when it refused
   * @throws WherryError `invalid-argument` for one that would spoil what else the connection does
   */
  command?(text: string, options?: OperationOptions): Promise<string>;
  /** Ends the session as the protocol wants it; what is under way fails with `closed`. Safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
