import type { Finding } from '#client/doctor/finding.ts';
import { visibleText } from '../output/visible-text.ts';

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' } as const;

const sides = {
  here: 'this machine',
  network: 'the network between',
  server: 'the server',
  account: 'the account',
} as const;

/** The lines that tell people of a finding. */
export function findingLines({ verdict, title, seen, side, cause, remedy }: Finding): readonly string[] {
  const indent = ' '.repeat(marks[verdict].length + 1);
  return [
    `${marks[verdict]} ${title}: ${seen}`,
    ...(cause === null ? [] : [`${indent}why (${side === null ? 'unknown' : sides[side]}): ${cause}`]),
    ...(remedy === null ? [] : [`${indent}what to do: ${remedy}`]),
  ].map(visibleText);
}

/** The checks that were not tried, in one line for each reason. */
export function skippedLines(findings: readonly Finding[]): readonly string[] {
  const titles = Map.groupBy(
    findings.filter(({ verdict }) => verdict === 'skipped'),
    ({ seen }) => seen,
  );
  return [...titles].map(([reason, skipped]) =>
    visibleText(`${marks.skipped} ${skipped.map(({ title }) => title).join(', ')}: ${reason}`),
  );
}
