/** How often is looked at most rarely, so that a long limit is kept to the half minute. */
const longestCheckMs = 30_000;

/**
 * Ends what was idle for too long.
 *
 * @param limitMs how long it may be, which may change; 0 for as long as it likes
 * @param idleMs how long it has been idle now
 * @returns ends the watching
 */
export function watchIdle(limitMs: () => number, idleMs: () => number, onIdle: () => void): () => void {
  let timer: NodeJS.Timeout;
  const check = (): void => {
    const limit = limitMs();
    if (limit > 0 && idleMs() >= limit) {
      onIdle();
      return;
    }
    timer = setTimeout(check, limit > 0 ? Math.min(longestCheckMs, limit / 4) : longestCheckMs).unref();
  };
  check();
  return () => {
    clearTimeout(timer);
  };
}
