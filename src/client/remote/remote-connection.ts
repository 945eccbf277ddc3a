import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  OperationOptions,
  ReadHandle,
  RenameOptions,
  Space,
} from '#core/file-system.ts';
import type { RateLimiter } from '#core/rate-limit.ts';
import { nameOf, resolveVirtualPath, type VirtualPath } from '#core/virtual-path.ts';
import { copyFile } from '../copy/copy-file.ts';
import {
  digestNames,
  type CopyFileOptions,
  type CopyResult,
  type DigestName,
  type FilePlace,
} from '../copy/options.ts';
import { requireSafeName } from '../copy/safe-name.ts';
import { hex } from '../copy/verify.ts';
import { checksumOfFile } from './checksum.ts';
import { openSink, placeOfSink, type DownloadSink } from './sinks.ts';
import { isRepeatable, openSource, placeOfSource, type UploadSource } from './sources.ts';
import { sinkFileSystem, sourceFileSystem } from './stream-places.ts';
import {
  findEntries,
  listTree,
  makeDirectories,
  removeTree,
  usageOf,
  type DiskUsage,
  type FindOptions,
  type ListedEntry,
  type ListOptions,
} from './tree.ts';

/** What a {@link RemoteConnection} takes beside its connection. */
export interface RemoteConnectionOptions {
  /** Where relative paths begin; default: where the login starts. */
  readonly directory?: VirtualPath | undefined;
  readonly retries?: number | undefined;
  /** Shared by all transfers. */
  readonly limiter?: RateLimiter | undefined;
}

/** Memory that whole files are read into, where the caller names no limit. */
const defaultMaximumBytes = 64 * 1024 * 1024;

/**
 * A place with files, the same for every protocol; {@link capabilities} says what this one cannot do. Paths are
 * relative to {@link directory} unless they start with `/`. Every call takes a signal, and one that is stopped
 * leaves the connection usable. Everything throws {@link WherryError}.
 */
export class RemoteConnection implements AsyncDisposable {
  /** The place as a file system, for copies, mirrors and whatever else works on any of them. */
  readonly fileSystem: Connection;
  /** Where relative paths begin. */
  readonly directory: VirtualPath;
  readonly #retries: number | undefined;
  readonly #limiter: RateLimiter | undefined;

  constructor(connection: Connection, options: RemoteConnectionOptions = {}) {
    this.fileSystem = connection;
    this.directory = options.directory ?? connection.home;
    this.#retries = options.retries;
    this.#limiter = options.limiter;
  }

  /** Protocol, host, and what was agreed upon. */
  get facts(): ConnectionFacts {
    return this.fileSystem.facts;
  }

  /** What this connection can and cannot do. */
  get capabilities(): Capabilities {
    return this.fileSystem.capabilities;
  }

  /** The directory that a login starts in. */
  get home(): VirtualPath {
    return this.fileSystem.home;
  }

  get isClosed(): boolean {
    return this.fileSystem.isClosed;
  }

  /** The canonical path that a path of this connection stands for. */
  resolve(path: string): VirtualPath {
    return resolveVirtualPath(this.directory, path);
  }

  /** A file here, for `copyFile`, `planMirror` and `planSync`. */
  place(path: string): FilePlace {
    return { fileSystem: this.fileSystem, path: this.resolve(path) };
  }

  /** The entries of a directory; with `recursive` all below it. */
  list(path = '.', options: ListOptions = {}): AsyncGenerator<ListedEntry> {
    return listTree(this.fileSystem, this.resolve(path), options);
  }

  /** What a name stands for; a link is followed unless `followSymlink` is false. @throws WherryError `not-found` */
  async stat(
    path: string,
    options: OperationOptions & { readonly followSymlink?: boolean } = {},
  ): Promise<Entry> {
    return this.fileSystem.stat(this.resolve(path), options);
  }

  /** Whether there is something of this name, be it a link that leads nowhere. */
  async exists(path: string, options: OperationOptions = {}): Promise<boolean> {
    try {
      await this.fileSystem.stat(this.resolve(path), { ...options, followSymlink: false });
      return true;
    } catch (error) {
      if (error instanceof WherryError && (error.code === 'not-found' || error.code === 'not-directory'))
        return false;
      throw error;
    }
  }

