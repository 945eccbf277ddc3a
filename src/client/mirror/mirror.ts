import { formatAddress, parseAddress, parseSiteAddress } from '../address.ts';
import { defaultParallel } from './defaults.ts';
import type {
  MirrorAction,
  MirrorOptions,
  MirrorResult,
  MirrorSide,
  PlanTotals,
  RunOptions,
} from './options.ts';
import { compareTrees, type PlannedActions } from './plan.ts';
import { runActions } from './run.ts';
import { isMissingHere, openSide, requireDirectory, requireOutside, type OpenSide } from './sides.ts';

/**
 * Finds out what has to be done so that the directory `to` holds what the directory `from` does. Nothing is changed
 * but that a missing local target is made; the plan is data, and done with {@link MirrorPlan.run}.
 *
 * @throws WherryError when a side cannot be reached, a directory cannot be listed, or `to` lies in `from` here
 */
export async function planMirror(
  from: MirrorSide,
  to: MirrorSide,
  options: MirrorOptions = {},
): Promise<MirrorPlan> {
  const connect = {
    connections: options.parallel ?? defaultParallel,
    signal: options.signal,
    ...options.connect,
  };
  requireOutside(from, to);
  const source = await openSide(from, { connect, makeMissing: false });
  try {
    // A source that is not there leaves no empty target behind.
    if (isMissingHere(to)) await requireDirectory(source, options.signal);
    const target = await openSide(to, { connect, makeMissing: true });
    try {
      const planned = await compareTrees(source, target, options);
      return new MirrorPlan(
        { from: source, to: target, names: [nameOfSide(from), nameOfSide(to)] },
        planned,
        options,
      );
    } catch (error) {
      await target.close();
      throw error;
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Plans a mirror and carries the plan out. */
export async function mirror(
  from: MirrorSide,
  to: MirrorSide,
  options: MirrorOptions & RunOptions = {},
): Promise<MirrorResult> {
  await using plan = await planMirror(from, to, options);
  return await plan.run(options);
}

/** A side for people and JSON, without a password. */
export function nameOfSide(side: MirrorSide): string {
  if (typeof side !== 'string' && !(side instanceof URL)) return side.path;
  return typeof side === 'string' && parseSiteAddress(side) !== null
    ? side
    : formatAddress(parseAddress(side));
}

interface PlanSides {
  readonly from: OpenSide;
  readonly to: OpenSide;
  readonly names: readonly [string, string];
}

/** What a mirror is going to do. As JSON it holds the steps with their reasons and sizes. */
export class MirrorPlan implements AsyncDisposable {
  readonly actions: readonly MirrorAction[];
  readonly totals: PlanTotals;
  readonly #sides: PlanSides;
  readonly #options: MirrorOptions;

  /** See {@link planMirror}. */
  constructor(sides: PlanSides, planned: PlannedActions, options: MirrorOptions) {
    this.#sides = sides;
    this.#options = options;
    this.actions = planned.actions;
    this.totals = planned.totals;
  }

  /** Whether both sides are the same already. */
  get isEmpty(): boolean {
    return this.actions.every(({ kind }) => kind === 'skip');
  }

  /**
   * Does it. A file that fails is told of and the rest goes on; what fails for good (no room, stopped, no login)
   * ends it. Connections that the plan has opened are closed at the end.
   *
   * @throws WherryError what ended it before its time
   */
  async run(options: RunOptions = {}): Promise<MirrorResult> {
    try {
      return await runActions(this.#sides, this.actions, { ...options, plan: this.#options });
    } finally {
      await this.close();
    }
  }

  toJSON(): object {
    const [from, to] = this.#sides.names;
    return { from, to, totals: this.totals, actions: this.actions };
  }

  /** Closes the connections that the plan has opened. Safe to call twice. */
  async close(): Promise<void> {
    await this.#sides.from.close();
    await this.#sides.to.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
