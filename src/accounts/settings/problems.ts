import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';

/** One thing that is wrong with what was given. */
export interface Problem {
  /** The place in what was given, as `rules[2].path`. */
  readonly field: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** As many as somebody reads; a list made by a program may have any number. */
const maximumProblems = 100;
const maximumShownLength = 80;

/** Collects what is wrong, so that all of it is told at once. */
export class Problems {
  readonly #found: Problem[] = [];

  add(field: string, message: string): void {
    if (this.#found.length < maximumProblems) this.#found.push({ field, message });
  }

  /** Does what may throw a {@link WherryError}, and takes down what it said; null then. */
  attempt<T>(field: string, work: () => T): T | null {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof WherryError)) throw thrown;
      this.add(field, thrown.message);
      return null;
    }
  }

  /** @throws WherryError `invalid-argument` that tells every problem, when there are any */
  throwIfAny(action: string): void {
    if (this.#found.length === 0) return;
    const told = this.#found.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
    throw new WherryError('invalid-argument', `Cannot ${action}: ${told.join('; ')}`, {
      cause: new ProblemList(this.#found),
    });
  }
}

class ProblemList extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('what was given is not valid');
    this.problems = problems;
  }
}

/** The single problems that an error of this room tells of; none for any other error. */
export function problemsOf(thrown: unknown): readonly Problem[] {
  return thrown instanceof WherryError && thrown.cause instanceof ProblemList ? thrown.cause.problems : [];
}

/** What somebody gave, in a form that can be shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value);
  }
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
  const short = value.length > maximumShownLength ? `${value.slice(0, maximumShownLength)}…` : value;
  return `"${printableName(short)}"`;
}
