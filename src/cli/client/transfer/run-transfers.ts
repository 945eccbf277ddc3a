import type { CopyFileOptions, CopyResult } from '#client/index.ts';
import { WherryError } from '#core/errors.ts';
import { ExitCode, UsageError } from '../../exit-codes.ts';
import type { ClientWork } from '../client-command.ts';
import { exitCodeOfAll } from '../exit-code-of.ts';
import { boardFor } from './board-for.ts';

/** One file to be moved. */
export interface TransferTask {
  /** As it is shown: without a password. */
  readonly path: string;
  readonly total: number | null;
  readonly move: (options: CopyFileOptions) => Promise<CopyResult>;
}

/** Stands for a file of which it turned out beforehand that it cannot be moved; the others have their turn. */
export function failedTask(path: string, thrown: unknown): TransferTask {
  return { path, total: null, move: () => Promise.reject(thrown) };
}

/**
 * Moves files one after the other. A failure is told and does not keep the others from their turn.
 *
 * @param tasks what is to be moved, found while others move already; what it throws ends the command
 * @returns the exit code
 */
export async function runTransfers(
  { report, signal }: ClientWork,
  tasks: AsyncIterable<TransferTask>,
  options: CopyFileOptions,
): Promise<number> {
  const board = await boardFor(report);
  const failures: unknown[] = [];
  let succeeded = 0;
  try {
    for await (const { path, total, move } of withoutLosing(tasks, (thrown) => {
      failures.push(thrown);
      report.failure(thrown);
    })) {
      const line = board.start(path, total);
      try {
        const result = await move({
          ...options,
          signal,
          onProgress: (progress) => line.progress(progress),
          onRetry: ({ error }) => report.note(`${path}: ${error.message}; trying again`),
        });
        line.done({ ...result, details: detailsOf(result) });
        succeeded += 1;
      } catch (thrown) {
        if (options.overwrite === false && thrown instanceof WherryError && thrown.code === 'exists') {
          line.skipped('it is there already');
          succeeded += 1;
          continue;
        }
        failures.push(thrown);
        line.failed(thrown);
      }
      if (signal.aborted) break;
    }
  } finally {
    board.end();
  }
  return signal.aborted ? ExitCode.interrupted : exitCodeOfAll(failures, succeeded);
}

/** Passes tasks on; an error of their source is told and ends them, words that make no sense end the command. */
async function* withoutLosing<T>(
  source: AsyncIterable<T>,
  tell: (thrown: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    tell(thrown);
  }
}

function detailsOf({ verification, attempts, atServer }: CopyResult): object {
  const { algorithm, digest } =
    verification.by === 'checksum' ? verification : { algorithm: 'size', digest: null };
  return { verified: algorithm, digest, attempts, atServer };
}
