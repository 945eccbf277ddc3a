import type { TransferProgress } from '#client/copy/progress.ts';
import type { Reporter } from '../output/reporter.ts';
import { type TransferBoard, type TransferLine, Tally } from './board.ts';

/** Every step as a line of JSON. */
export class JsonBoard implements TransferBoard {
  readonly #report: Reporter;
  readonly #tally = new Tally();

  constructor(report: Reporter) {
    this.#report = report;
  }

  start(path: string, total: number | null): TransferLine {
    const say = (event: string, more: object): void => {
      this.#report.line(JSON.stringify({ event, path, ...more }));
    };
    return {
      progress: (progress) => {
        say('progress', progressFields(progress, total));
      },
      done: (result) => {
        this.#tally.add(result);
        const { bytes, movedBytes, durationMs, details } = result;
        say('done', {
          bytes,
          total: bytes,
          bytesPerSecond: durationMs > 0 ? Math.round((movedBytes * 1000) / durationMs) : null,
          movedBytes,
          seconds: durationMs / 1000,
          ...details,
        });
      },
      failed: (thrown) => {
        this.#tally.failed += 1;
        this.#report.failure(thrown, path);
      },
      skipped: (reason) => {
        this.#tally.skipped += 1;
        say('skipped', { bytes: 0, total, reason });
      },
    };
  }

  end(): void {
    const { transferred, failed, skipped, bytes, seconds } = this.#tally;
    this.#report.line(
      JSON.stringify({
        event: 'summary',
        transferred,
        failed,
        skipped,
        path: null,
        bytes,
        total: bytes,
        seconds,
        bytesPerSecond: seconds > 0 ? Math.round(bytes / seconds) : null,
      }),
    );
  }
}

function progressFields(
  { bytes, total, bytesPerSecond, secondsLeft }: TransferProgress,
  known: number | null,
): object {
  return { bytes, total: total ?? known, bytesPerSecond: Math.round(bytesPerSecond), secondsLeft };
}
