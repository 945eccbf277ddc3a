import type { Glob, PathNames } from './glob.ts';

/** A pattern, and the place of its rule among those that say something of a right. */
export interface Trial {
  readonly place: number;
  readonly glob: Glob;
}

/**
 * The patterns of many rules, kept so that a path is tried against few of them: one that holds a name for certain waits
 * under that name, and only the others are tried for every path.
 */
export class Trials {
  readonly #always: Trial[] = [];
  readonly #byName = new Map<string, Trial[]>();

  /** @param trials in the order of their places */
  constructor(trials: readonly Trial[]) {
    for (const trial of trials) {
      const { certainName } = trial.glob;
      if (certainName === null) {
        this.#always.push(trial);
        continue;
      }
      const known = this.#byName.get(certainName);
      if (known === undefined) this.#byName.set(certainName, [trial]);
      else known.push(trial);
    }
  }

  /** The first place before `before` whose pattern fits; `before` when none does. */
  firstFit(path: PathNames, before: number): number {
    let first = firstOf(this.#always, path, before);
    if (this.#byName.size === 0) return first;
    for (const name of path.names) {
      const trials = this.#byName.get(name);
      if (trials !== undefined) first = firstOf(trials, path, first);
    }
    return first;
  }
}

function firstOf(trials: readonly Trial[], path: PathNames, before: number): number {
  const depth = path.names.length;
  for (const { place, glob } of trials) {
    if (place >= before) return before;
    if ((glob.depth === null || glob.depth === depth) && glob.fits(path)) return place;
  }
  return before;
}
