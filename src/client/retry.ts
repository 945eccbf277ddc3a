import { setTimeout as delay } from 'node:timers/promises';
import { toWherryError, WherryError } from '#core/errors.ts';
import { defaultRetries } from './options.ts';

/** When what failed is tried again. */
export interface RetryPolicy {
  /** Tries after the first; default 3. Tries that got further than all before them do not count. */
  readonly retries?: number | undefined;
  /** Wait before the first further try, doubled for each one after it; default 500. */
  readonly firstDelayMs?: number | undefined;
  /** Default 30,000. */
  readonly longestDelayMs?: number | undefined;
}

/** A failure that will be tried again. */
export interface RetryNotice {
  readonly error: WherryError;
  /** Tries so far. */
  readonly attempt: number;
  readonly delayMs: number;
}

export interface RetryOptions extends RetryPolicy {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** How far the work has come, in any unit; a try that got further starts the count again. */
  readonly progress?: (() => number) | undefined;
}

const defaultFirstDelayMs = 500;
const defaultLongestDelayMs = 30_000;

/**
 * Runs `action` until it succeeds, fails for good, or has failed too often. Waits longer each time, by a random
 * share, so that many clients of a server that came back do not arrive at once.
 *
 * @throws WherryError the last failure
 */
export async function withRetries<T>(
  options: RetryOptions,
  action: (attempt: number) => Promise<T>,
): Promise<T> {
  const { retries = defaultRetries, signal, progress } = options;
  let furthest = progress?.() ?? 0;
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(attempt);
    } catch (thrown) {
      const error = toWherryError(thrown, 'do it');
      const reached = progress?.() ?? 0;
      counted = reached > furthest ? 1 : counted + 1;
      furthest = Math.max(furthest, reached);
      if (!error.retryable || counted > retries || signal?.aborted === true) throw error;
      const delayMs = delayBefore(counted, options);
      options.onRetry?.({ error, attempt, delayMs });
      await pause(delayMs, signal, error);
    }
  }
}

/** Between half and the whole of the doubled delay. */
function delayBefore(failures: number, policy: RetryPolicy): number {
  const { firstDelayMs = defaultFirstDelayMs, longestDelayMs = defaultLongestDelayMs } = policy;
  const whole = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
  return whole / 2 + (Math.random() * whole) / 2;
}

async function pause(delayMs: number, signal: AbortSignal | undefined, error: WherryError): Promise<void> {
  try {
    await delay(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new WherryError('aborted', 'Stopped while waiting to try again', { cause: error });
  }
}
