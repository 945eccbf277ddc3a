import type { EntryType } from '#core/entry.ts';
import { toWherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { resolveVirtualPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { TransferReport } from './transfer-report.ts';
import type { ScpStream } from './scp-stream.ts';

/** What both directions of scp work on. */
export class ScpContext {
  readonly stream: ScpStream;
  readonly fileSystem: FileSystem;
  readonly #session: Session | undefined;
  readonly #digest: boolean;
  readonly #home: VirtualPath;

  constructor(options: {
    readonly stream: ScpStream;
    readonly fileSystem: FileSystem;
    readonly home: VirtualPath;
    readonly session: Session | undefined;
    readonly digest: boolean;
  }) {
    this.stream = options.stream;
    this.fileSystem = options.fileSystem;
    this.#session = options.session;
    this.#digest = options.digest;
    this.#home = options.home;
  }

  /** Begins to tell of a file's transfer. */
  report(direction: 'upload' | 'download', path: VirtualPath): TransferReport {
    return new TransferReport({ session: this.#session, direction, path, digest: this.#digest });
  }

  /** The path that the command line names; `~` is home. */
  resolve(path: string): VirtualPath {
    const plain = path === '~' || path.startsWith('~/') ? `.${path.slice(1)}` : path;
    return resolveVirtualPath(this.#home, plain);
  }

  /** What a path stands for, or null when it stands for nothing. */
  async typeOf(path: VirtualPath): Promise<EntryType | null> {
    try {
      return (await this.fileSystem.stat(path)).type;
    } catch (thrown) {
      const error = toWherryError(thrown, 'examine the entry');
      if (error.code === 'not-found') return null;
      throw error;
    }
  }
}
