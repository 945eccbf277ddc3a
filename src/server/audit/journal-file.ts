import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { mapFile, MappedFile } from '#native/index.ts';

/** A file of the journal, to which lines are added. */
export interface JournalFile {
  /** Octets of it that the kernel has: a reader may read up to there. */
  readonly written: number;
  /**
   * Adds a line.
   *
   * @param line without its end
   * @param waits whether the line may be gathered with others for some milliseconds; one that may not goes behind them
   * @returns false when the file has no room for it, and another is to be begun
   * @throws the system's errors, as ENOSPC; the line, and what was gathered, are lost then
   */
  append(line: string, waits: boolean): boolean;
  /** Hands over what is gathered. @throws the system's errors */
  flush(): void;
  /** Hands over what is gathered, and closes the file. */
  close(): void;
}

/** What is gathered waits this long. */
const gatherMs = 20;
/** Text that is gathered at most. */
const gatheredLength = 64 * 1024;

export interface JournalFileOptions {
  /** Octets beyond which it has no room. */
  readonly fileBytes: number;
  /** Hears that what was gathered could not be written. */
  readonly onProblem: (thrown: unknown) => void;
  /** Maps the file where that can be done, and it is then memory of fixed size; else it is written. */
  readonly mapFile: typeof mapFile;
}

/** Begins a file of the journal. @throws the system's errors, EEXIST as well */
export function openJournalFile(path: string, options: JournalFileOptions): JournalFile {
  const descriptor = openSync(path, 'ax+', 0o600);
  try {
    const map = options.mapFile(descriptor, options.fileBytes);
    return map === null ? new WrittenJournal(descriptor, options) : new MappedJournal(descriptor, map);
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

/** Memory that the kernel has anyway: nothing is gathered. */
class MappedJournal implements JournalFile {
  readonly #descriptor: number;
  readonly #map: MappedFile;
  #written = 0;

  constructor(descriptor: number, map: MappedFile) {
    this.#descriptor = descriptor;
    this.#map = map;
  }

  get written(): number {
    return this.#written;
  }

  append(line: string): boolean {
    const used = this.#map.append(line);
    if (used === null) return false;
    this.#written = used;
    return true;
  }

  flush(): void {
    // Nothing is held back.
  }

  close(): void {
    this.#map.close();
    try {
      ftruncateSync(this.#descriptor, this.#written);
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

/** A system call for each line, but for those that may wait. */
class WrittenJournal implements JournalFile {
  readonly #descriptor: number;
  readonly #options: JournalFileOptions;
  #written = 0;
  #torn = false;
  #gathered = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(descriptor: number, options: JournalFileOptions) {
    this.#descriptor = descriptor;
    this.#options = options;
  }

  get written(): number {
    return this.#written;
  }

  append(line: string, waits: boolean): boolean {
    if (this.#written + this.#gathered.length >= this.#options.fileBytes) return false;
    this.#gathered += `${line}\n`;
    if (waits && this.#gathered.length < gatheredLength) this.#flushSoon();
    else this.flush();
    return true;
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#gathered;
    this.#gathered = '';
    if (text !== '') this.#write(text);
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      try {
        this.flush();
      } catch (thrown) {
        this.#options.onProblem(thrown);
      }
    }, gatherMs).unref();
  }

  #write(text: string): void {
    // What a full disk has cut off is closed first, so that it spoils no other line.
    const octets = Buffer.from(this.#torn ? `\n${text}` : text, 'utf8');
    const count = writeSync(this.#descriptor, octets);
    this.#torn = count < octets.length;
    this.#written += count;
    if (this.#torn) throw Object.assign(new Error('The disk took a part of a line'), { code: 'ENOSPC' });
  }
}
