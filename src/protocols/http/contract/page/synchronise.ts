import type { Place, StreamEnd } from './common.ts';
import type { EntryRecord } from './files.ts';

/** `mirror` makes the right side what the left is; `both` carries newer files either way; `compare` only tells. */
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

export type PlanLine =
  | { readonly plan: string }
  | { readonly items: readonly PlanItem[] }
  | { readonly visited: number; readonly path: string }
  | StreamEnd;

export interface SynchroniseStreams {
  'POST /plans': { body: PlanRequest; line: PlanLine };
}

export interface SynchroniseRoutes {
  /** Puts a plan into the queue; items not named are left out, and an action may be changed for what the page chose. */
  'POST /plans/:plan/run': {
    params: { readonly plan: string };
    body: { readonly items: readonly { readonly id: number; readonly action: PlanAction }[] };
    reply: { readonly transfers: readonly string[] };
  };
  'DELETE /plans/:plan': { params: { readonly plan: string }; reply: null };
}
