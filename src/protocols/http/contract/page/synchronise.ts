import type { Failure, Place, StreamEnd } from './common.ts';
import type { EntryRecord } from './files.ts';

/**
 * `mirror` makes the right side what the left is. `both` carries what was added, changed or removed on one side since
 * the last time to the other; what both have changed is a conflict. `compare` only tells, also what is equal.
 */
export type PlanKind = 'mirror' | 'both' | 'compare';

/** What makes two files the same. */
export type CompareCriterion = 'size' | 'time' | 'checksum';

export interface PlanRequest {
  readonly kind: PlanKind;
  readonly left: Place;
  readonly right: Place;
  readonly compare: readonly CompareCriterion[];
  /** Times this near count as equal, beside what the coarser side's precision allows. */
  readonly timeToleranceMs: number;
  readonly delete: boolean;
  readonly onlyNewer: boolean;
  /** Globs against paths below the two places; a later one wins. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** `conflict`: both sides changed; nothing is done unless the page says which side wins. */
export type PlanAction =
  | 'copy-right'
  | 'copy-left'
  | 'delete-right'
  | 'delete-left'
  | 'make-directory-right'
  | 'make-directory-left'
  | 'equal'
  | 'conflict';

export interface PlanItem {
  readonly id: number;
  /** Relative to both places. */
  readonly path: string;
  readonly action: PlanAction;
  /** Why, in a few words: "newer on the left", "only on the right". */
  readonly reason: string;
  readonly left: EntryRecord | null;
  readonly right: EntryRecord | null;
}

/** What a plan comes to. */
export interface PlanTotals {
  readonly copies: number;
  /** Octets of the copies, as far as their sources tell them. */
  readonly bytes: number;
  readonly directories: number;
  readonly deletions: number;
  readonly conflicts: number;
  readonly equal: number;
  /** Names that are left alone (links out of the tree, names that lead elsewhere), each with its reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

export type PlanLine =
  | { readonly plan: string }
  | { readonly items: readonly PlanItem[] }
  /** Names seen so far, and where; with the totals when everything was. */
  | { readonly visited: number; readonly path: string; readonly totals?: PlanTotals }
  | StreamEnd;

/**
 * A plan that is carried out: directories are made at once, copies go through the queue, and what is deleted goes when
 * every copy has arrived. `failed` ones have deleted nothing; what has failed stays in the queue or in `failures`.
 */
export interface PlanRun {
  readonly plan: string;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** Steps that are done, of all of them. */
  readonly done: number;
  readonly steps: number;
  readonly deleted: number;
  /** The first hundred. */
  readonly failures: readonly { readonly path: string; readonly error: Failure }[];
}

export interface SynchroniseStreams {
  'POST /plans': { body: PlanRequest; line: PlanLine };
}

export interface SynchroniseRoutes {
  /**
   * Puts a plan into the queue; items not named are left out, and an action may be changed for what the page chose. The
   * answer comes when directories are made and copies are queued; how it goes on comes as `plan` messages. A plan runs
   * once: `busy` after that.
   */
  'POST /plans/:plan/run': {
    params: { readonly plan: string };
    body: { readonly items: readonly { readonly id: number; readonly action: PlanAction }[] };
    reply: { readonly transfers: readonly string[] };
  };
  /** How a plan that was begun to be carried out stands; `not-found` for one that was not. */
  'GET /plans/:plan': { params: { readonly plan: string }; reply: PlanRun };
  /** Forgets a plan; of one that is carried out, what has not begun is left out. */
  'DELETE /plans/:plan': { params: { readonly plan: string }; reply: null };
}
