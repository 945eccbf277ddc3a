import type { MirrorEvent } from '#client/index.ts';
import type { TransferBoard, TransferLine } from './board.ts';

/** A file that is going to be moved, and its size where that is known. */
interface PlannedFile {
  readonly path: string;
  readonly bytes: number | null;
}

/** Shows the events of a mirror on a board. */
export class BoardListener {
  readonly #board: TransferBoard;
  readonly #lines = new Map<string, { readonly line: TransferLine; readonly startedAtMs: number }>();
  readonly #totals: ReadonlyMap<string, number | null>;

  constructor(board: TransferBoard, files: readonly PlannedFile[]) {
    this.#board = board;
    this.#totals = new Map(files.map(({ path, bytes }) => [path, bytes]));
  }

  hear(event: MirrorEvent): void {
    const { line, startedAtMs } = this.#lineOf(event.path);
    switch (event.event) {
      case 'progress':
        line.progress(event);
        return;
      case 'done': {
        const { bytes, kind } = event;
        const durationMs = performance.now() - startedAtMs;
        line.done({ bytes, movedBytes: bytes, durationMs, isFile: kind === 'copy-file', details: { kind } });
        break;
      }
      case 'failed':
        line.failed(event.error);
        break;
      case 'skipped':
        line.skipped(event.why);
        break;
    }
    this.#lines.delete(event.path);
  }

  #lineOf(path: string): { readonly line: TransferLine; readonly startedAtMs: number } {
    const known = this.#lines.get(path);
    if (known !== undefined) return known;
    const fresh = {
      line: this.#board.start(path, this.#totals.get(path) ?? null),
      startedAtMs: performance.now(),
    };
    this.#lines.set(path, fresh);
    return fresh;
  }
}
