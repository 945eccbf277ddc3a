/** A file that is written in place, by one or several handles at once. */
export interface GrowingFile {
  /** Its length as it is counted. */
  size: number;
  handles: number;
  /** It has no name any more, so what it grows by counts nowhere. */
  gone: boolean;
}

/** The files of an account that are written in place, by what tells one file from another whatever its name. */
export class GrowingFiles {
  readonly #files = new Map<string, GrowingFile>();
  #writing = 0;
  #whenQuiet: (() => void)[] = [];

  /** One more handle writes into a file of this length. */
  open(identity: string, size: number): GrowingFile {
    let file = this.#files.get(identity);
    if (file === undefined) {
      file = { size, handles: 0, gone: false };
      this.#files.set(identity, file);
    }
    file.handles += 1;
    return file;
  }

  /** One handle less. */
  close(file: GrowingFile): void {
    file.handles -= 1;
    if (file.handles > 0) return;
    for (const [identity, known] of this.#files) if (known === file) this.#files.delete(identity);
  }

  find(identity: string): GrowingFile | null {
    return this.#files.get(identity) ?? null;
  }

  /**
   * A file has lost its last name.
   *
   * @returns its length as it was counted; null when nobody writes into it
   */
  lose(identity: string): number | null {
    const file = this.#files.get(identity);
    if (file === undefined) return null;
    file.gone = true;
    this.#files.delete(identity);
    return file.size;
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
