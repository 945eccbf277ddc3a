import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { InPlaceFile } from './in-place-file.ts';
import type { OpenDirectory } from './open-directory.ts';
import type { OpenFile } from './open-file.ts';

const handleLength = 4;

/** What a client holds open. Handles are numbers that are never given twice, so one that is closed stays dead. */
export class HandleTable {
  readonly #maximum: number;
  readonly #open = new Map<number, OpenFile | OpenDirectory>();
  #reserved = 0;
  #next = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /**
   * Keeps a place while something is opened.
   *
   * @throws WherryError `too-many`
   */
  reserve(): void {
    if (this.#open.size + this.#reserved >= this.#maximum) {
      throw new WherryError('too-many', 'Too many files and directories are open');
    }
    this.#reserved += 1;
  }

  /** Gives back a place that was kept. */
  cancel(): void {
    this.#reserved -= 1;
  }

  /** Takes a place that was kept. */
  add(opened: OpenFile | OpenDirectory): Buffer {
    this.#reserved -= 1;
    this.#next = (this.#next + 1) >>> 0;
    this.#open.set(this.#next, opened);
    const handle = Buffer.alloc(handleLength);
    handle.writeUInt32BE(this.#next);
    return handle;
  }

  /** @throws WherryError `closed` for a handle that is not open */
  get(handle: Buffer): OpenFile | OpenDirectory {
    const opened = handle.length === handleLength ? this.#open.get(handle.readUInt32BE()) : undefined;
    if (opened === undefined) throw new WherryError('closed', 'The handle is not open');
    return opened;
  }

  /** @throws WherryError `closed`, or `is-directory` for a directory's handle */
  file(handle: Buffer): OpenFile {
    const opened = this.get(handle);
    if (opened.type === 'file') return opened;
    throw new WherryError('is-directory', 'The handle is that of a directory');
  }

  /** Forgets a handle; what it stands for is still to be closed. */
  remove(handle: Buffer): OpenFile | OpenDirectory {
    const opened = this.get(handle);
    this.#open.delete(handle.readUInt32BE());
    return opened;
  }

  /** The upload that has this name to itself and is not to be seen yet, the latest where there are several. */
  hiddenUpload(path: VirtualPath): OpenFile | null {
    let found: OpenFile | null = null;
    for (const opened of this.#open.values()) {
      if (opened.type === 'file' && opened.path === path && opened.hidden) found = opened;
    }
    return found;
  }

  /** Files that the client writes under this very name. */
  inPlaceAt(path: VirtualPath): readonly InPlaceFile[] {
    const found: InPlaceFile[] = [];
    for (const opened of this.#open.values()) {
      const inPlace = opened.type === 'file' ? opened.inPlace : null;
      if (inPlace?.path === path) found.push(inPlace);
    }
    return found;
  }

  values(): Iterable<OpenFile | OpenDirectory> {
    return this.#open.values();
  }

  clear(): void {
    this.#open.clear();
  }
}
