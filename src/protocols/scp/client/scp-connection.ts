import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type {
  Capabilities,
  OpenWriteOptions,
  OperationOptions,
  ReadHandle,
  WriteHandle,
} from '#core/file-system.ts';
import { decodeName, printableName } from '#core/name-encoding.ts';
import { nameOf, parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { SshSite } from '#protocols/ssh/client/open-site.ts';
import { formatEntryLine } from '../wire/control-line.ts';
import { scpCommandLine } from './remote-command.ts';
import { RemoteSource, type Offer } from './remote-source.ts';
import { ScpConversation } from './scp-conversation.ts';
import { ScpDownload } from './scp-download.ts';
import { ScpUpload } from './scp-upload.ts';

/** OpenSSH allows ten sessions in a connection; the rest is for looking at things meanwhile. */
const parallelTransfers = 8;
const fileMode = 0o644;
const directoryMode = 0o755;
/** Entries of a batch in a listing, each of which cost a round trip. */
const batchLength = 64;

/**
 * A server as its scp shows it: whole files up and down, and looking at things, which is offered by scp only in that
 * what it sends can be declined. What takes another program at the server is `not-supported`. Uploads are written in
 * place by the server's scp; one that is broken off stays there as far as it came.
 */
export class ScpConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly parallelTransfers = parallelTransfers;
  readonly capabilities: Capabilities = Object.freeze({
    randomAccess: false,
    symlinks: false,
    hardLinks: false,
    setTimes: false,
    setMode: false,
    setOwner: false,
    space: false,
    copy: false,
    checksums: [],
  });
  readonly #site: SshSite;
  readonly #say: (words: string) => void;
  #closed = false;

  constructor(site: SshSite, home: VirtualPath, say: (words: string) => void) {
    const { host, port, user, software, security } = site;
    this.#site = site;
    this.home = home;
    this.#say = say;
    this.facts = { protocol: 'scp', host, port, user, software, security };
    void site.ssh.closed.then(() => {
      this.#closed = true;
    });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async stat(path: VirtualPath, options: OperationOptions = {}): Promise<Entry> {
    return this.#offered('-rpf', path, options, (offer) => offer.entry);
  }

  /** Each entry costs a round trip or two, as the server waits for an answer to it. Links are shown as what they lead to. */
  async *readDirectory(path: VirtualPath, options: OperationOptions = {}): AsyncGenerator<readonly Entry[]> {
    const conversation = await this.#start('-rpf', path, options);
    const stop = onAbort(options.signal, conversation);
    try {
      const source = new RemoteSource(conversation);
      const { kind } = await source.first(path);
      if (kind !== 'directory') {
        throw new WherryError('not-directory', 'Cannot list the directory: it is not a directory', { path });
      }
      await conversation.agree();
      let batch: Entry[] = [];
      for (let offer = await nextOf(source); offer !== null; offer = await nextOf(source)) {
        await conversation.decline();
        batch.push(offer.entry);
        if (batch.length < batchLength) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    } catch (thrown) {
      throw about(thrown, 'list the directory', path);
    } finally {
      stop();
      conversation.drop();
    }
  }

  async openRead(path: VirtualPath, options: OperationOptions = {}): Promise<ReadHandle> {
    const conversation = await this.#start('-pf', path, options);
    const stop = onAbort(options.signal, conversation);
    try {
      const { entry, size, kind } = await new RemoteSource(conversation).first(path);
      if (kind === 'directory') {
        throw new WherryError('is-directory', 'Cannot open the file: it is a directory', { path });
      }
      await conversation.agree();
      return new ScpDownload(conversation, entry, size);
    } catch (thrown) {
      conversation.drop();
      throw about(thrown, 'open the file', path);
    } finally {
      stop();
    }
  }

  /** `create` and `update` are `not-supported`: scp replaces what is there. Nothing is known of the place before `finish`. */
  openWrite(path: VirtualPath, options: OpenWriteOptions = {}): Promise<WriteHandle> {
    const { disposition = 'replace', mode = fileMode, signal } = options;
    if (disposition !== 'replace') return refuse('write into a file in place, or only where there is none');
    const name = checkedName(path);
    // With -d the server refuses a directory of that name, in place of putting the file inside.
    return Promise.resolve(new ScpUpload(name, mode, () => this.#start('-pdt', parentOf(path), { signal })));
  }

  async makeDirectory(
    path: VirtualPath,
    options: OperationOptions & { readonly mode?: number } = {},
  ): Promise<void> {
    const { mode = directoryMode, ...rest } = options;
    const name = checkedName(path);
    const found = await this.stat(path, rest).catch(() => null);
    if (found !== null)
      throw new WherryError('exists', 'Cannot make the directory: it exists already', { path });
    const conversation = await this.#start('-rdt', parentOf(path), rest);
    const stop = onAbort(options.signal, conversation);
    try {
      await conversation.agreed();
      await conversation.say(formatEntryLine('D', mode, 0, name));
      await conversation.agreed();
      await conversation.say(Buffer.from('E\n', 'latin1'));
      await conversation.agreed();
      await conversation.finish();
    } catch (thrown) {
      throw about(thrown, 'make the directory', path);
    } finally {
      stop();
      conversation.drop();
    }
  }

  removeDirectory(): Promise<void> {
    return refuse('remove directories');
  }

  removeFile(): Promise<void> {
    return refuse('remove files');
  }

  rename(): Promise<void> {
    return refuse('rename');
  }

  setAttributes(): Promise<void> {
    return refuse('change attributes');
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#site.ssh.close();
    await this.#site.ssh.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #offered<T>(
    flags: string,
    path: VirtualPath,
    options: OperationOptions,
    read: (offer: Offer) => T,
  ): Promise<T> {
    const conversation = await this.#start(flags, path, options);
    const stop = onAbort(options.signal, conversation);
    try {
      return read(await new RemoteSource(conversation).first(path));
    } catch (thrown) {
      throw about(thrown, 'examine the entry', path);
    } finally {
      stop();
      conversation.drop();
    }
  }

  async #start(flags: string, path: VirtualPath, { signal }: OperationOptions): Promise<ScpConversation> {
    if (this.#closed) throw new WherryError('closed', 'The connection is closed');
    if (signal?.aborted === true) throw new WherryError('aborted', 'The operation was stopped');
    const commandLine = scpCommandLine(flags, path);
    this.#say(printableName(decodeName(commandLine)));
    return ScpConversation.start(this.#site.ssh, commandLine);
  }
}

/** A warning about one entry of a listing, which scp passes over, is none of the listing. */
async function nextOf(source: RemoteSource): Promise<Offer | null> {
  for (let warnings = 0; ; warnings += 1) {
    try {
      return await source.next();
    } catch (thrown) {
      const error = toWherryError(thrown, 'list the directory');
      const passing =
        error.code === 'permission' || error.code === 'not-regular' || error.code === 'not-found';
      if (!passing || warnings > maximumWarnings) throw error;
    }
  }
}

/** Entries in a row that the server cannot read; a tree of more is somebody else's. */
const maximumWarnings = 10_000;

function onAbort(signal: AbortSignal | undefined, conversation: ScpConversation): () => void {
  const drop = (): void => {
    conversation.drop();
  };
  signal?.addEventListener('abort', drop, { once: true });
  return () => {
    signal?.removeEventListener('abort', drop);
  };
}

/** The name of a file in its directory; the protocol's lines end with a line feed, so no name may hold one. */
function checkedName(path: VirtualPath): string {
  const name = nameOf(path);
  if (path === rootPath || /[\n\0]/.test(name)) {
    throw new WherryError('name-invalid', 'SCP cannot carry this name', { path });
  }
  return name;
}

function about(thrown: unknown, action: string, path: VirtualPath): WherryError {
  const error = toWherryError(thrown, action);
  if (error.path !== undefined) return error;
  const message = error.message.startsWith('Cannot ') ? error.message : `Cannot ${action}: ${error.message}`;
  return new WherryError(error.code, message, { path, cause: error });
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new WherryError('not-supported', `SCP cannot ${what}`));
}
