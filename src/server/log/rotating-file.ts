import { closeSync, fstatSync, openSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { toWherryError } from '#core/errors.ts';
import { FileSink } from './file-sink.ts';
import type { LogSink } from './human-log.ts';

/** When a log file is put aside for a new one, and how many of the old are kept. */
export interface RotationLimits {
  /** Octets beyond which it is put aside; 0 for any. */
  readonly bytes: number;
  /** Whether it is put aside with the first line of a day (UTC). */
  readonly daily: boolean;
  /** Files put aside that are kept; the oldest go first. */
  readonly kept: number;
}

export const defaultRotationLimits: RotationLimits = Object.freeze({
  bytes: 100 * 1024 * 1024,
  daily: true,
  kept: 14,
});

export interface RotatingFileOptions {
  readonly file: string;
  readonly limits?: Partial<RotationLimits> | undefined;
  /** Hears of a file that cannot be opened or put aside; the log goes on in the one that is open. */
  readonly onProblem: (message: string) => void;
  /** Milliseconds since 1970 (default the system's clock). */
  readonly now?: (() => number) | undefined;
}

/**
 * A log file that is put aside by size and by day, under its name with the time behind it, or by somebody else:
 * `reopen` then goes on under the name. Only its owner may read it, because it tells who does what. Its lines are
 * written in few, large writes, and are never waited for.
 */
export class RotatingFile implements LogSink {
  readonly #file: string;
  readonly #limits: RotationLimits;
  readonly #onProblem: (message: string) => void;
  readonly #now: () => number;
  #descriptor: number;
  #sink: FileSink;
  #bytes = 0;
  #day = '';

  /** @throws WherryError when the file cannot be opened */
  constructor(options: RotatingFileOptions) {
    this.#file = options.file;
    this.#limits = Object.freeze({ ...defaultRotationLimits, ...options.limits });
    this.#onProblem = options.onProblem;
    this.#now = options.now ?? (() => Date.now());
    try {
      this.#descriptor = openLog(this.#file);
    } catch (thrown) {
      throw toWherryError(thrown, 'open the log file');
    }
    this.#sink = new FileSink(this.#descriptor);
    this.#measure();
  }

  write(text: string): void {
    if (this.#isDue(text)) this.#rotate();
    this.#bytes += Buffer.byteLength(text);
    this.#sink.write(text);
  }

  /** Writes what is pending. */
  flush(): void {
    this.#sink.flush();
  }

  /** Goes on in the file that now has the name, or in a new one, after somebody has put the old one aside. */
  reopen(): void {
    let descriptor: number;
    try {
      descriptor = openLog(this.#file);
    } catch (thrown) {
      this.#onProblem(
        `${toWherryError(thrown, 'open the log file anew').message}. The old one stays in use.`,
      );
      return;
    }
    this.#sink.flush();
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#sink = new FileSink(descriptor);
    this.#measure();
  }

  close(): void {
    this.#sink.flush();
    closeSync(this.#descriptor);
  }

  #isDue(text: string): boolean {
    const { bytes, daily } = this.#limits;
    if (this.#bytes === 0) return false;
    if (bytes > 0 && this.#bytes + text.length > bytes) return true;
    return daily && this.#day !== dayOf(this.#now());
  }

  #rotate(): void {
    // Whatever comes of it, it is not tried again with every line.
    this.#day = dayOf(this.#now());
    this.#bytes = 0;
    try {
      this.#sink.flush();
      renameSync(this.#file, this.#freeName());
      this.#forget();
    } catch (thrown) {
      this.#onProblem(`${toWherryError(thrown, 'put the log file aside').message}. It goes on growing.`);
      return;
    }
    this.reopen();
  }

  #freeName(): string {
    const time = new Date(this.#now()).toISOString().slice(0, 19).replaceAll(/[-:]/gu, '');
    for (let count = 0; ; count += 1) {
      const name = `${this.#file}.${time}${count === 0 ? '' : `.${count}`}`;
      if (statSync(name, { throwIfNoEntry: false }) === undefined) return name;
    }
  }

  #forget(): void {
    const name = basename(this.#file);
    const aside = readdirSync(dirname(this.#file))
      .filter((other) => other.startsWith(`${name}.`) && asidePattern.test(other.slice(name.length + 1)))
      .toSorted()
      .toReversed();
    for (const old of aside.slice(this.#limits.kept)) unlinkSync(join(dirname(this.#file), old));
  }

  #measure(): void {
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    this.#bytes = size;
    this.#day = dayOf(size > 0 ? mtimeMs : this.#now());
  }
}

/** What {@link RotatingFile} puts behind the name of a file. */
const asidePattern = /^\d{8}T\d{6}(?:\.\d+)?$/u;

function openLog(file: string): number {
  return openSync(file, 'a', 0o600);
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
