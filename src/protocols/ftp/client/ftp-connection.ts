import { randomBytes } from 'node:crypto';
import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  ChecksumOptions,
  OpenReadOptions,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  RenameOptions,
  SetAttributesOptions,
  Space,
  StatOptions,
} from '#core/file-system.ts';
import { joinName, nameOf, parentOf, resolveVirtualPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Reply } from '../wire/reply.ts';
import type { CommandOptions, PendingCommand } from './control/pending-command.ts';
import { canSet, requireSettable, setAttributes } from './operations/attributes.ts';
import { checksum } from './operations/checksum.ts';
import { canCopy, canLink, copyFile, createSymlink, space } from './operations/extras.ts';
import { examine } from './operations/examine.ts';
import { Listings } from './operations/list-directory.ts';
import { rawCommand } from './operations/raw-command.ts';
import { makeDirectory, removeDirectory, removeFile, rename } from './operations/tree.ts';
import { checksumWays } from './server-profile.ts';
import type { FtpSession } from './session.ts';
import { Download } from './transfer/download.ts';
import { Transfers } from './transfer/transfers.ts';
import { Upload, type UploadTree } from './transfer/upload.ts';

/**
 * Files moved side by side where commands can be sent ahead, for each port that the server prepares: those of the next
 * one follow the last one's data at once, and its own name and time follow behind.
 */
const pipelinedTransfers = 3;

/** Links followed one after the other before they count as a loop. */
const maximumHops = 8;

/** Commands on a control connection that somebody has for himself. */
export interface ExclusiveControl {
  readonly session: FtpSession;
  /** The final reply to a command, whatever it says. */
  command(verb: string, argument?: string | null, options?: CommandOptions): Promise<Reply>;
  /** Sends a command whose replies are waited for elsewhere. */
  send(verb: string, argument?: string | null, options?: CommandOptions): PendingCommand;
}

