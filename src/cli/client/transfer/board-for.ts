import type { Reporter } from '../output/reporter.ts';
import type { TransferBoard } from './board.ts';
import { JsonBoard } from './json-board.ts';
import { PlainBoard } from './plain-board.ts';

/** Lines of JSON, bars on a terminal, or a line a file. */
export async function boardFor(report: Reporter): Promise<TransferBoard> {
  if (report.json) return new JsonBoard(report);
  if (!report.bars) return new PlainBoard(report);
  // Loaded only where there is a terminal: a script that runs many short commands notices.
  const { BarBoard } = await import('./bar-board.ts');
  return new BarBoard(report);
}
