import type { Awaitable } from './awaitable.ts';
import type { HashAlgorithm } from './checksum.ts';
import type { CopyOptions } from './copy.ts';
import type { Entry } from './entry.ts';
import type { VirtualPath } from './virtual-path.ts';

/** What a file system cannot do is false or absent here; callers ask before they offer it to a peer. */
export interface Capabilities {
  /** Whether handles read and write at any position, not only forward. */
  readonly randomAccess: boolean;
  /** Whether a handle that only goes forward may begin at any position; needless with `randomAccess`. */
  readonly startAnywhere?: boolean | undefined;
  readonly symlinks: boolean;
  /** Whether listings tell of what links lead to in their place, so that a link looks like a directory or a file. */
  readonly linksLookFollowed?: boolean | undefined;
  readonly hardLinks: boolean;
  readonly setTimes: boolean;
  readonly setMode: boolean;
  readonly setOwner: boolean;
  /** Whether `space` answers. */
  readonly space: boolean;
  /** Whether the file system copies by itself (`copyFile`), without the bytes passing through here. */
  readonly copy: boolean;
  /** Digests that the file system computes at its own end; empty when the bytes must be read for it. */
  readonly checksums: readonly HashAlgorithm[];
}

/** Every operation can be stopped; a stopped one throws `aborted` and leaves the file system usable. */
export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StatOptions extends OperationOptions {
  /** Tell of what a symbolic link points to (default), or of the link itself. */
  readonly followSymlink?: boolean | undefined;
}

export interface ReadDirectoryOptions extends OperationOptions {
  /**
   * Tell of what links point to, under the link's own name; a dangling link, or one that leaves the tree, stays a
   * link. Default false.
   */
  readonly followSymlinks?: boolean | undefined;
}

export interface OpenReadOptions extends OperationOptions {
  /** What a listing has just said of the file: it need not be asked for again. */
  readonly entry?: Entry | undefined;
}

/**
 * How a file is opened for writing.
 * - `replace`: what is written takes the name, and the place of any older file, only with `finish()`.
 * - `create`: the same, but `finish()` fails with `exists` (and `openWrite` already does) if the name is taken.
 * - `update`: writes into the existing file in place, or makes an empty one; nothing is truncated.
 */
export type WriteDisposition = 'replace' | 'create' | 'update';

export interface OpenWriteOptions extends OperationOptions {
  readonly disposition?: WriteDisposition | undefined;
  /** Permission bits of a new file before the storage's own mask; default 0o666. */
  readonly mode?: number | undefined;
  /** The handle also reads; only with `update`. */
  readonly readable?: boolean | undefined;
  /** Octets that will be written, where the caller knows: the other end may refuse too many before the first. */
  readonly size?: number | undefined;
  /**
   * A listing has just said that nothing has this name: it need not be asked for again. Where it is taken meanwhile,
   * `finish()` may fail with `busy`, and another try without this treats what is there as it ought to be.
   */
  readonly absent?: boolean | undefined;
}

/** Which octets of a file a checksum covers; all of them by default. */
export interface ChecksumOptions extends OperationOptions {
  readonly start?: number | undefined;
  /** Octets from `start` on; to the end when absent. */
  readonly length?: number | undefined;
}

/** An open file to read. Positions are octets from the start. */
export interface ReadHandle {
  /** The file as it was when it was opened. */
  readonly entry: Entry;
  /** A descriptor of a real file the kernel can send from; null where there is none. */
  readonly fileDescriptor: number | null;
  /** Fills `target` from `position` on as far as it can; returns the octets read, 0 only at the end of the file. */
  read(target: Uint8Array, position: number): Awaitable<number>;
  /**
   * Moves octets from here into `target` in the way that suits this end best (many requests in flight, straight from
   * a socket into a file); returns how many. Absent where reading and writing in turn is as good. Neither handle is
   * ended by it.
   */
  copyTo?(target: WriteHandle, options: CopyOptions): Awaitable<number>;
  close(): Awaitable<void>;
}

/**
 * An open file to write. Exactly one of `finish`, `finishWith` and `abort` ends it. Closing is not completing: a peer that
 * vanishes is told apart from one that ended its upload, and only `finish` publishes.
 */
