import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { MirrorSide } from '#client/index.ts';

/** Writers seldom write once: what follows within this belongs to the same change. */
const settleMs = 300;
/** No server tells of changes by itself: it is asked this often. */
const pollMs = 10_000;

/** Hears of changes in a directory from when it is made. */
export interface Changes {
  /** Settles when something has changed, also before this was called; also when the signal stops it. */
  next(): Promise<void>;
}

/** Watches a directory of this machine; a remote one is taken to change from time to time. */
export function changesOf(side: MirrorSide, signal: AbortSignal): Changes {
  if (typeof side !== 'string') return { next: () => pause(pollMs, signal) };
  const changed = Promise.withResolvers<void>();
  const stop = (): void => changed.resolve();
  const watcher = watch(side, { recursive: true, signal });
  watcher.on('change', stop);
  // A directory that vanishes is heard of by the next mirror.
  watcher.on('error', stop);
  signal.addEventListener('abort', stop, { once: true });
  return {
    next: async () => {
      await changed.promise;
      await pause(settleMs, signal);
      watcher.close();
      signal.removeEventListener('abort', stop);
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Being stopped is no error here; whoever waits looks at the signal.
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
