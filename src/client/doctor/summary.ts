import type { Finding } from './finding.ts';

/** What an examination came to. */
export interface Summary {
  /** The check of the finding that counts most; null when nothing is wrong. */
  readonly check: string | null;
  readonly verdict: 'ok' | 'warning' | 'problem';
  /** The most likely cause and its remedy, in whole sentences. */
  readonly text: string;
}

type Findings = ReadonlyMap<string, Finding>;

function failed(findings: Findings, id: string): boolean {
  return findings.get(id)?.verdict === 'problem';
}

function works(findings: Findings, id: string): boolean {
  const verdict = findings.get(id)?.verdict;
  return verdict === 'ok' || verdict === 'warning';
}

/** What several findings say together, which none of them says alone; the first row that fits counts. */
const patterns: readonly {
  readonly applies: (findings: Findings) => boolean;
  readonly words: string;
  /** The check whose cause and remedy are told. */
  readonly check: string;
}[] = [
  {
    applies: (findings) =>
      works(findings, 'active') &&
      failed(findings, 'epsv') &&
      (failed(findings, 'pasv') || !works(findings, 'pasv')),
    words: 'Active mode works and passive mode does not',
    check: 'epsv',
  },
  {
    applies: (findings) =>
      !works(findings, 'epsv') &&
      !works(findings, 'pasv') &&
      failed(findings, 'epsv') &&
      failed(findings, 'listing'),
    words: 'The login works and the listing hangs or fails',
    check: 'epsv',
  },
  {
    applies: (findings) => failed(findings, 'active') && works(findings, 'epsv') && noOtherProblem(findings),
    words: 'Passive mode works and active mode does not',
    check: 'active',
  },
];

/** Passive mode is what everybody uses, so that a failing active mode is told only when there is nothing else. */
function noOtherProblem(findings: Findings): boolean {
  return [...findings.values()].every(({ check, verdict }) => verdict !== 'problem' || check === 'active');
}

/** Names the most likely cause first: the earliest problem, unless several findings together say more. */
export function summarise(list: readonly Finding[]): Summary {
  const findings = new Map(list.map((finding) => [finding.check, finding]));
  const pattern = patterns.find(({ applies }) => applies(findings));
  const problem =
    findings.get(pattern?.check ?? '') ??
    list.find(({ verdict, check }) => verdict === 'problem' && check !== 'active') ??
    list.find(({ verdict }) => verdict === 'problem');
  if (problem !== undefined) {
    const { check, title, cause, remedy } = problem;
    const words = pattern?.words ?? `The trouble is with the ${title}`;
    return { check, verdict: 'problem', text: `${words}: ${cause ?? ''}. ${sentence(remedy ?? '')}` };
  }
  const warned = list.find(({ verdict }) => verdict === 'warning');
  if (warned === undefined) return { check: null, verdict: 'ok', text: 'Nothing is wrong.' };
  const count = list.filter(({ verdict }) => verdict === 'warning').length;
  return {
    check: warned.check,
    verdict: 'warning',
    text: `It works. ${count === 1 ? 'One thing is' : `${count} things are`} worth a look, first the ${warned.title}: ${warned.cause ?? ''}. ${sentence(warned.remedy ?? '')}`,
  };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun.endsWith('.') ? begun : `${begun}.`;
}
