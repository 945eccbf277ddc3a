import type { GradeRecord } from '#protocols/http/contract/admin/records.ts';

/** One thing that the server has found in its configuration. */
export interface Finding {
  readonly weight: 'good' | 'better' | 'bad';
  readonly text: string;
  readonly remedy?: string;
}

const weights: Readonly<Record<GradeRecord['findings'][number]['risk'], Finding['weight']>> = {
  high: 'bad',
  medium: 'better',
  low: 'better',
};

/** What the server says of its configuration, in the words of the page. */
export function findingsOf({ findings }: GradeRecord): readonly Finding[] {
  if (findings.length === 0) return [{ weight: 'good', text: 'Nothing in the configuration is risky.' }];
  return findings.map(({ risk, reason, cure }) => ({
    weight: weights[risk],
    text: `${reason}.`,
    remedy: cure,
  }));
}
