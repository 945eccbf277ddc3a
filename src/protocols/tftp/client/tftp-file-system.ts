import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { ConversationLine } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { Capabilities, FileSystem, OperationOptions } from '#core/file-system.ts';
import { encodeName, printableName } from '#core/name-encoding.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { Deadlines } from '../wire/deadlines.ts';
import {
  maximumBlockSize,
  maximumRequestBytes,
  maximumWindowSize,
  minimumBlockSize,
} from '../wire/limits.ts';
import { optionStrings, type TransferOptions } from '../wire/options.ts';
import { encodeRequest } from '../wire/request.ts';
import { defaultRetransmissionTimes, Retransmission } from '../wire/retransmission.ts';
import { Conversation, RequestRefused, type Target } from './conversation.ts';
import { Download, type TransferStart } from './download.ts';
import type { TftpClientOptions, TftpProgress, TftpWriteOptions } from './options.ts';
import { optionsToAsk } from './request-options.ts';
import { mayMeanOptions } from './server-error.ts';
import { Upload } from './upload.ts';

const defaultPort = 69;

/** How late a retransmission may be. */
const resolutionMs = 10;

/**
 * A TFTP server as a file system in which nothing can be done but reading and writing whole files, one after the
 * other from the front; everything else is `not-supported`, as the protocol has no request for it. There is no
 * connection: each file is a conversation of its own, and as many as one likes run side by side.
 */
export class TftpFileSystem implements FileSystem {
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
  readonly #options: TftpClientOptions;
  readonly #deadlines = new Deadlines(resolutionMs);
  readonly #conversations = new Set<Conversation>();
  #target: Target | null = null;

  /** @throws WherryError `invalid-argument` for sizes that the protocol does not have */
  constructor(options: TftpClientOptions) {
    const { blockSize = minimumBlockSize, windowSize = 1, port = defaultPort } = options;
    requireWithin('a block size', blockSize, [minimumBlockSize, maximumBlockSize]);
    requireWithin('a window size', windowSize, [1, maximumWindowSize]);
    requireWithin('a port', port, [1, 65_535]);
    if (options.timeoutSeconds !== undefined) requireWithin('a timeout', options.timeoutSeconds, [1, 255]);
    this.#options = { ...options };
  }

