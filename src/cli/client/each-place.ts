import type { RemoteConnection } from '#client/index.ts';
import { UsageError } from '../exit-codes.ts';
import type { ClientWork } from './client-command.ts';
import { exitCodeOfAll } from './exit-code-of.ts';

/**
 * Does the same with each of several words. A failure is told and does not keep the others from their turn.
 *
 * @returns the exit code
 */
export async function eachWord(
  { report, signal }: Pick<ClientWork, 'report' | 'signal'>,
  words: readonly string[],
  act: (word: string) => Promise<void>,
): Promise<number> {
  const failures: unknown[] = [];
  let succeeded = 0;
  for (const word of words) {
    if (signal.aborted) break;
    try {
      await act(word);
      succeeded += 1;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      failures.push(thrown);
      report.failure(thrown, word);
    }
  }
  return signal.aborted ? 130 : exitCodeOfAll(failures, succeeded);
}

/** {@link eachWord} for what changes the place of each word; with `--json` every change is told. */
export async function eachPlace(
  work: ClientWork,
  words: readonly string[],
  act: (place: RemoteConnection, word: string) => Promise<void>,
): Promise<number> {
  const { open, report } = work;
  return eachWord(work, words, async (word) => {
    const place = await open(word);
    await act(place, word);
    if (report.json) report.line(JSON.stringify({ event: 'done', path: place.directory }));
  });
}
