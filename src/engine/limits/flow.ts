import { setTimeout as delay } from 'node:timers/promises';
import type { Awaitable } from '#core/awaitable.ts';
import { toWherryError } from '#core/errors.ts';
import type { RateLimiter } from '#core/rate-limit.ts';

/** Which way octets go, as the account's own limits count them. */
export type FlowDirection = 'upload' | 'download';

/** How much an account may still move, and what it has moved, in the spans that its limits name. */
export interface VolumeMeter {
  /** Octets that may still pass this way; infinite without a limit. */
  left(direction: FlowDirection): number;
  /** Counts octets that pass. @throws WherryError `quota` when they are more than are left */
  count(direction: FlowDirection, bytes: number): void;
}

/**
 * What one session's octets of one direction have to pass: the server's, the account's and the session's own speed,
 * and the account's volume. It always shows what holds at the moment, so that whoever asks before each piece
 * notices a change while a transfer runs.
 */
export class Flow {
  readonly direction: FlowDirection;
  readonly #limiters: readonly RateLimiter[];
  readonly #volume: VolumeMeter | null;

  constructor(
    direction: FlowDirection,
    { limiters, volume }: { readonly limiters: readonly RateLimiter[]; readonly volume: VolumeMeter | null },
  ) {
    this.direction = direction;
    this.#limiters = limiters;
    this.#volume = volume;
  }

  /** How many octets one piece should have at most: waiting for it stays short, and the volume is met to the octet. */
  get pieceSize(): number {
    let size = Math.max(1, this.#volume?.left(this.direction) ?? Number.POSITIVE_INFINITY);
    for (const limiter of this.#limiters) size = Math.min(size, limiter.pieceSize);
    return size;
  }

  /**
   * Lets `bytes` octets pass: at once, or when their time has come.
   *
   * @throws WherryError `quota` when the volume is used up, `aborted` on the signal while it waits
   */
  take(bytes: number, signal?: () => AbortSignal | undefined): Awaitable<void> {
    this.#volume?.count(this.direction, bytes);
    let waitMs = 0;
    for (const limiter of this.#limiters) waitMs = Math.max(waitMs, limiter.reserve(bytes));
    return waitMs > 0 ? waitFor(waitMs, signal?.()) : undefined;
  }

  /** Takes back what was let pass and did not. */
  giveBack(bytes: number): void {
    if (bytes === 0) return;
    this.#volume?.count(this.direction, -bytes);
    for (const limiter of this.#limiters) limiter.giveBack(bytes);
  }
}

async function waitFor(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(waitMs, undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    throw toWherryError(thrown, 'go on with the transfer');
  }
}