  /**
   * Asks for a file. When the server refuses what may have been the options, it is asked again without them.
   *
   * @throws WherryError one code for each of the protocol's errors; `timeout` when nobody answers
   */
  async openRead(path: VirtualPath, options?: OperationOptions): Promise<Download> {
    const opened = await this.#open(
      path,
      { action: 'read the file', size: 0, signal: options?.signal },
      (start) => {
        return new Download(start);
      },
    );
    return opened;
  }

  /**
   * Asks to write a file; whether an older one is replaced is up to the server. `create` and `update` are
   * `not-supported`: TFTP cannot ask for either.
   */
  async openWrite(path: VirtualPath, options: TftpWriteOptions = {}): Promise<Upload> {
    const { disposition = 'replace', size = null, signal } = options;
    if (disposition !== 'replace' || options.readable === true)
      throw unsupported('open a file in this way', path);
    const announced = this.#options.mode === 'netascii' ? null : size;
    return this.#open(
      path,
      { action: 'write the file', size: announced, signal },
      (start) => new Upload(start),
    );
  }

  stat(path: VirtualPath): Entry {
    throw unsupported('examine a file', path);
  }

  // oxlint-disable-next-line require-yield -- it fails before there is anything to give
  async *readDirectory(path: VirtualPath): AsyncGenerator<readonly Entry[]> {
    await Promise.reject(unsupported('list a directory', path));
  }

  makeDirectory(path: VirtualPath): void {
    throw unsupported('make a directory', path);
  }

  removeDirectory(path: VirtualPath): void {
    throw unsupported('remove a directory', path);
  }

  removeFile(path: VirtualPath): void {
    throw unsupported('remove a file', path);
  }

  rename(from: VirtualPath): void {
    throw unsupported('rename', from);
  }

  setAttributes(path: VirtualPath): void {
    throw unsupported('change attributes', path);
  }

  /** Stops what is under way, and no longer waits for repeated last packets. */
  close(): void {
    for (const conversation of this.#conversations) {
      conversation.abandon(new WherryError('closed', 'The TFTP client was closed'));
    }
    this.#conversations.clear();
  }

  async #open<Kind extends Download | Upload>(
    path: VirtualPath,
    purpose: {
      readonly action: string;
      readonly size: number | null;
      readonly signal: AbortSignal | undefined;
    },
    create: (start: TransferStart) => Kind,
  ): Promise<Kind> {
    const asked = optionsToAsk(this.#options, purpose.size);
    try {
      return await this.#ask(path, { ...purpose, asked }, create);
    } catch (thrown) {
      const hasOptions = Object.values(asked).some((value) => value !== undefined);
      if (!(thrown instanceof RequestRefused && hasOptions && mayMeanOptions(thrown.refusal))) throw thrown;
      return this.#ask(path, { ...purpose, asked: {} }, create);
    }
  }

  async #ask<Kind extends Download | Upload>(
    path: VirtualPath,
    purpose: {
      readonly action: string;
      readonly asked: TransferOptions;
      readonly signal: AbortSignal | undefined;
    },
    create: (start: TransferStart) => Kind,
  ): Promise<Kind> {
    const { action, asked, signal } = purpose;
    if (signal?.aborted === true)
      throw new WherryError('aborted', `Cannot ${action}: it was stopped`, { path });
    const target = (this.#target ??= await this.#resolve());
    const direction = action === 'read the file' ? 'read' : 'write';
    const { mode = 'octet', rollover = 0, times, anyAddress = false, absoluteNames = false } = this.#options;
    const request = encodeRequest({
      direction,
      fileName: encodeName(absoluteNames ? path : path.slice(1)),
      mode,
      options: asked,
    });
    if (request.length > maximumRequestBytes || path === '/') {
      const code = path === '/' ? 'is-directory' : 'name-too-long';
      throw new WherryError(code, `Cannot ${action}: the name does not fit into a request`, { path });
    }
    const retransmission = new Retransmission({ ...defaultRetransmissionTimes, ...times });
    const conversation = new Conversation({
      target,
      path,
      action,
      anyAddress,
      retransmission,
      deadlines: this.#deadlines,
      signal,
      onClose: () => this.#conversations.delete(conversation),
    });
    this.#conversations.add(conversation);
    const report = (bytes: number, total: number | null): void => {
      const progress: TftpProgress = {
        direction: direction === 'read' ? 'download' : 'upload',
        path,
        bytes,
        total,
      };
      this.#options.onProgress?.(progress);
    };
    const opened = create({ conversation, retransmission, request, asked, mode, rollover, path, report });
    const verb = direction === 'read' ? 'RRQ' : 'WRQ';
    this.#tell('command', [
      verb,
      printableName(absoluteNames ? path : path.slice(1)),
      mode,
      ...optionStrings(asked),
    ]);
    try {
      await opened.begin();
    } catch (thrown) {
      if (thrown instanceof RequestRefused) {
        const { number, text } = thrown.refusal;
        this.#tell('reply', ['ERROR', String(number), text]);
      }
      throw thrown;
    }
    const granted = optionStrings(opened.agreed);
    this.#tell('reply', granted.length > 0 ? ['OACK', ...granted] : ['no option granted']);
    return opened;
  }

  #tell(kind: ConversationLine['kind'], words: readonly string[]): void {
    this.#options.onConversation?.({ kind, text: words.join(' ').trimEnd() });
  }

  async #resolve(): Promise<Target> {
    const { host, port = defaultPort, family = 0 } = this.#options;
    const known = isIP(host.split('%', 1)[0] ?? '');
    if (known !== 0) return { address: host, family: known === 6 ? 6 : 4, port };
    try {
      const found = await lookup(host, { family });
      return { address: found.address, family: found.family === 6 ? 6 : 4, port };
    } catch (cause) {
      const error = toWherryError(cause, 'find the host');
      throw new WherryError('connection-refused', `Cannot find the host "${host}"`, { cause: error });
    }
  }
}

function requireWithin(what: string, value: number, [lowest, highest]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw new WherryError('invalid-argument', `${what} cannot be ${value}, only ${lowest} to ${highest}`);
}

function unsupported(action: string, path: VirtualPath): WherryError {
  return new WherryError('not-supported', `Cannot ${action}: TFTP has no such request`, { path });
}
