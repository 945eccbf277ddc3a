import { close, closeSync, read } from 'node:fs';
import { answerInBackground, inBackground } from './attempt.ts';
import { GatheredWrites } from './gathered-writes.ts';

/**
 * Owns a descriptor while calls run on it in other threads: it is closed only when the last of them came back,
 * because its number may stand for another file the moment after.
 */
export class Descriptor {
  readonly number: number;
  #writes: GatheredWrites | undefined;
  #running = 0;
  #ended = false;
  #whenIdle: (() => void) | undefined;

  constructor(number: number) {
    this.number = number;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Keeps the descriptor open until `work` is done. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work;
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#whenIdle?.();
    }
  }

  /** Fills `target` from its octet `done` on; returns how far it came, less than all only at the end of the file. */
  fill(target: Uint8Array, position: number, done = 0): Promise<number> {
    return this.hold(this.#fill(target, position, done));
  }

  async #fill(target: Uint8Array, position: number, done: number): Promise<number> {
    let filled = done;
    while (filled < target.length && !this.#ended) {
      const count = await answerInBackground<number>((callback) => {
        read(this.number, target, filled, target.length - filled, position + filled, callback);
      });
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  /** Writes all of `source`. */
  writeAll(source: Uint8Array, position: number): Promise<void> {
    this.#writes ??= new GatheredWrites(this.number);
    return this.hold(this.#writes.write(source, position));
  }

  /** Whether nothing runs on it in another thread. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /** Closes what is {@link idle}, in this thread. */
  endNow(): void {
    if (this.#ended) return;
    this.#ended = true;
    closeSync(this.number);
  }

  /** Stops new work, waits for what runs, and closes in another thread: a written file may take its time. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await inBackground((done) => {
      close(this.number, done);
    });
  }
}
