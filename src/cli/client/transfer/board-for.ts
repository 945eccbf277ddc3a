import type { Reporter } from '../output/reporter.ts';
import { BarBoard } from './bar-board.ts';
import type { TransferBoard } from './board.ts';
import { JsonBoard } from './json-board.ts';
import { PlainBoard } from './plain-board.ts';

/** Lines of JSON, bars on a terminal, or a line a file. */
export function boardFor(report: Reporter): TransferBoard {
  if (report.json) return new JsonBoard(report);
  return report.bars ? new BarBoard(report) : new PlainBoard(report);
}
