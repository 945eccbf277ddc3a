import type { Entry } from '#core/entry.ts';
import type { WriteHandle } from '#core/file-system.ts';
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
  readonly readable: boolean;
  readonly identity: string | null;
  /** The order of requests on the file, whichever handle they name. */
  readonly lane: Lane;
  /** Where the file ends, for handles that append. */
  end: number;
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
    this.readable = options.readable;
    this.identity = options.identity;
    this.lane = options.lane ?? new Lane();
    this.end = options.handle.initialSize;
  }

  /** Whether more than one handle leads to it. */
  get shared(): boolean {
    return this.#holders > 1;
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  /** One handle fewer; the last one ends the file, in order or because the client is gone. */
  async release(how: 'finish' | 'abort'): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.handle[how]();
  }
}
