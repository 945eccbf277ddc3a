import type { Socket } from 'node:net';
import type { Awaitable } from './awaitable.ts';
import type { DirectoryBatch } from './directory-batch.ts';

/** Moves octets between a plain socket and a file inside the kernel. */
export interface ZeroCopy {
  /**
   * Sends up to `length` octets of the file from `position` on; returns how many, less than `length` only at the
   * end of the file or of what can be sent without waiting for the disk, and 0 only at the end of the file. `last`
   * says that the socket is ended after these octets; they may be held back until then.
   */
  sendFile(fileDescriptor: number, position: number, length: number, last?: boolean): Awaitable<number>;
  /**
   * As `sendFile`, through memory of its own: where the peer is on this machine, it takes octets that lie together
   * faster than the pages of a file, one by one.
   */
  sendCopied(fileDescriptor: number, position: number, length: number): Awaitable<number>;
  /**
   * Receives up to `length` octets into the file at `position`; returns how many, 0 when the peer has ended. It
   * returns as soon as some octets are in the file and no more are there, so that a caller sees progress. A failing
   * disk rejects with the disk's own code (ENOSPC, EDQUOT, EFBIG, EIO) and `syscall` `write`.
   */
  receiveFile(fileDescriptor: number, position: number, length: number): Awaitable<number>;
}

/**
 * A connected TCP socket read by pulling. At most one read (or `receiveFile`) and one write (or `sendFile`) may be
 * under way at a time. Failures are Node-style errors with a `code` (ECONNRESET, EPIPE, ...) and stay: after one,
 * every later read and write fails alike. `destroy` and `reset` fail what is under way with an `AbortError`.
 */
export interface TcpSocket {
  /** The peer's address; an IPv4 peer of an IPv6 listener is shown as plain IPv4, and no scope is shown. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Reads at least one octet and at most `target.length`; 0 when the peer has ended its side. */
  read(target: Uint8Array): Awaitable<number>;
  /**
   * Calls `listener` once, later, when a read will be answered at once: with octets, with the end, or with a failure, as
   * after `destroy`. Counts as a read under way until then.
   */
  onceReadable(listener: () => void): void;
  /** Hands all of `source` to the kernel; the caller may reuse it when this settles. */
  write(source: Uint8Array): Awaitable<void>;
  /** As `write`, for short text of characters that stand for one octet each. */
  writeLatin1(text: string): Awaitable<void>;
  /** Ends this side (FIN) after everything written; reading goes on. */
  end(): Awaitable<void>;
  /** Closes the socket at once; what was written is still delivered. Safe to call twice. */
  destroy(): void;
  /** Closes the socket with a reset, dropping what was not delivered. Safe to call twice. */
  reset(): void;
  /**
   * After `end`: reads and drops until the peer has closed too, so that it has got everything. Resolves also when
   * the peer resets; rejects with an `AbortError` on the signal.
   */
  waitForPeerClose(signal?: AbortSignal): Promise<void>;
  /** The kernel's own way between socket and file; null where there is none. */
  readonly zeroCopy: ZeroCopy | null;
  /**
   * Hands the connection over to Node, for TLS, as a paused socket with `allowHalfOpen` from which everything can be
   * read that was not read here. What is under way here fails with an `AbortError`; afterwards this object refuses
   * every operation, and `destroy` does nothing.
   *
   * @param readInto memory to read into, where that can be done: then `data` shows views of it that are good during the
   *   event only, and the socket serves listeners of that event, not `read` nor a pipe
   */
  toNodeSocket(readInto?: Buffer): Socket;
}

/** Where a {@link TcpListener} is bound. */
export interface BindOptions {
  /** A numeric address, `0.0.0.0` or `::`. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** With `::`, whether IPv4 peers are kept out; default false. */
  readonly ipv6Only?: boolean | undefined;
  /**
   * Connections that may wait for `accept` (default 32). A data port expects one, but where strangers fill the queue
   * the one that is expected comes a second late (its SYN is dropped and sent again), so there is room for some.
   */
  readonly backlog?: number | undefined;
}

/** A bound TCP port that listens only while somebody expects a connection. */
export interface TcpListener {
  readonly port: number;
  /**
   * Starts to listen, with a queue of few connections. Does nothing when it listens already.
   * Rejects with EADDRINUSE when another program took the port while nobody listened on it.
   */
  listen(): Awaitable<void>;
  /**
   * The next connection, at once if one is queued already. At most one call may be under way. Rejects with an
   * `AbortError` on the signal and on `stop` or `close`.
   */
  accept(signal?: AbortSignal): Awaitable<TcpSocket>;
  /** Stops listening, resets what is queued, and keeps the port for the next `listen`. */
  stop(): void;
  /**
   * As `stop`, but where listening anew costs much the port may stay open to the outside until then: what connects
   * meanwhile is never accepted, and reset by the next `listen` or `stop`.
   */
  rest(): void;
  /** Gives the port back. Safe to call twice. */
  close(): void;
}

