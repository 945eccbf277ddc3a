import type { Reporter } from '../output/reporter.ts';
import { summaryText } from './summary-text.ts';
import { type TransferBoard, type TransferLine, Tally } from './board.ts';

/** A line for each failure, and one at the end where there was more than one file: for pipes and logs. */
export class PlainBoard implements TransferBoard {
  readonly #report: Reporter;
  readonly #tally = new Tally();

  constructor(report: Reporter) {
    this.#report = report;
  }

  start(path: string): TransferLine {
    return {
      progress: () => undefined,
      done: (result) => {
        this.#tally.add(result);
      },
      failed: (thrown) => {
        this.#tally.failed += 1;
        this.#report.failure(thrown, path);
      },
      skipped: (reason) => {
        this.#tally.skipped += 1;
        this.#report.note(`${path}: skipped, ${reason}`);
      },
    };
  }

  end(): void {
    const { transferred, failed, skipped } = this.#tally;
    if (transferred + failed + skipped > 1) this.#report.note(summaryText(this.#tally));
  }
}
