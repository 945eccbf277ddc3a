import { byteText, clockText } from '../output/quantities.ts';
import type { Tally } from './board.ts';

/** `12 files, 3.4 GiB in 0:41, 84 MiB/s; 1 failed`. */
export function summaryText({ transferred, failed, skipped, bytes, seconds }: Tally): string {
  const rate = seconds > 0 ? `, ${byteText(bytes / seconds)}/s` : '';
  const files = `${transferred} ${transferred === 1 ? 'file' : 'files'}`;
  const rest = [skipped > 0 ? `${skipped} skipped` : '', failed > 0 ? `${failed} failed` : ''].filter(
    Boolean,
  );
  return [`${files}, ${byteText(bytes)} in ${clockText(seconds)}${rate}`, ...rest].join('; ');
}
