import type { ErrorCode } from '#core/errors.ts';

/** How a check came out. `warning` works, but not for everybody or not as well as it might. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped';

/** Where a trouble lies: at this machine, on the way, at the server, or with the account. */
export type Side = 'here' | 'network' | 'server' | 'account';

/** What came of a check. Every text is a whole sentence or part of one in plain words. */
export interface Outcome {
  readonly verdict: Verdict;
  /** What was observed, the server's own words in quotation marks. */
  readonly seen: string;
  /** Null when nothing is wrong, or when it cannot be told. */
  readonly side: Side | null;
  readonly cause: string | null;
  /** What to do about it, and who has to. */
  readonly remedy: string | null;
  /** The neutral code of a problem, which the exit code of the program follows. */
  readonly code: ErrorCode | null;
}

/** An outcome and the check it is of. */
export interface Finding extends Outcome {
  /** The name of the check in the tables of this room. */
  readonly check: string;
  readonly title: string;
}

/** Why something is as it is and what to do; the part that only warnings and problems have. */
export interface Diagnosis {
  readonly side: Side;
  readonly cause: string;
  readonly remedy: string;
}

const nothingWrong = { side: null, cause: null, remedy: null, code: null } as const;

/** Works. */
export function ok(seen: string): Outcome {
  return { verdict: 'ok', seen, ...nothingWrong };
}

/** Was not tried, and why. */
export function skipped(seen: string): Outcome {
  return { verdict: 'skipped', seen, ...nothingWrong };
}

/** Works here and now. */
export function warning(seen: string, diagnosis: Diagnosis): Outcome {
  return { verdict: 'warning', seen, ...diagnosis, code: null };
}

/** Does not work. */
export function problem(code: ErrorCode, seen: string, diagnosis: Diagnosis): Outcome {
  return { verdict: 'problem', seen, ...diagnosis, code };
}
