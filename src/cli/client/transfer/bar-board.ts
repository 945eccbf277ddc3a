import { MultiBar, type SingleBar } from 'cli-progress';
import type { TransferProgress } from '#client/copy/progress.ts';
import { byteText, clockText } from '../output/quantities.ts';
import type { Reporter } from '../output/reporter.ts';
import { visibleText } from '../output/visible-text.ts';
import { summaryText } from './summary-text.ts';
import { type TransferBoard, type TransferLine, Tally } from './board.ts';

/** Redrawn this often a second: as often as an eye follows numbers. */
const framesPerSecond = 10;
/** Columns of a name; longer ones keep their end, where files differ. */
const nameColumns = 28;

const format = '{name} {bar} {percent} {amount} {rate} {left}';

/** A bar for each file under way, and one for the whole. */
export class BarBoard implements TransferBoard {
  readonly #report: Reporter;
  readonly #tally = new Tally();
  readonly #bars: MultiBar;
  /** Drawn with the first file, so that nothing is while questions of the login are asked. */
  #whole: SingleBar | null = null;
  readonly #progress = new Map<SingleBar, TransferProgress>();
  #known = 0;
  #finished = 0;

  constructor(report: Reporter) {
    this.#report = report;
    this.#bars = new MultiBar({
      stream: process.stderr,
      format,
      fps: framesPerSecond,
      barsize: 20,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
      autopadding: true,
    });
  }

  start(path: string, total: number | null): TransferLine {
    this.#whole ??= this.#bars.create(1, 0, payload('all', null));
    const name = shortName(visibleText(path));
    const bar = this.#bars.create(Math.max(1, total ?? 1), 0, payload(name, null));
    this.#known += total ?? 0;
    let announced = total ?? 0;
    const remove = (): void => {
      this.#progress.delete(bar);
      this.#bars.remove(bar);
    };
    return {
      progress: (progress) => {
        if (progress.total !== null && progress.total !== announced) {
          this.#known += progress.total - announced;
          announced = progress.total;
          bar.setTotal(Math.max(1, announced));
        }
        bar.update(progress.bytes, payload(name, progress));
        this.#progress.set(bar, progress);
        this.#updateWhole();
      },
      done: (result) => {
        this.#tally.add(result);
        this.#finished += result.bytes;
        remove();
        this.#updateWhole();
      },
      failed: (thrown) => {
        this.#tally.failed += 1;
        // Above the bars, which are drawn again below it when one of them goes.
        this.#bars.log(`${this.#report.failureText(thrown, path)}\n`);
        remove();
      },
      skipped: () => {
        this.#tally.skipped += 1;
        this.#known -= announced;
        remove();
      },
    };
  }

  end(): void {
    this.#bars.stop();
    this.#report.note(summaryText(this.#tally));
  }

  #updateWhole(): void {
    let bytes = this.#finished;
    let bytesPerSecond = 0;
    for (const each of this.#progress.values()) {
      bytes += each.bytes;
      bytesPerSecond += each.bytesPerSecond;
    }
    const total = Math.max(this.#known, bytes);
    const secondsLeft = bytesPerSecond > 0 ? (total - bytes) / bytesPerSecond : null;
    this.#whole?.setTotal(Math.max(1, total));
    this.#whole?.update(bytes, payload('all', { bytes, total, bytesPerSecond, secondsLeft }));
  }
}

function payload(name: string, progress: TransferProgress | null): object {
  const { bytes = 0, total = null, bytesPerSecond = 0, secondsLeft = null } = progress ?? {};
  return {
    name: name.padEnd(nameColumns),
    percent: (total === null || total === 0 ? '' : `${Math.floor((100 * bytes) / total)}%`).padStart(4),
    amount: byteText(bytes).padStart(8),
    rate: (bytesPerSecond > 0 ? `${byteText(bytesPerSecond)}/s` : '').padStart(10),
    left: (secondsLeft === null ? '' : clockText(secondsLeft)).padStart(7),
  };
}

/** Of an address the name of the file alone. */
function shortName(given: string): string {
  const path = given.replace(/^[a-z][a-z0-9+.-]*:\/\/.*\/(?=[^/])/iu, '');
  return path.length <= nameColumns ? path : `…${path.slice(1 - nameColumns)}`;
}
