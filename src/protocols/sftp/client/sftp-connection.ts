import type { HashAlgorithm } from '#core/checksum.ts';
import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  ChecksumOptions,
  OpenReadOptions,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  ReadHandle,
  RenameOptions,
  SetAttributesOptions,
  Space,
  StatOptions,
  WriteHandle,
} from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { SshClientConnection } from '#protocols/ssh/client/client-connection.ts';
import { IdentityCache } from './identity-cache.ts';
import { listDirectory, type ListingContext } from './list-directory.ts';
import { NameRequests } from './name-requests.ts';
import { OpenFiles } from './open-files.ts';
import type { SftpSession } from './remote-file.ts';
import { remoteChecksum, remoteCopy, remoteSpace } from './server-work.ts';

/** What {@link SftpConnection} is made of. */
export interface SftpConnectionParts {
  readonly ssh: SshClientConnection;
  readonly session: SftpSession;
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly parallelTransfers: number;
  readonly uploadInPlace: boolean;
}

/** Near a server these keep a connection busy, and another one costs its processors as much as hundreds of files. */
const smallTransfers = 32;

/** A tree of files behind SFTP. Operations run side by side over one channel; each costs as few round trips as it can. */
export class SftpConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly parallelTransfers: number;
  readonly smallTransfers: number;
  readonly capabilities: Capabilities;
  readonly createHardLink?: (
    existing: VirtualPath,
    path: VirtualPath,
    options?: OperationOptions,
  ) => Promise<void>;
  readonly copyFile?: (from: VirtualPath, to: VirtualPath, options?: OperationOptions) => Promise<void>;
  readonly space?: (path: VirtualPath, options?: OperationOptions) => Promise<Space>;
  readonly checksum?: (
    path: VirtualPath,
    algorithm: HashAlgorithm,
    options?: ChecksumOptions,
  ) => Promise<Uint8Array>;
  readonly #ssh: SshClientConnection;
  readonly #session: SftpSession;
  readonly #names: NameRequests;
  readonly #files: OpenFiles;
  readonly #listing: ListingContext;

  constructor(parts: SftpConnectionParts) {
    const { ssh, session, facts, home, parallelTransfers, uploadInPlace } = parts;
    this.#ssh = ssh;
    this.#session = session;
    this.facts = facts;
    this.home = home;
    this.parallelTransfers = parallelTransfers;
    this.smallTransfers = Math.min(smallTransfers, parallelTransfers);
    this.#names = new NameRequests(session);
    this.#files = new OpenFiles(session, this.#names, uploadInPlace);
    this.#listing = { session, names: this.#names, identities: new IdentityCache(session) };
    const { features } = session;
    const hardLinks = features.has('hardlink@openssh.com');
    const copy = features.has('copy-data');
    const space = features.has('statvfs@openssh.com') || features.has('space-available');
    this.capabilities = Object.freeze({
      randomAccess: true,
      symlinks: true,
      hardLinks,
      setTimes: true,
      setMode: true,
      setOwner: true,
      space,
      copy,
      checksums: features.checksums,
    });
    if (hardLinks) {
      this.createHardLink = (existing, path, options) => this.#names.createHardLink(existing, path, options);
    }
    if (copy) {
      this.copyFile = (from, to, options) =>
        remoteCopy(session, this.#files, { from, to, signal: options?.signal });
    }
    if (space) this.space = (path, options = {}) => remoteSpace(session, path, options);
    if (features.checksums.length > 0) {
      this.checksum = (path, algorithm, options) => remoteChecksum(session, path, { ...options, algorithm });
    }
  }

  get roundTripMs(): number {
    return this.#session.requests.roundTripMs;
  }

  get isClosed(): boolean {
    return this.#session.requests.error !== null;
  }

  async stat(path: VirtualPath, options: StatOptions = {}): Promise<Entry> {
    const { followSymlink = true } = options;
    const entry = await this.#names.stat(path, followSymlink, options);
    const [named = entry] = await this.#listing.identities.name([entry]);
    return named;
  }

  readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncIterable<readonly Entry[]> {
    return listDirectory(this.#listing, path, options);
  }

  openRead(path: VirtualPath, options?: OpenReadOptions): Promise<ReadHandle> {
    return this.#files.read(path, options);
  }

  openWrite(path: VirtualPath, options?: OpenWriteOptions): Promise<WriteHandle> {
    return this.#files.write(path, options);
  }

  makeDirectory(
    path: VirtualPath,
    options: OperationOptions & { readonly mode?: number } = {},
  ): Promise<void> {
    return this.#names.makeDirectory(path, options);
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    return this.#names.removeDirectory(path, options);
  }

  removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    return this.#names.removeFile(path, options);
  }

  rename(from: VirtualPath, to: VirtualPath, options: RenameOptions = {}): Promise<void> {
    return this.#names.rename(from, to, { ...options, overwrite: options.overwrite ?? true });
  }

  setAttributes(
    path: VirtualPath,
    attributes: Attributes,
    options: SetAttributesOptions = {},
  ): Promise<void> {
    const { followSymlink = true } = options;
    return this.#names.setAttributes(path, attributes, { ...options, followSymlink });
  }

  readSymlink(path: VirtualPath, options?: OperationOptions): Promise<string> {
    return this.#names.readLink(path, options);
  }

  createSymlink(target: string, path: VirtualPath, options?: OperationOptions): Promise<void> {
    return this.#names.createSymlink(target, path, options);
  }

  realPath(path: VirtualPath, options?: OperationOptions): Promise<VirtualPath> {
    return this.#names.realPath(path, options);
  }

  async close(): Promise<void> {
    this.#session.requests.close(new WherryError('closed', 'The connection is closed'));
    this.#ssh.close();
    await this.#ssh.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
