import type { Entry } from '#core/entry.ts';
import { timeApart } from '../mirror/compare.ts';
import type { BaseRow } from './base.ts';
import type { Conflict, Side } from './options.ts';

/** What is to be done with one name. */
export type Decision =
  | { readonly do: 'nothing' }
  /** Both sides are the same, though the base knows nothing of it. */
  | { readonly do: 'remember' }
  /** Both sides changed it and look the same: only their content tells. */
  | { readonly do: 'compare' }
  /** Neither side has it any more. */
  | { readonly do: 'forget' }
  | { readonly do: 'copy'; readonly from: Side; readonly reason: 'new' | 'changed' }
  | { readonly do: 'remove'; readonly at: Side }
  | { readonly do: 'conflict'; readonly conflict: Conflict };

/** What is known of one name. */
export interface Known {
  readonly a: Entry | undefined;
  readonly b: Entry | undefined;
  readonly base: BaseRow | undefined;
  /** Whether there is a past at all: without one nothing that is missing counts as removed. */
  readonly hasPast: boolean;
}

/** Decides about a name that is a file on at least one side, and a file or nothing on the other. */
export function decideFile({ a, b, base, hasPast }: Known): Decision {
  if (a === undefined && b === undefined) return { do: 'forget' };
  if (a !== undefined && b !== undefined) return decideBoth(a, b, base);
  const side: Side = a === undefined ? 'b' : 'a';
  const entry = a ?? b;
  if (base?.type !== 'file' || !hasPast || entry === undefined)
    return { do: 'copy', from: side, reason: 'new' };
  // It was on both sides, and one has removed it.
  if (isChanged(entry, base, side)) return { do: 'conflict', conflict: 'changed-and-removed' };
  return { do: 'remove', at: side };
}

function decideBoth(a: Entry, b: Entry, base: BaseRow | undefined): Decision {
  if (base?.type === 'file') {
    const changedA = isChanged(a, base, 'a');
    const changedB = isChanged(b, base, 'b');
    if (!changedA && !changedB) return { do: 'nothing' };
    if (!changedB) return { do: 'copy', from: 'a', reason: 'changed' };
    if (!changedA) return { do: 'copy', from: 'b', reason: 'changed' };
    return looksSame(a, b) ? { do: 'compare' } : { do: 'conflict', conflict: 'both-changed' };
  }
  return looksSame(a, b) ? { do: 'remember' } : { do: 'conflict', conflict: 'unknown-past' };
}

/** Same size and, as far as both tell, same time: made by a copy of one from the other. */
export function looksSame(a: Entry, b: Entry): boolean {
  return a.size === b.size && timeApart(a, b) === 0;
}

function isChanged(entry: Entry, base: Extract<BaseRow, { type: 'file' }>, side: Side): boolean {
  if (entry.size !== base.size) return true;
  const then = base[side];
  if (then === null || entry.modifiedAt === null) return false;
  return timeApart(entry, { ...entry, modifiedAt: then }) !== 0;
}
