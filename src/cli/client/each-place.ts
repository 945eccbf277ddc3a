import type { RemoteConnection } from '#client/index.ts';
import type { ClientWork } from './client-command.ts';
import { exitCodeOfAll } from './exit-code-of.ts';

/** What was done, for `--json`, and in words for `--verbose`. */
export interface Done {
  readonly event: 'done';
  readonly path: string;
}

/**
 * Does the same with each of several places. A failure is told and does not keep the others from their turn.
 *
 * @returns the exit code
 */
export async function eachPlace(
  { open, report, signal }: ClientWork,
  words: readonly string[],
  act: (place: RemoteConnection, word: string) => Promise<void>,
): Promise<number> {
  const failures: unknown[] = [];
  let succeeded = 0;
  for (const word of words) {
    if (signal.aborted) break;
    try {
      const place = await open(word);
      await act(place, word);
      succeeded += 1;
      if (report.json) report.line(JSON.stringify({ event: 'done', path: place.directory }));
    } catch (thrown) {
      failures.push(thrown);
      report.failure(thrown, word);
    }
  }
  return signal.aborted ? 130 : exitCodeOfAll(failures, succeeded);
}
