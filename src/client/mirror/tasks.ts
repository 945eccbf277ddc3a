import { WherryError } from '#core/errors.ts';

/**
 * Works off a list that grows while it is worked off, several rows at a time. The first failure stops it, once what
 * is under way has ended.
 *
 * @throws whatever `run` has thrown first
 */
export async function workOff<Row>(
  rows: Row[],
  options: {
    readonly parallel: number;
    readonly signal?: AbortSignal | undefined;
    /** Take rows from the end, which costs nothing however many there are (default: from the front). */
    readonly last?: boolean;
  },
  run: (row: Row) => Promise<void>,
): Promise<void> {
  let failure: { readonly thrown: unknown } | null = null;
  let idle: (() => void)[] = [];
  let running = 0;
  const wake = (): void => {
    const waiting = idle;
    idle = [];
    for (const resolve of waiting) resolve();
  };
  const work = async (): Promise<void> => {
    while (failure === null) {
      const row = options.last === true ? rows.pop() : rows.shift();
      if (row === undefined) {
        if (running === 0) return;
        // Others may still add rows.
        await new Promise<void>((resolve) => idle.push(resolve));
        continue;
      }
      running += 1;
      try {
        if (options.signal?.aborted === true) throw new WherryError('aborted', 'It was stopped');
        await run(row);
      } catch (thrown) {
        failure ??= { thrown };
      } finally {
        running -= 1;
        wake();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.parallel) }, work));
  const found = failure as { readonly thrown: unknown } | null;
  if (found !== null) throw found.thrown;
}
