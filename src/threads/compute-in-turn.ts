import { parentPort } from 'node:worker_threads';
import type { Numbered } from './computing-thread.ts';
import { yieldToTransfers } from './yield-to-transfers.ts';

/** Share of its time that a work may wait for a processor before it counts as in somebody's way. */
const tolerableWait = 0.05;
/** How long a turn is, work and rest, of the time that the work had a processor: so it has a twelfth of one at most. */
const turnShare = 12;
/** The longest rest: somebody waits for the next. A hundred hashes of 50 ms each are so done within half a minute. */
const longestRestMs = 250;

/** What a thread does: it must not throw. */
export type Computation<Request extends object, Answer extends object> = (request: Request) => Answer;

/**
 * Makes the calling thread the one that a `ComputingThread` asks: it computes one request after the other, at a low
 * priority. A priority alone is not enough. Where threads that often sleep share a processor with one that never does,
 * they lose far more than the time it gets, whatever its policy (SCHED_IDLE included). So a work that had to wait for a
 * processor is followed by a rest, after its answer has gone out: one that comes alone is never held up. With
 * processors to spare there is none.
 */
export function computeInTurn(compute: Computation<never, object>): void {
  yieldToTransfers();
  const bed = new Int32Array(new SharedArrayBuffer(4));
  parentPort?.on('message', ({ id, ...request }: Numbered<object>) => {
    const startedAtMs = performance.now();
    const used = process.threadCpuUsage();
    const answer: Numbered<object> = { id, ...compute(request as never) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(answer);
    const { user, system } = process.threadCpuUsage(used);
    const tookMs = performance.now() - startedAtMs;
    const restMs = restAfter(tookMs, (user + system) / 1000);
    if (restMs > 0) Atomics.wait(bed, 0, 0, restMs);
  });
}

/**
 * How long a thread rests after a work. Time in which the work itself waited for a processor took nothing from anybody,
 * and counts as rest.
 *
 * @param tookMs how long it took by the clock
 * @param computedMs how much of that it was on a processor
 */
export function restAfter(tookMs: number, computedMs: number): number {
  if (tookMs - computedMs <= tookMs * tolerableWait) return 0;
  return Math.min(Math.max(computedMs * turnShare - tookMs, 0), longestRestMs);
}
