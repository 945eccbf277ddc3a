import { watch } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { toWherryError } from '#core/errors.ts';
import { parseAddress, parseSiteAddress } from '../address.ts';
import { mirror } from './mirror.ts';
import type { MirrorOptions, MirrorResult, MirrorSide, RunOptions } from './options.ts';

/** When a watched mirror runs again. */
export interface WatchOptions {
  /** Quiet time after a change before it is copied: programs write a file in several steps (default 500). */
  readonly settleMs?: number | undefined;
  /** Pause between two looks at a source that tells of no changes, as servers do (default 30,000). */
  readonly intervalMs?: number | undefined;
}

/** One run of a watched mirror. */
export type WatchRound =
  | { readonly result: MirrorResult; readonly error: null }
  /** A run that failed; the next one is tried all the same. */
  | { readonly result: null; readonly error: Error };

const defaultSettleMs = 500;
const defaultIntervalMs = 30_000;

/**
 * Mirrors again whenever the source changes: directories of this machine tell of it at once, servers are looked at
 * from time to time. Each run is a round of the loop; leaving the loop, or the signal, ends the watching.
 */
export async function* watchMirror(
  from: MirrorSide,
  to: MirrorSide,
  options: MirrorOptions & RunOptions & WatchOptions = {},
): AsyncGenerator<WatchRound> {
  const { signal, settleMs = defaultSettleMs, intervalMs = defaultIntervalMs } = options;
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const directory = localDirectoryOf(from);
  // Begun before the first run, so that what changes meanwhile is not missed.
  const changes = directory === null ? null : new Changes(directory, ended);
  try {
    while (!ended.aborted) {
      yield await round(from, to, options);
      if (changes === null) await pause(intervalMs, ended);
      else {
        await changes.next(ended);
        do {
          changes.forget();
          await pause(settleMs, ended);
        } while (changes.pending && !ended.aborted);
      }
    }
  } finally {
    stop.abort();
  }
}

async function round(
  from: MirrorSide,
  to: MirrorSide,
  options: MirrorOptions & RunOptions,
): Promise<WatchRound> {
  try {
    return { result: await mirror(from, to, options), error: null };
  } catch (thrown) {
    const error = toWherryError(thrown, 'mirror');
    if (error.code === 'aborted') throw error;
    return { result: null, error };
  }
}

function localDirectoryOf(side: MirrorSide): string | null {
  if (typeof side !== 'string' || parseSiteAddress(side) !== null) return null;
  return parseAddress(side).scheme === 'file' ? side : null;
}

/** Tells that something below a directory has changed; what it was the next comparison finds out. */
class Changes {
  #pending = false;
  #wake: (() => void) | null = null;

  constructor(directory: string, signal: AbortSignal) {
    void this.#follow(directory, signal);
  }

  get pending(): boolean {
    return this.#pending;
  }

  forget(): void {
    this.#pending = false;
  }

  async next(signal: AbortSignal): Promise<void> {
    if (this.#pending || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }

  async #follow(directory: string, signal: AbortSignal): Promise<void> {
    try {
      const events = watch(directory, { recursive: true, signal, persistent: false });
      for await (const event of events) {
        void event;
        this.#note();
      }
    } catch {
      // Stopped, or the directory is gone: the next run says what is wrong with it.
      this.#note();
    }
  }

  #note(): void {
    this.#pending = true;
    this.#wake?.();
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(delayMs, undefined, { signal });
  } catch {
    // The loop sees that it is over.
  }
}
