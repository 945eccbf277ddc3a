import { isWithin, type VirtualPath } from '#core/virtual-path.ts';

/** A file that is written in place, by one or several handles at once. */
export interface GrowingFile {
  /** Its length as it is counted. */
  size: number;
  handles: number;
  /** It has no name any more, so what it grows by counts nowhere. */
  gone: boolean;
}

/** The files of an account that are written in place, by their names of now. */
export class GrowingFiles {
  readonly #files = new Map<VirtualPath, GrowingFile>();
  #writing = 0;
  #whenQuiet: (() => void)[] = [];

  /** One more handle writes into a file of this length. */
  open(path: VirtualPath, size: number): GrowingFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { size, handles: 0, gone: false };
      this.#files.set(path, file);
    }
    file.handles += 1;
    return file;
  }

  /** One handle less. */
  close(file: GrowingFile): void {
    file.handles -= 1;
    if (file.handles > 0) return;
    for (const [path, known] of this.#files) if (known === file) this.#files.delete(path);
  }

  /** A name has lost its file. */
  removed(path: VirtualPath): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    file.gone = true;
    this.#files.delete(path);
  }

  /** A file was given another length by its name. */
  resized(path: VirtualPath, size: number): void {
    const file = this.#files.get(path);
    if (file !== undefined) file.size = size;
  }

  /** A file or directory has moved. */
  renamed(from: VirtualPath, to: VirtualPath): void {
    const moved = [...this.#files].filter(([path]) => isWithin(path, from));
    for (const [path] of moved) this.#files.delete(path);
    for (const [path, file] of moved) this.#files.set(`${to}${path.slice(from.length)}` as VirtualPath, file);
  }

  /** Runs a write, which a count of the tree waits for. */
  async write<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#writing += 1;
    try {
      return await work();
    } finally {
      this.#writing -= 1;
      if (this.#writing === 0) {
        const waiting = this.#whenQuiet;
        this.#whenQuiet = [];
        for (const resolve of waiting) resolve();
      }
    }
  }

  /** Settles when no write is under way. */
  async quiet(): Promise<void> {
    while (this.#writing > 0) await new Promise<void>((resolve) => this.#whenQuiet.push(resolve));
  }
}
