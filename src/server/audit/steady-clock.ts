/**
 * A clock for deciding what is old. One that is put forward while the server runs would make everything old at once,
 * and what is deleted does not come back with the right time; so this one goes on at its own pace. One that is put
 * back is believed: then things are kept for longer.
 *
 * @param wall milliseconds since 1970
 * @param monotonic milliseconds since some moment, which nobody sets
 */
export function steadyClock(
  wall: () => number = () => Date.now(),
  monotonic: () => number = () => performance.now(),
): () => number {
  const begunAt = wall() - monotonic();
  return () => Math.min(wall(), begunAt + monotonic());
}

/** So long does a clock that was far ahead at the start have to be noticed and set. */
const noticedWithinMs = 86_400_000;

/**
 * The same for a clock that may have been far ahead when the server started: for its first day, what is old is judged as
 * if no time had passed since the newest record of the run before. Where the server was only switched off for long, its
 * records are kept for a day more.
 *
 * @param newest when the newest record was written, in milliseconds since 1970; null where there is none
 */
export function cautiousClock(
  newest: number | null,
  steady: () => number = steadyClock(),
  monotonic: () => number = () => performance.now(),
): () => number {
  const begunAt = monotonic();
  return () => {
    const runsMs = monotonic() - begunAt;
    return newest === null || runsMs >= noticedWithinMs ? steady() : Math.min(steady(), newest + runsMs);
  };
}
