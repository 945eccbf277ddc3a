import { nameOfSide } from '../mirror/mirror.ts';
import { defaultParallel } from '../mirror/defaults.ts';
import type { MirrorSide, RunOptions } from '../mirror/options.ts';
import { openSide, requireOutside, type OpenSide } from '../mirror/sides.ts';
import { baseFileOf, readBase, writeBase, type Base } from './base.ts';
import type { SyncAction, SyncOptions, SyncResult, SyncTotals } from './options.ts';
import { compareSides, type PlannedSync } from './plan.ts';
import { SyncRun } from './run.ts';

/**
 * Finds out what has to be done so that two directories hold the same, by what changed at each since the last time.
 * What changed at both is a conflict, which is told of and left alone. The first time nothing is removed.
 *
 * @throws WherryError when a side cannot be reached or a directory cannot be listed
 */
export async function planSync(a: MirrorSide, b: MirrorSide, options: SyncOptions = {}): Promise<SyncPlan> {
  const connect = {
    connections: options.parallel ?? defaultParallel,
    signal: options.signal,
    ...options.connect,
  };
  const names = [nameOfSide(a), nameOfSide(b)] as const;
  const baseFile = options.baseFile === undefined ? baseFileOf(...names) : options.baseFile;
  requireOutside(a, b);
  requireOutside(b, a);
  const one = await openSide(a, { connect, makeMissing: false });
  try {
    const other = await openSide(b, { connect, makeMissing: false });
    try {
      const sides = { a: one, b: other };
      const planned = await compareSides(sides, await readBase(baseFile), options);
      return new SyncPlan({ ...sides, names, baseFile }, planned, options);
    } catch (error) {
      await other.close();
      throw error;
    }
  } catch (error) {
    await one.close();
    throw error;
  }
}

interface PlanSides {
  readonly a: OpenSide;
  readonly b: OpenSide;
  readonly names: readonly [string, string];
  readonly baseFile: string | null;
}

/** What a synchronisation is going to do. As JSON it holds the steps. */
export class SyncPlan implements AsyncDisposable {
  readonly actions: readonly SyncAction[];
  readonly totals: SyncTotals;
  readonly #sides: PlanSides;
  readonly #planned: PlannedSync;
  readonly #options: SyncOptions;

  /** See {@link planSync}. */
  constructor(sides: PlanSides, planned: PlannedSync, options: SyncOptions) {
    this.#sides = sides;
    this.#planned = planned;
    this.#options = options;
    this.actions = planned.actions;
    this.totals = planned.totals;
  }

  /** What both sides have in common before anything is done, for whoever carries the steps out by himself. */
  get settled(): Base {
    return this.#planned.settled;
  }

  /**
   * Does it, and writes down what both sides are now, also when it breaks off.
   *
   * @throws WherryError what ended it before its time
   */
  async run(options: RunOptions = {}): Promise<SyncResult> {
    const run = new SyncRun(this.#sides, this.#planned.settled, { ...options, plan: this.#options });
    try {
      return await run.all(this.actions);
    } finally {
      const { baseFile } = this.#sides;
      if (baseFile !== null) await writeBase(baseFile, run.base);
      await this.close();
    }
  }

  toJSON(): object {
    const [a, b] = this.#sides.names;
    return { a, b, totals: this.totals, actions: this.actions };
  }

  /** Closes the connections that the plan has opened. Safe to call twice. */
  async close(): Promise<void> {
    await this.#sides.a.close();
    await this.#sides.b.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