export interface WriteHandle {
  /** Octets in the file when it was opened: 0 for `replace` and `create`. */
  readonly initialSize: number;
  readonly fileDescriptor: number | null;
  /** Writes all of `source` at `position`; a gap before it reads as zeros. */
  write(source: Uint8Array, position: number): Awaitable<void>;
  /**
   * For whoever writes straight into `fileDescriptor`: claims room up to the position `end`, and tells how far octets
   * may go. Less than `end` means that room is scarce, and no more than is written already that they have to come by
   * `write`, which says why when they may not. Absent where nothing bounds the file.
   */
  claim?(end: number): number;
  /** Says that `fileDescriptor` holds octets up to `end` after a claim: what was claimed beyond is free again. */
  claimUsed?(end: number): void;
  /** As {@link ReadHandle.read}; throws `not-supported` unless opened `readable`. */
  read(target: Uint8Array, position: number): Awaitable<number>;
  /** As {@link ReadHandle.copyTo}, the other way round. */
  copyFrom?(source: ReadHandle, options: CopyOptions): Awaitable<number>;
  truncate(size: number): Awaitable<void>;
  stat(): Awaitable<Entry>;
  setAttributes(attributes: Attributes): Awaitable<void>;
  /** Forces what was written to the disk. */
  sync(): Awaitable<void>;
  /** Publishes the file under its name. After an error the name is as it was before. */
  finish(): Awaitable<void>;
  /**
   * As `setAttributes` and then `finish`, without a wait between them; whether the attributes were taken. A refusal
   * (`isAttributeRefusal`) does not keep the file from its name, any other error does. Absent where nothing is gained.
   */
  finishWith?(attributes: Attributes): Awaitable<boolean>;
  /** Gives up: a `replace` or `create` leaves no trace, an `update` keeps what was written so far. */
  abort(): Awaitable<void>;
}

/** What may be changed of an entry; absent fields stay. Times in milliseconds since 1970 in UTC. */
export interface Attributes {
  readonly mode?: number | undefined;
  readonly modifiedAt?: number | undefined;
  readonly accessedAt?: number | undefined;
  readonly userId?: number | undefined;
  readonly groupId?: number | undefined;
  readonly size?: number | undefined;
}

export interface SetAttributesOptions extends OperationOptions {
  readonly followSymlink?: boolean | undefined;
}

export interface RenameOptions extends OperationOptions {
  /** Replace an existing file at the target at once (default true), or fail with `exists`. */
  readonly overwrite?: boolean | undefined;
}

/** Room on the device (or in the quota) that holds a path, in octets and in numbers of files. */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** What an ordinary user may use of `freeBytes`. */
  readonly availableBytes: number;
  readonly blockSize: number;
  readonly totalFiles: number;
  readonly freeFiles: number;
  readonly maximumNameLength: number;
  readonly readOnly: boolean;
}

/**
 * A tree of files: a local directory, memory, an object store, a remote site. Every method throws
 * {@link WherryError} with a neutral code and never another error. Methods that a kind of storage may lack end in
 * `?`, and a capability says so.
 */
export interface FileSystem {
  readonly capabilities: Capabilities;
  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry>;
  /** The entries of a directory without `.` and `..`, in batches so that a listing needs no promise per entry. */
  readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncIterable<readonly Entry[]>;
  /** Opens a regular file; `is-directory` or `not-regular` for anything else, without blocking on a pipe. */
  openRead(path: VirtualPath, options?: OpenReadOptions): Awaitable<ReadHandle>;
  openWrite(path: VirtualPath, options?: OpenWriteOptions): Awaitable<WriteHandle>;
  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Awaitable<void>;
  /** Removes an empty directory. */
  removeDirectory(path: VirtualPath, options?: OperationOptions): Awaitable<void>;
  /** Removes a file or the link itself, never a directory. */
  removeFile(path: VirtualPath, options?: OperationOptions): Awaitable<void>;
  /** Moves a file or directory; a directory into itself is `invalid-argument`. */
  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Awaitable<void>;
  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): Awaitable<void>;
  readSymlink?(path: VirtualPath, options?: OperationOptions): Awaitable<string>;
  /** Makes a link with this text at `path`; a text that would lead out of the tree never resolves. */
  createSymlink?(target: string, path: VirtualPath, options?: OperationOptions): Awaitable<void>;
  createHardLink?(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Awaitable<void>;
  /** Copies a regular file at the storage's own end; the target appears whole. */
  copyFile?(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Awaitable<void>;
  space?(path: VirtualPath, options?: OperationOptions): Awaitable<Space>;
  checksum?(path: VirtualPath, algorithm: HashAlgorithm, options?: ChecksumOptions): Awaitable<Uint8Array>;
  /** The canonical path that links lead to; missing last components stay as they are. */
  realPath?(path: VirtualPath, options?: OperationOptions): Awaitable<VirtualPath>;
  /**
   * The same tree for paths that {@link realPath} gave: a link that is swapped in there afterwards is an error and
   * leads nowhere. It is never closed by itself.
   */
  withoutLinks?(): FileSystem;
  /** Gives back what the file system holds. */
  close?(): Awaitable<void>;
}
