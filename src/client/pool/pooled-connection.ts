import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  FileSystem,
  OpenReadOptions,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  ReadHandle,
  RenameOptions,
  SetAttributesOptions,
  StatOptions,
  WriteHandle,
} from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { withRetries } from '../retry.ts';
import { Members, release, type OpenConnection, type PoolOptions, type Task } from './members.ts';

/** Opens a pool's first connection. @throws WherryError when it cannot */
export async function openPool(open: OpenConnection, options: PoolOptions): Promise<PooledConnection> {
  const members = new Members(open, options);
  const first = await members.openFirst();
  return new PooledConnection(members, first, options);
}

/** Methods that may be absent, and that can be asked again after a connection was lost. */
const optionalMethods = [
  'readSymlink',
  'createSymlink',
  'createHardLink',
  'copyFile',
  'space',
  'checksum',
  'realPath',
] as const satisfies readonly (keyof FileSystem)[];

/**
 * Several connections to one place that look like one. Each operation goes to the one with the least to do; a lost
 * connection is replaced, and what it interrupted is asked again where asking twice does no harm. It never waits for
 * a connection to become free, so that whoever holds one file can always open another.
 */
export class PooledConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly home: VirtualPath;
  readonly capabilities: Capabilities;
  readonly #members: Members;
  readonly #perConnection: number;
  readonly #first: Connection;
  readonly #retries: number;
  // Methods that the connections lack are absent here too.
  declare readonly readSymlink?: NonNullable<FileSystem['readSymlink']>;
  declare readonly createSymlink?: NonNullable<FileSystem['createSymlink']>;
  declare readonly createHardLink?: NonNullable<FileSystem['createHardLink']>;
  declare readonly copyFile?: NonNullable<FileSystem['copyFile']>;
  declare readonly space?: NonNullable<FileSystem['space']>;
  declare readonly checksum?: NonNullable<FileSystem['checksum']>;
  declare readonly realPath?: NonNullable<FileSystem['realPath']>;
  declare readonly command?: NonNullable<Connection['command']>;

  /** See {@link openPool}. */
  constructor(members: Members, first: Connection, options: PoolOptions) {
    this.#members = members;
    this.#perConnection = first.parallelTransfers;
    this.#first = first;
    this.#retries = options.retries;
    this.facts = first.facts;
    this.home = first.home;
    this.capabilities = first.capabilities;
    for (const name of optionalMethods) {
      if (first[name] !== undefined) this.#forward(name);
    }
    if (first.command !== undefined) this.#takeCommands();
  }

  get parallelTransfers(): number {
    return this.#perConnection * this.#members.limit;
  }

  get transfersPerConnection(): number {
    return this.#perConnection;
  }

  get roundTripMs(): number {
    return this.#first.roundTripMs ?? Number.POSITIVE_INFINITY;
  }

  /** A lost connection is replaced: only closing ends it. */
  get isClosed(): boolean {
    return this.#members.closed;
  }

  /** Connections that are open at the moment. */
  get openConnections(): number {
    return this.#members.count;
  }

  stat(path: VirtualPath, options?: StatOptions): Promise<Entry> {
    return this.#ask(options?.signal, (connection) => connection.stat(path, options));
  }

  async *readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncGenerator<readonly Entry[]> {
    const told = { any: false };
    const { member, iterator, first } = await this.#retry(options?.signal, async () => {
      const member = await this.#members.take('operations', options?.signal);
      const iterator = member.connection.readDirectory(path, options)[Symbol.asyncIterator]();
      try {
        return { member, iterator, first: await iterator.next() };
      } catch (error) {
        release(member, 'operations');
        throw error;
      }
    });
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) {
        told.any = true;
        yield step.value;
      }
    } finally {
      try {
        await iterator.return?.();
      } finally {
        release(member, 'operations');
      }
    }
  }

  openRead(path: VirtualPath, options?: OpenReadOptions): Promise<ReadHandle> {
    return this.#open(transferOf(options?.entry?.size), options?.signal, async (connection, onEnd) => {
      const handle = await connection.openRead(path, options);
      return onceEnded(handle, ['close'], onEnd);
    });
  }

  openWrite(path: VirtualPath, options?: OpenWriteOptions): Promise<WriteHandle> {
    return this.#open(transferOf(options?.size), options?.signal, async (connection, onEnd) => {
      const handle = await connection.openWrite(path, options);
      return onceEnded(handle, ['finish', 'finishWith', 'abort'], onEnd);
    });
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Promise<void> {
    return this.#change('exists', options?.signal, (connection) => connection.makeDirectory(path, options));
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    return this.#change('not-found', options?.signal, (connection) =>
      connection.removeDirectory(path, options),
    );
  }

  removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    return this.#change('not-found', options?.signal, (connection) => connection.removeFile(path, options));
  }

  /** Not asked again after a connection was lost: nobody knows whether it was done. */
  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Promise<void> {
    return this.#once(options?.signal, (connection) => connection.rename(from, to, options));
  }

  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): Promise<void> {
    return this.#ask(options?.signal, (connection) => connection.setAttributes(path, attributes, options));
  }

  /**
   * Lends one connection as it is, to whoever has to steer it by hand (a transfer from server to server). The pool
   * gives it other work only when there is no other.
   */
  async withConnection<T>(
    action: (connection: Connection) => Promise<T>,
    options: OperationOptions = {},
  ): Promise<T> {
    const member = await this.#members.take('transfers', options.signal);
    try {
      return await action(member.connection);
    } finally {
      release(member, 'transfers');
    }
  }

  close(): Promise<void> {
    return this.#members.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #once<T>(
    signal: AbortSignal | undefined,
    run: (connection: Connection) => T | Promise<T>,
  ): Promise<T> {
    const member = await this.#members.take('operations', signal);
    try {
      return await run(member.connection);
    } finally {
      release(member, 'operations');
    }
  }

  /** For what may be asked twice. */
  #ask<T>(signal: AbortSignal | undefined, run: (connection: Connection) => T | Promise<T>): Promise<T> {
    return this.#retry(signal, () => this.#once(signal, run));
  }

  /** For changes whose second try fails with `done` when the first had got through before the connection was lost. */
  #change(
    done: 'exists' | 'not-found',
    signal: AbortSignal | undefined,
    run: (connection: Connection) => void | Promise<void>,
  ): Promise<void> {
    let tries = 0;
    return this.#retry(signal, async () => {
      tries += 1;
      try {
        await this.#once(signal, run);
      } catch (error) {
        if (tries > 1 && error instanceof WherryError && error.code === done) return;
        throw error;
      }
    });
  }

  #open<Handle>(
    task: Task,
    signal: AbortSignal | undefined,
    open: (connection: Connection, onEnd: () => void) => Promise<Handle>,
  ): Promise<Handle> {
    return this.#retry(signal, async () => {
      const member = await this.#members.take(task, signal);
      try {
        return await open(member.connection, () => release(member, 'transfers'));
      } catch (error) {
        release(member, 'transfers');
        throw error;
      }
    });
  }

  /** Tries again only what a lost connection has interrupted; everything else is for the caller to judge. */
  #retry<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    return withRetries({ retries: this.#retries, signal, firstDelayMs: 250 }, async () => {
      try {
        return await action();
      } catch (thrown) {
        const error = toWherryError(thrown, 'do it');
        if (isLoss(error) && !this.#members.closed) throw error;
        throw new NotAgain(error);
      }
    }).catch((error: unknown) => {
      throw error instanceof NotAgain ? error.inner : error;
    });
  }

  /** Commands that somebody has typed are sent once: nobody knows what a second one would do. */
  #takeCommands(): void {
    const call: NonNullable<Connection['command']> = (text, options) =>
      this.#once(options?.signal, (connection) => {
        if (connection.command === undefined)
          throw new WherryError('not-supported', 'This server takes no commands by hand');
        return connection.command(text, options);
      });
    Object.defineProperty(this, 'command', { value: call, configurable: true });
  }

  #forward(name: (typeof optionalMethods)[number]): void {
    const call = (...parameters: unknown[]): Promise<unknown> => {
      const options = parameters.at(-1) as OperationOptions | string | undefined;
      const signal = typeof options === 'object' ? options.signal : undefined;
      return this.#ask(signal, (connection) => {
        const method = connection[name] as ((...parameters: unknown[]) => unknown) | undefined;
        if (method === undefined) throw new WherryError('not-supported', `Cannot ${name}: not offered here`);
        return method.apply(connection, parameters);
      });
    };
    Object.defineProperty(this, name, { value: call, configurable: true });
  }
}

