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
