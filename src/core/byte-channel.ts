import type { Awaitable } from './awaitable.ts';

/**
 * A two-way stream of octets under back-pressure: a data connection, a TLS session, an SSH channel. Reading is
 * pulled into the reader's buffer, writing is done when the octets are handed on, so neither side can grow a queue.
 * Errors are `connection-lost`, `truncated` (the peer ended without saying so), `timeout` and `aborted`.
 */
export interface ByteChannel {
  /** Reads at least one octet and at most `target.length`; 0 when the peer has ended its side properly. */
  read(target: Uint8Array): Awaitable<number>;
  /** Hands on all of `source`; the caller may reuse it when this settles. */
  write(source: Uint8Array): Awaitable<void>;
  /** Ends this side properly (close_notify, FIN) once everything written is handed on. */
  end(): Awaitable<void>;
  /** Drops the connection at once. Safe to call twice; a read or write under way fails with `aborted`. */
  destroy(): void;
  /** The kernel's own way between this channel and a file; null where bytes must pass through the program. */
  readonly zeroCopy: ZeroCopy | null;
}

/** Moves octets between a plain socket and a file without copying them into the program. */
export interface ZeroCopy {
  /**
   * Sends up to `length` octets of the file from `position` on; returns how many, 0 at the end of the file. `last`
   * says that the channel is ended after these octets; they may be held back until then.
   */
  sendFile(fileDescriptor: number, position: number, length: number, last?: boolean): Awaitable<number>;
  /**
   * As `sendFile`, through memory of its own: where the peer is on this machine, it takes octets that lie together
   * faster than the pages of a file, one by one.
   */
  sendCopied?(fileDescriptor: number, position: number, length: number): Awaitable<number>;
  /** Receives up to `length` octets into the file at `position`; returns how many, 0 when the peer has ended. */
  receiveFile(fileDescriptor: number, position: number, length: number): Awaitable<number>;
}
