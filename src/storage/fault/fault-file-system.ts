import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type {
  Attributes,
  Capabilities,
  FileSystem,
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
import { FaultReadHandle, FaultWriteHandle } from './handles.ts';
import { FaultPlan, suffer } from './plan.ts';
import type { Fault, FaultOperation } from './plan.ts';

/**
 * Another file system that fails or waits where a test says so: after so many octets, at the end of an upload, in
 * any operation. What no fault strikes goes through unchanged, except that handles have no descriptor.
 */
export class FaultFileSystem implements FileSystem {
  readonly capabilities: Capabilities;
  readonly #inner: FileSystem;
  readonly #plan = new FaultPlan();
  // Methods that the file system below lacks are absent here too.
  declare readonly readSymlink?: NonNullable<FileSystem['readSymlink']>;
  declare readonly createSymlink?: NonNullable<FileSystem['createSymlink']>;
  declare readonly createHardLink?: NonNullable<FileSystem['createHardLink']>;
  declare readonly copyFile?: NonNullable<FileSystem['copyFile']>;
  declare readonly space?: NonNullable<FileSystem['space']>;
  declare readonly checksum?: NonNullable<FileSystem['checksum']>;
  declare readonly realPath?: NonNullable<FileSystem['realPath']>;

  constructor(inner: FileSystem, faults: readonly Fault[] = []) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
    for (const fault of faults) this.inject(fault);
    this.#wrapOptional('readSymlink', (path) => path);
    this.#wrapOptional('createSymlink', (_, path) => path);
    this.#wrapOptional('createHardLink', (_, path) => path);
    this.#wrapOptional('copyFile', (from) => from);
    this.#wrapOptional('space', (path) => path);
    this.#wrapOptional('checksum', (path) => path);
    this.#wrapOptional('realPath', (path) => path);
  }

  /** Adds a fault from now on; returns what takes it away. */
  inject(fault: Fault): () => void {
    return this.#plan.add(fault);
  }

  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry> {
    return this.#run({ operation: 'stat', path, options }, () => this.#inner.stat(path, options));
  }

  async *readDirectory(
    path: VirtualPath,
    options: ReadDirectoryOptions = {},
  ): AsyncGenerator<readonly Entry[]> {
    const context = { path, signal: options.signal };
    let told = 0;
    for await (const batch of this.#inner.readDirectory(path, options)) {
      const fault = this.#plan.strike('readDirectory', path, told + batch.length);
      if (fault === undefined) yield batch;
      else {
        const before = Math.max(0, (fault.after ?? 0) - told);
        if (before > 0) yield batch.slice(0, before);
        await suffer(fault, context);
        yield batch.slice(before);
      }
      told += batch.length;
    }
    // An empty directory has no batch that a fault without a number could strike.
    const fault = told === 0 ? this.#plan.strike('readDirectory', path, 1) : undefined;
    if (fault !== undefined) await suffer(fault, context);
  }

  async openRead(path: VirtualPath, options?: OperationOptions): Promise<ReadHandle> {
    const handle = await this.#run({ operation: 'openRead', path, options }, () =>
      this.#inner.openRead(path, options),
    );
    return new FaultReadHandle(handle, this.#plan, path);
  }

  async openWrite(path: VirtualPath, options?: OpenWriteOptions): Promise<WriteHandle> {
    const handle = await this.#run({ operation: 'openWrite', path, options }, () =>
      this.#inner.openWrite(path, options),
    );
    return new FaultWriteHandle(handle, this.#plan, path);
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Awaitable<void> {
    return this.#run({ operation: 'makeDirectory', path, options }, () =>
      this.#inner.makeDirectory(path, options),
    );
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ operation: 'removeDirectory', path, options }, () =>
      this.#inner.removeDirectory(path, options),
    );
  }

  removeFile(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ operation: 'removeFile', path, options }, () => this.#inner.removeFile(path, options));
  }

  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Awaitable<void> {
    return this.#run({ operation: 'rename', path: from, options }, () =>
      this.#inner.rename(from, to, options),
    );
  }

  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): Awaitable<void> {
    return this.#run({ operation: 'setAttributes', path, options }, () =>
      this.#inner.setAttributes(path, attributes, options),
    );
  }

  close(): Awaitable<void> {
    return this.#inner.close?.();
  }

  #run<T>({ operation, path, options }: Operation, run: () => Awaitable<T>): Awaitable<T> {
    const fault = this.#plan.strike(operation, path);
    return fault === undefined ? run() : suffer(fault, { path, signal: options?.signal }).then(run);
  }

  #wrapOptional(
    operation: OptionalOperation,
    pathOf: (...paths: VirtualPath[]) => VirtualPath | undefined,
  ): void {
    const method = this.#inner[operation]?.bind(this.#inner) as
      ((...parameters: unknown[]) => Awaitable<unknown>) | undefined;
    if (method === undefined) return;
    const wrapped = (...parameters: unknown[]): Awaitable<unknown> => {
      const path = pathOf(...(parameters as VirtualPath[])) as VirtualPath;
      const options = parameters.at(-1) as OperationOptions | undefined;
      return this.#run({ operation, path, options }, () => method(...parameters));
    };
    Object.defineProperty(this, operation, { value: wrapped });
  }
}

type OptionalOperation =
  'readSymlink' | 'createSymlink' | 'createHardLink' | 'copyFile' | 'space' | 'checksum' | 'realPath';

interface Operation {
  readonly operation: FaultOperation;
  readonly path: VirtualPath;
  readonly options: OperationOptions | undefined;
}