/** Makes listeners. */
export interface TcpListenerFactory {
  /**
   * Takes a port (SO_REUSEADDR) without listening on it yet. Throws or rejects with EADDRINUSE, EADDRNOTAVAIL,
   * EACCES, or EINVAL for a host that is not numeric.
   */
  bind(options: BindOptions): Awaitable<TcpListener>;
}

/** Whom {@link NativeRoom.connectTcp} calls, and from where. */
export interface ConnectOptions {
  /** A numeric address. */
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Stops the attempt with an `AbortError`; time-outs are the caller's. */
  readonly signal?: AbortSignal | undefined;
}

/** How {@link NativeRoom.scanDirectory} cuts its batches. */
export interface ScanOptions {
  /** Entries in a batch at most; a larger directory comes in several. */
  readonly maximumEntries: number;
}

/**
 * Names in a directory that a descriptor stands for, one component each, done at once in this thread: the caller knows
 * when the disk is quick enough for that. They throw Node-style errors (ENOENT, EEXIST, EACCES, ENOSPC, ...).
 */
export interface DirectoryNames {
  /** Whether nothing has this name; a link is something, wherever it leads. */
  isFree(directoryFd: number, name: string | Uint8Array): boolean;
  /** Makes a file to be written (O_EXCL, O_NOFOLLOW, O_CLOEXEC) and returns its descriptor; the umask applies. */
  create(directoryFd: number, name: string | Uint8Array, mode: number): number;
  /** Gives the file `from` the name `to`, from which it displaces whatever file has it. */
  replace(directoryFd: number, from: string | Uint8Array, to: string | Uint8Array): void;
}

/** A file of fixed size to which lines are added by a copy in memory instead of a system call. */
export interface MappedFile {
  /**
   * Adds a line and its end. It is the kernel's when this returns, as after a write: a kill of the process takes nothing
   * of it back, and one in the middle leaves a line without an end. Behind the last line the file holds zeros.
   *
   * @param line without its end, and without line feeds
   * @returns the octets used so far; null when there is no room for all of it, and nothing has changed
   */
  append(line: string): number | null;
  /** Gives up the memory. Safe to call twice; nothing may be added afterwards. */
  close(): void;
}

/** What this room offers, the same with the addon and without it. */
export interface NativeRoom {
  /**
   * Opens `path` below the directory `rootFd` as if that were the root: absolute paths and links and `..` stay
   * inside, whatever is swapped meanwhile; O_CLOEXEC is always set. Answers at once only when neither the disk nor
   * a peer can make it wait: an open without O_CREAT and O_TRUNC, with O_NONBLOCK, O_PATH or O_DIRECTORY, of a name
   * the kernel has in its cache. Throws or rejects with a Node-style error (ENOENT, ELOOP, ENOTDIR, ...).
   */
  readonly openBeneath: (
    rootFd: number,
    path: string | Uint8Array,
    flags: number,
    mode?: number,
  ) => Awaitable<number>;
  /**
   * Reads what the page cache holds of a file at `position`; returns the octets read, 0 at the end of the file, or
   * -1 when the disk would have to be waited for or this cannot be told: then read in the ordinary way.
   */
  readonly readCached: (fileDescriptor: number, target: Uint8Array, position: number) => number;
  readonly directoryNames: DirectoryNames;
  /**
   * Entries of a directory without `.` and `..`, with the attributes of links themselves and their targets' text.
   * Opens the directory anew through the descriptor, which stays usable; works off the main thread. Sorted by the
   * octets of the name within a batch. Names that vanish meanwhile are left out.
   */
  readonly scanDirectory: (directoryFd: number, options: ScanOptions) => AsyncIterable<DirectoryBatch>;
  /**
   * Maps an empty file that is open for reading and writing, having reserved room for `octets` on its disk. Null, and the
   * file is as it was, where that cannot be done, or where the room might be taken away again.
   */
  readonly mapFile: (fileDescriptor: number, octets: number) => MappedFile | null;
  readonly TcpListener: TcpListenerFactory;
  /** Connects to a numeric address. Rejects with ECONNREFUSED, EHOSTUNREACH, EADDRINUSE, EINVAL, or `AbortError`. */
  readonly connectTcp: (options: ConnectOptions) => Promise<TcpSocket>;
}