/** Smaller files wait for answers more than for their octets, and many of them share a connection. */
const largeBytes = 1024 * 1024;

function transferOf(octets: number | null | undefined): Task {
  return octets !== undefined && octets !== null && octets < largeBytes ? 'small-transfers' : 'transfers';
}

/** Reply that ends an FTP session (RFC 959: service not available, closing control connection). */
const sessionEnded = 421;

/** Whether an error says that the connection is gone, and nothing of what was asked over it. */
function isLoss({ code, reply }: WherryError): boolean {
  return code === 'connection-lost' || code === 'closed' || reply === sessionEnded;
}

/** Carries an error past the retries unchanged. */
class NotAgain extends WherryError {
  readonly inner: WherryError;

  constructor(inner: WherryError) {
    super(inner.code, inner.message, { retryable: false });
    this.inner = inner;
  }
}

/**
 * Calls `onEnd` once when one of the methods has ended the handle. The handle stays the object it is, because the
 * two ends of a copy recognise each other by it.
 */
function onceEnded<Handle extends object>(
  handle: Handle,
  methods: readonly (keyof Handle)[],
  onEnd: () => void,
): Handle {
  let ended = false;
  for (const name of methods) {
    const method = handle[name] as ((...parameters: unknown[]) => unknown) | undefined;
    if (method === undefined) continue;
    const wrapped = async (...parameters: unknown[]): Promise<unknown> => {
      try {
        return await method.apply(handle, parameters);
      } finally {
        if (!ended) onEnd();
        ended = true;
      }
    };
    Object.defineProperty(handle, name, { value: wrapped, configurable: true });
  }
  return handle;
}
