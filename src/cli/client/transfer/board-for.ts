import type { Reporter } from '../output/reporter.ts';
import type { TransferBoard } from './board.ts';
import { JsonBoard } from './json-board.ts';
import { PlainBoard } from './plain-board.ts';

/** Lines of JSON, bars on a terminal, or a line a file. */
export async function boardFor(report: Reporter): Promise<TransferBoard> {
  if (report.json) return new JsonBoard(report);
  if (!report.bars) return new PlainBoard(report);
  // Not there until it is wanted: what draws takes longer to load than most of what a short command needs.
  const { BarBoard } = await import('./bar-board.ts');
  return new BarBoard(report);
}
