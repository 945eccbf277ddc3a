import { randomBytes } from 'node:crypto';
import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  RenameOptions,
  SetAttributesOptions,
  StatOptions,
} from '#core/file-system.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import type { Reply } from '../wire/reply.ts';
import type { CommandOptions } from './control/pending-command.ts';
import { examine } from './operations/examine.ts';
import { readMachineListing } from './operations/read-directory.ts';
import { makeDirectory, removeDirectory, removeFile, rename } from './operations/tree.ts';
import { checksumWays } from './server-profile.ts';
import type { FtpSession } from './session.ts';
import { Download } from './transfer/download.ts';
import { Transfers } from './transfer/transfers.ts';
import { Upload, type UploadTree } from './transfer/upload.ts';

/** Files moved side by side where the next one's commands can follow the last one's data at once. */
const pipelinedTransfers = 3;

/** Commands on a control connection that somebody has for himself. */
export interface ExclusiveControl {
  /** The final reply to a command, whatever it says. */
  command(verb: string, argument?: string | null, options?: CommandOptions): Promise<Reply>;
}

/** An FTP server, logged in. */
export class FtpConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly capabilities: Capabilities;
  readonly #session: FtpSession;
  readonly #transfers: Transfers;
  #closing: Promise<void> | null = null;

  /** @param session logged in; use `connectFtp` */
  constructor(session: FtpSession, home: VirtualPath) {
    this.#session = session;
    this.#transfers = new Transfers(session);
    this.home = home;
    const { options, port, profile, tls } = session;
    const { features } = profile;
    this.facts = Object.freeze({
      protocol:
        options.protocolName ?? (options.tls === 'implicit' ? 'ftps' : tls === null ? 'ftp' : 'ftpes'),
      host: options.host,
      port,
      user: options.user ?? 'anonymous',
      software: profile.software,
      security: tls?.description ?? null,
    });
    this.capabilities = Object.freeze({
      randomAccess: false,
      symlinks: false,
      hardLinks: false,
      setTimes: false,
      setMode: false,
      setOwner: false,
      space: false,
      copy: false,
      checksums: checksumWays(features).map(({ algorithm }) => algorithm),
    });
  }

  get parallelTransfers(): number {
    return this.#session.link.depth === 'transfers' ? pipelinedTransfers : 1;
  }

  get isClosed(): boolean {
    return this.#session.link.failure !== null || this.#closing !== null;
  }

  async stat(path: VirtualPath, options: StatOptions = {}): Promise<Entry> {
    return examine(this.#session, path, {
      signal: options.signal,
      readDirectory: (directory, listing) => this.readDirectory(directory, listing),
    });
  }

  readDirectory(path: VirtualPath, options: ReadDirectoryOptions = {}): AsyncIterable<readonly Entry[]> {
    return readMachineListing(this.#session, this.#transfers, path, options);
  }

  async openRead(path: VirtualPath, options: OperationOptions = {}): Promise<Download> {
    const entry = await this.stat(path, options);
    if (entry.type === 'directory') {
      throw new WherryError('is-directory', 'Cannot read the file: it is a directory', { path });
    }
    return new Download(this.#transfers, { path, entry, signal: options.signal });
  }

  async openWrite(path: VirtualPath, options: OpenWriteOptions = {}): Promise<Upload> {
    const { disposition = 'replace', readable = false, signal } = options;
    if (readable)
      throw new WherryError('not-supported', 'FTP cannot read a file while it is written', { path });
    const inPlace = disposition === 'update' || this.#session.options.uploadInPlace === true;
    let initialSize = 0;
    if (disposition !== 'replace') {
      const existing = await this.#statIfThere(path, { signal });
      if (existing?.type === 'directory') {
        throw new WherryError('is-directory', 'Cannot write the file: it is a directory', { path });
      }
      if (existing !== null && disposition === 'create') {
        throw new WherryError('exists', 'Cannot write the file: it exists already', { path });
      }
      initialSize = existing?.size ?? 0;
    }
    const storedAs = inPlace ? path : temporaryName(path);
    const tree = this.#uploadTree(path, storedAs, disposition === 'create');
    return new Upload(this.#transfers, {
      path,
      storedAs,
      initialSize,
      inPlace: disposition === 'update',
      signal,
      tree,
    });
  }

  async makeDirectory(path: VirtualPath, options: OperationOptions = {}): Promise<void> {
    await makeDirectory(this.#session, path, options);
  }

  async removeDirectory(path: VirtualPath, options: OperationOptions = {}): Promise<void> {
    await removeDirectory(this.#session, path, options);
  }

  async removeFile(path: VirtualPath, options: OperationOptions = {}): Promise<void> {
    await removeFile(this.#session, path, options);
  }

  async rename(from: VirtualPath, to: VirtualPath, options: RenameOptions = {}): Promise<void> {
    if (options.overwrite === false && (await this.#statIfThere(to, options)) !== null) {
      throw new WherryError('exists', 'Cannot rename: the target exists already', { path: to });
    }
    await rename(this.#session, from, to, options);
  }

  async setAttributes(
    path: VirtualPath,
    _attributes: Attributes,
    _options: SetAttributesOptions = {},
  ): Promise<void> {
    await Promise.reject(new WherryError('not-supported', 'Attributes cannot be set here', { path }));
  }

  /**
   * Runs something that needs the control connection for itself, between transfers: server-to-server copies. Whatever
   * else is asked of the connection meanwhile waits.
   */
  async exclusive<T>(
    run: (control: ExclusiveControl) => Promise<T>,
    options: OperationOptions = {},
  ): Promise<T> {
    const { link } = this.#session;
    return this.#transfers.alone(async () => {
      const holder = {};
      try {
        await link.hold(holder);
        return await run({
          command: (verb, argument = null, command = {}) =>
            link.command(verb, argument, { ...command, holder }),
        });
      } finally {
        link.release(holder);
      }
    }, options.signal);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#quit();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #quit(): Promise<void> {
    const { link, times } = this.#session;
    const closed = new WherryError('closed', 'The connection was closed');
    if (link.failure !== null) return;
    if (!link.busy) {
      try {
        await link.command('QUIT', null, { timeoutMs: times.quitMs });
      } catch {
        // It is gone, which is what was wanted.
      }
    }
    link.fail(closed);
  }

  async #statIfThere(path: VirtualPath, options: OperationOptions): Promise<Entry | null> {
    try {
      return await this.stat(path, options);
    } catch (thrown) {
      if (thrown instanceof WherryError && thrown.code === 'not-found') return null;
      throw thrown;
    }
  }

  #uploadTree(path: VirtualPath, storedAs: VirtualPath, mustBeNew: boolean): UploadTree {
    return {
      publish: async () => {
        if (storedAs === path) return;
        if (mustBeNew && (await this.#statIfThere(path, {})) !== null) {
          throw new WherryError('exists', 'Cannot write the file: it exists already', { path });
        }
        await rename(this.#session, storedAs, path, { action: 'give the file its name' });
      },
      discard: async () => {
        try {
          await removeFile(this.#session, storedAs);
        } catch {
          this.#session.conversation.error(`What was uploaded so far stays as ${nameOf(storedAs)}`);
        }
      },
      requireSettable: () => {
        throw new WherryError('not-supported', 'Attributes cannot be set here', { path });
      },
    };
  }
}

/** Longest name that every common file system takes, in octets. */
const maximumNameOctets = 255;

/** A hidden name in the same directory that nobody else will choose. */
function temporaryName(path: VirtualPath): VirtualPath {
  const suffix = `.${randomBytes(6).toString('hex')}.part`;
  let base = nameOf(path);
  while (Buffer.byteLength(base) > maximumNameOctets - suffix.length - 1)
    base = Array.from(base).slice(0, -1).join('');
  return joinName(parentOf(path), `.${base}${suffix}`);
}
