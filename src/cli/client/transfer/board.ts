import type { TransferProgress } from '#client/copy/progress.ts';

/** What became of one file. */
export interface DoneFacts {
  /** Octets of the file. */
  readonly bytes: number;
  /** Octets that were moved: fewer where an earlier transfer was gone on with. */
  readonly movedBytes: number;
  readonly durationMs: number;
  /** False for directories, links and removals, which no sum of files counts (default true). */
  readonly isFile?: boolean;
  /** What JSON tells beside. */
  readonly details: object;
}

/** One file on its way, as those who watch hear of it. Exactly one of the last three ends it. */
export interface TransferLine {
  progress(progress: TransferProgress): void;
  done(facts: DoneFacts): void;
  failed(thrown: unknown): void;
  skipped(reason: string): void;
}

/** Shows how the files of a command get on. */
export interface TransferBoard {
  /** @param total octets, where known */
  start(path: string, total: number | null): TransferLine;
  /** Tells the sum of all and ends. */
  end(): void;
}

/** What has become of all files of a command. */
export class Tally {
  readonly #startedAt = performance.now();
  transferred = 0;
  failed = 0;
  skipped = 0;
  bytes = 0;

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  add({ movedBytes, isFile = true }: DoneFacts): void {
    if (isFile) this.transferred += 1;
    this.bytes += movedBytes;
  }
}
