import type { Finding } from '#client/doctor/finding.ts';
import type { Summary } from '#client/doctor/summary.ts';
import { WherryError } from '#core/errors.ts';
import { ExitCode } from '../../exit-codes.ts';
import { exitCodeOf } from '../exit-code-of.ts';

/** The exit code by the finding that the summary names; 0 when nothing is broken. */
export function exitCodeOfFindings(findings: readonly Finding[], { verdict, check }: Summary): number {
  if (verdict !== 'problem') return ExitCode.done;
  const code = findings.find((finding) => finding.check === check)?.code;
  return code === undefined || code === null ? ExitCode.someFailed : exitCodeOf(new WherryError(code, ''));
}
