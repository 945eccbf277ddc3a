import type { StreamProgress } from '../datagram-contract.ts';

/** Numbers that the addon fills in for a look at a stream. */
export const progressNumbers = 5;
/** Which of them tells, of blocks that are received, whether the last one has come. */
export const endedPlace = 4;

/** What the addon has filled in: answers, quiet milliseconds, a round trip or -1, and whether one is waited for. */
export function progressOf(numbers: Float64Array): StreamProgress {
  const [answers = 0, quietMs = 0, roundTripMs = -1, inFlight = 0] = numbers;
  return { answers, quietMs, roundTripMs: roundTripMs < 0 ? null : roundTripMs, inFlight: inFlight > 0 };
}