/** An FTP server, logged in. */
export class FtpConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly capabilities: Capabilities;
  readonly #session: FtpSession;
  readonly #transfers: Transfers;
  readonly #listings: Listings;
  #closing: Promise<void> | null = null;

  /** @param session logged in; use `connectFtp` */
  constructor(session: FtpSession, home: VirtualPath) {
    this.#session = session;
    this.#transfers = new Transfers(session);
    this.#listings = new Listings(session, this.#transfers);
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
      startAnywhere: true,
      symlinks: canLink(session),
      // MLSD may show what a link leads to instead (RFC 3659 section 7.5.1.1); LIST shows the link.
      linksLookFollowed: features.has('MLST'),
      hardLinks: false,
      setTimes: canSet(session, 'time'),
      setMode: canSet(session, 'mode'),
      setOwner: false,
      space: features.has('AVBL'),
      copy: canCopy(session),
      checksums: checksumWays(features).map(({ algorithm }) => algorithm),
    });
  }

  get parallelTransfers(): number {
    const { link, portsAhead } = this.#session;
    return link.depth === 'none' ? 1 : pipelinedTransfers * portsAhead;
  }

  get isClosed(): boolean {
    return this.#session.link.failure !== null || this.#closing !== null;
  }

  async stat(path: VirtualPath, options: StatOptions = {}): Promise<Entry> {
    const { signal, followSymlink = true } = options;
    const entry = await this.#examine(path, signal);
    return followSymlink ? this.#follow(path, entry, signal) : entry;
  }

  async *readDirectory(
    path: VirtualPath,
    options: ReadDirectoryOptions = {},
  ): AsyncGenerator<readonly Entry[]> {
    const { signal, followSymlinks = false } = options;
    if (!followSymlinks) {
      yield* this.#listings.read(path, { signal });
      return;
    }
    // Links are looked at afterwards: a transfer and its connection belong to the listing until then.
    const all: Entry[] = [];
    for await (const entries of this.#listings.read(path, { signal })) all.push(...entries);
    yield await Promise.all(all.map((entry) => this.#follow(joinName(path, entry.name), entry, signal)));
  }

  async openRead(path: VirtualPath, options: OpenReadOptions = {}): Promise<Download> {
    const entry = options.entry ?? (await this.stat(path, options));
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
      finalSize: options.size,
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
    attributes: Attributes,
    options: SetAttributesOptions = {},
  ): Promise<void> {
    await setAttributes(this.#session, path, attributes, options);
  }

  async checksum(
    path: VirtualPath,
    algorithm: HashAlgorithm,
    options: ChecksumOptions = {},
  ): Promise<Uint8Array> {
    return checksum(this.#session, path, algorithm, options);
  }

  /** Copied under a temporary name first, so that the target appears whole. */
  async copyFile(from: VirtualPath, to: VirtualPath, options: OperationOptions = {}): Promise<void> {
    const temporary = temporaryName(to);
    await copyFile(this.#session, from, temporary, options);
    try {
      await rename(this.#session, temporary, to, { ...options, action: 'copy the file' });
    } catch (thrown) {
      await this.#discard(temporary);
      throw thrown;
    }
  }

  async createSymlink(target: string, path: VirtualPath, options: OperationOptions = {}): Promise<void> {
    await createSymlink(this.#session, target, path, options);
  }

  async readSymlink(path: VirtualPath, options: OperationOptions = {}): Promise<string> {
    const { linkTarget } = await this.#examine(path, options.signal);
    if (linkTarget !== null) return linkTarget;
    // MLST tells of what a link leads to (RFC 3659 section 7.5.1.1); LIST shows the link.
    const name = nameOf(path);
    for await (const entries of this.#listings.readByList(parentOf(path), options)) {
      const found = entries.find((entry) => entry.name === name)?.linkTarget ?? null;
      if (found !== null) return found;
    }
    throw new WherryError(
      'invalid-argument',
      'Cannot read the link: it is none, or the server does not tell',
      { path },
    );
  }

  async space(path: VirtualPath, options: OperationOptions = {}): Promise<Space> {
    return space(this.#session, path, options);
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
          session: this.#session,
          command: (verb, argument = null, command = {}) =>
            link.command(verb, argument, { ...command, holder }),
          send: (verb, argument = null, command = {}) => link.send(verb, argument, { ...command, holder }),
        });
      } finally {
        link.release(holder);
      }
    }, options.signal);
  }

  async command(text: string, options: OperationOptions = {}): Promise<string> {
    return rawCommand(this, text, options);
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

  async #examine(path: VirtualPath, signal: AbortSignal | undefined): Promise<Entry> {
    return examine(this.#session, path, {
      signal,
      readDirectory: (directory, listing) => this.#listings.read(directory, listing),
    });
  }

  /** What a link leads to, under its own name; the link itself where that cannot be found. */
  async #follow(path: VirtualPath, link: Entry, signal: AbortSignal | undefined): Promise<Entry> {
    let entry = link;
    let place = path;
    for (
      let hops = 0;
      entry.type === 'symlink' && entry.linkTarget !== null && hops < maximumHops;
      hops += 1
    ) {
      place = resolveVirtualPath(parentOf(place), entry.linkTarget);
      try {
        entry = await this.#examine(place, signal);
      } catch (thrown) {
        if (thrown instanceof WherryError && (thrown.code === 'not-found' || thrown.code === 'permission'))
          return link;
        throw thrown;
      }
    }
    return entry.type === 'symlink' ? link : { ...entry, name: link.name };
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
      publish: async (attributes) => {
        const wanted = Object.keys(attributes).length > 0;
        if (storedAs === path) {
          if (wanted) await this.#settle(path, attributes);
          return;
        }
        if (mustBeNew && (await this.#statIfThere(path, {})) !== null) {
          throw new WherryError('exists', 'Cannot write the file: it exists already', { path });
        }
        // Sent together; a name is worth more than a time, which may be tried again.
        const settled = wanted ? isDone(setAttributes(this.#session, storedAs, attributes)) : true;
        await rename(this.#session, storedAs, path, { action: 'give the file its name' });
        if (!(await settled)) await this.#settle(path, attributes);
      },
      discard: () => this.#discard(storedAs),
      requireSettable: (attributes) => requireSettable(this.#session, attributes, path),
    };
  }

  /** Attributes of what was just uploaded: that the server refuses them does not undo the upload. */
  async #settle(path: VirtualPath, attributes: Attributes): Promise<void> {
    try {
      await setAttributes(this.#session, path, attributes);
    } catch (thrown) {
      this.#session.conversation.error((thrown as Error).message);
    }
  }

  async #discard(path: VirtualPath): Promise<void> {
    try {
      await removeFile(this.#session, path);
    } catch {
      this.#session.conversation.error(`What was written so far stays as ${nameOf(path)}`);
    }
  }
}

async function isDone(action: Promise<void>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch {
    return false;
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
