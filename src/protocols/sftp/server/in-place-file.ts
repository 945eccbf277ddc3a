import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { Lane } from './lane.ts';

/** What tells one file from another of the same storage; null where the storage does not say. */
export function identityOf({ device, inode }: Entry): string | null {
  return device === null || inode === null ? null : `${device}:${inode}`;
}

/**
 * A file that is written under its own name. Storage lets one writer in at a time; a client that opens its file twice, as
 * programs on a mounted tree do, has two handles that share this one.
 */
export class InPlaceFile {
  readonly path: VirtualPath;
  readonly handle: WriteHandle;
  readonly identity: string | null;
  /** The order of requests on the file, whichever handle they name. */
  readonly lane: Lane;
  /** Where the file ends, for handles that append. */
  end: number;
  readonly #writesOnly: boolean;
  /** For handles that read too, where the first one was opened to write alone. */
  #reader: ReadHandle | null = null;
  #holders = 1;

  constructor(options: {
    readonly path: VirtualPath;
    readonly handle: WriteHandle;
    readonly readable: boolean;
    readonly identity: string | null;
    readonly lane?: Lane;
  }) {
    this.path = options.path;
    this.handle = options.handle;
    this.#writesOnly = !options.readable;
    this.identity = options.identity;
    this.lane = options.lane ?? new Lane();
    this.end = options.handle.initialSize;
  }

  /** Whether more than one handle leads to it. */
  get shared(): boolean {
    return this.#holders > 1;
  }

  /** Whether what is in the file can be read through it. */
  get readable(): boolean {
    return !this.#writesOnly || this.#reader !== null;
  }

  /** Has what is in the file read through another handle of it, which is closed with this one. */
  readThrough(reader: ReadHandle): void {
    this.#reader = reader;
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return (this.#reader ?? this.handle).read(target, position);
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  /** One handle fewer; the last one ends the file, in order or because the client is gone. */
  async release(how: 'finish' | 'abort'): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    try {
      await this.#reader?.close();
    } finally {
      await this.handle[how]();
    }
  }
}