  /**
   * Fetches a file: to a path of this machine (beside which it grows until it is whole and checked; a path that ends
   * with `/` is the directory to put it into), or into a stream.
   *
   * @throws WherryError what failed after all retries; `integrity` when what arrived is not what was sent
   */
  async download(remote: string, sink: DownloadSink, options: CopyFileOptions = {}): Promise<CopyResult> {
    const from = this.place(remote);
    const to = placeOfSink(directorySink(sink, from.path));
    if (to !== null) return copyFile(from, to, this.#transferOptions(options));
    const target = openSink(sink as Exclude<DownloadSink, string | URL>);
    const stream = sinkFileSystem(target);
    // What a stream has been given cannot be taken back, so that only what failed before the first octet is tried again.
    return copyFile(
      from,
      { fileSystem: stream, path: from.path },
      { ...this.#transferOptions(options), retries: 0 },
    );
  }

  /** Sends a file of this machine, or whatever a stream, a blob or an iterable gives. */
  async upload(source: UploadSource, remote: string, options: CopyFileOptions = {}): Promise<CopyResult> {
    const from = placeOfSource(source);
    if (from !== null) {
      const target = remote === '' || remote.endsWith('/') ? `${remote}${nameOf(from.path)}` : remote;
      return copyFile(from, this.place(target), this.#transferOptions(options));
    }
    const open = (): ReadHandle => openSource(source as Exclude<UploadSource, string | URL>);
    const stream = { fileSystem: sourceFileSystem(open), path: this.resolve(remote) };
    const transfer = this.#transferOptions(options);
    // A stream that has been read from is gone.
    const retries = isRepeatable(source) ? transfer.retries : 0;
    return copyFile(stream, this.place(remote), { ...transfer, retries });
  }

  /** Copies within this place, by itself where it can. */
  async copy(from: string, to: string, options: CopyFileOptions = {}): Promise<CopyResult> {
    return copyFile(this.place(from), this.place(to), this.#transferOptions(options));
  }

  /**
   * A whole file as octets.
   *
   * @throws WherryError `too-large` beyond `maximumBytes` (default 64 MiB)
   */
  async readBytes(
    path: string,
    options: OperationOptions & { readonly maximumBytes?: number } = {},
  ): Promise<Uint8Array> {
    const { maximumBytes = defaultMaximumBytes } = options;
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.read(path, options)) {
      length += piece.length;
      if (length > maximumBytes) {
        throw new WherryError('too-large', `Cannot read the file: it has more than ${maximumBytes} octets`, {
          path,
        });
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces, length);
  }

  /** A whole file as text; `encoding` as `TextDecoder` names it, UTF-8 by default. */
  async readText(
    path: string,
    options: OperationOptions & { readonly maximumBytes?: number; readonly encoding?: string } = {},
  ): Promise<string> {
    return new TextDecoder(options.encoding ?? 'utf-8').decode(await this.readBytes(path, options));
  }

  /** The octets of a file, or of a part of it, piece by piece. Leaving the loop ends the transfer. */
  async *read(
    path: string,
    options: OperationOptions & { readonly start?: number; readonly length?: number } = {},
  ): AsyncGenerator<Uint8Array> {
    const { start = 0, length = Number.POSITIVE_INFINITY, signal } = options;
    const handle = await this.fileSystem.openRead(this.resolve(path), { signal });
    try {
      for (let done = 0; done < length;) {
        if (signal?.aborted === true) throw new WherryError('aborted', 'Reading was stopped', { path });
        const piece = Buffer.allocUnsafeSlow(Math.min(readSize, length - done));
        const count = await handle.read(piece, start + done);
        if (count === 0) break;
        await this.#limiter?.take(count, signal);
        done += count;
        yield piece.subarray(0, count);
      }
    } finally {
      await handle.close();
    }
  }

  /** The octets of a file as a web stream; `Readable.fromWeb` makes one of Node's of it. */
  stream(
    path: string,
    options: OperationOptions & { readonly start?: number; readonly length?: number } = {},
  ): ReadableStream<Uint8Array> {
    return ReadableStream.from(this.read(path, options));
  }

  /** Makes a file of text or octets. */
  async write(
    path: string,
    content: string | Uint8Array,
    options: CopyFileOptions = {},
  ): Promise<CopyResult> {
    return this.upload(
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
      path,
      options,
    );
  }

  /** With `recursive` also the missing ones above it, and no error for one that exists. */
  async makeDirectory(
    path: string,
    options: OperationOptions & { readonly recursive?: boolean; readonly mode?: number } = {},
  ): Promise<void> {
    const target = this.resolve(path);
    if (options.recursive === true) await makeDirectories(this.fileSystem, target, options);
    else await this.fileSystem.makeDirectory(target, options);
  }

  /** Removes a file, a link or an empty directory; with `recursive` a directory with all that is in it. */
  async remove(
    path: string,
    options: OperationOptions & { readonly recursive?: boolean } = {},
  ): Promise<void> {
    const target = this.resolve(path);
    if (options.recursive === true) {
      await removeTree(this.fileSystem, target, options);
      return;
    }
    try {
      await this.fileSystem.removeFile(target, options);
    } catch (error) {
      if (!(error instanceof WherryError) || !mayBeDirectory.has(error.code)) throw error;
      const { type } = await this.fileSystem.stat(target, { ...options, followSymlink: false });
      if (type !== 'directory') throw error;
      await this.fileSystem.removeDirectory(target, options);
    }
  }

  /** Moves or renames; an existing target file is replaced unless `overwrite` is false. */
  async rename(from: string, to: string, options: RenameOptions = {}): Promise<void> {
    await this.fileSystem.rename(this.resolve(from), this.resolve(to), options);
  }

  /** Sets permission bits, as in `0o644`. */
  async chmod(path: string, mode: number, options: OperationOptions = {}): Promise<void> {
    await this.#setAttributes(path, { mode }, options);
  }

  /** Sets times, in milliseconds since 1970 or as dates. */
  async setTimes(
    path: string,
    times: { readonly modifiedAt?: number | Date; readonly accessedAt?: number | Date },
    options: OperationOptions = {},
  ): Promise<void> {
    const { modifiedAt, accessedAt } = times;
    await this.#setAttributes(
      path,
      {
        ...(modifiedAt === undefined ? {} : { modifiedAt: Number(modifiedAt) }),
        ...(accessedAt === undefined ? {} : { accessedAt: Number(accessedAt) }),
      },
      options,
    );
  }

  /** Sets the time of modification to now, and makes an empty file where there is none. */
  async touch(path: string, options: OperationOptions = {}): Promise<void> {
    if (await this.exists(path, options)) await this.setTimes(path, { modifiedAt: Date.now() }, options);
    else await this.write(path, '', options);
  }

  /** The text of a symbolic link. */
  async readSymlink(path: string, options: OperationOptions = {}): Promise<string> {
    return (
      (await this.fileSystem.readSymlink?.(this.resolve(path), options)) ?? unsupported('read a link', path)
    );
  }

  /** Makes a symbolic link with this text. */
  async createSymlink(target: string, path: string, options: OperationOptions = {}): Promise<void> {
    if (this.fileSystem.createSymlink === undefined) unsupported('make a link', path);
    await this.fileSystem.createSymlink(target, this.resolve(path), options);
  }

  /** Room where a path lies. */
  async space(path = '.', options: OperationOptions = {}): Promise<Space> {
    return (
      (await this.fileSystem.space?.(this.resolve(path), options)) ?? unsupported('tell the free space', path)
    );
  }

  /** The digest of a file in hex, computed by the server where it can, else by reading the file. */
  async checksum(
    path: string,
    options: OperationOptions & { readonly algorithm?: DigestName } = {},
  ): Promise<string> {
    const algorithm = digestNames[options.algorithm ?? 'sha256'];
    return hex(await checksumOfFile(this.place(path), algorithm, options.signal));
  }

  /** Adds up a file, or all that lies below a directory. */
  async du(path = '.', options: OperationOptions = {}): Promise<DiskUsage> {
    return usageOf(this.fileSystem, this.resolve(path), options);
  }

  /** Searches below a directory. */
  find(path = '.', options: FindOptions = {}): AsyncGenerator<ListedEntry> {
    return findEntries(this.fileSystem, this.resolve(path), options);
  }

  /** Ends the session. Safe to call twice. */
  async close(): Promise<void> {
    await this.fileSystem.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #setAttributes(path: string, attributes: Attributes, options: OperationOptions): Promise<void> {
    await this.fileSystem.setAttributes(this.resolve(path), attributes, options);
  }

  #transferOptions(options: CopyFileOptions): CopyFileOptions {
    return {
      ...options,
      retries: options.retries ?? this.#retries,
      limiter: options.limiter ?? this.#limiter,
    };
  }
}

/** Octets of a piece that {@link RemoteConnection.read} gives at once. */
const readSize = 256 * 1024;

/** What systems say when a directory is to be removed as a file. */
const mayBeDirectory: ReadonlySet<string> = new Set([
  'is-directory',
  'permission',
  'not-found',
  'not-regular',
  'io',
]);

/** A path that ends with a slash is a directory: the file keeps its name there, if that is one. */
function directorySink(sink: DownloadSink, from: VirtualPath): DownloadSink {
  if (typeof sink !== 'string' || !sink.endsWith('/')) return sink;
  const name = nameOf(from);
  requireSafeName(name);
  return `${sink}${name}`;
}

function unsupported(action: string, path: string): never {
  throw new WherryError('not-supported', `Cannot ${action}: this connection does not offer it`, { path });
}
