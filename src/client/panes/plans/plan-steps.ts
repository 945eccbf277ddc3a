import type { Entry } from '#core/entry.ts';
import type { PlanAction, PlanRequest, PlanTotals } from '#protocols/http/contract/page/synchronise.ts';
import { timeApart } from '../../mirror/compare.ts';
import { compileFilter } from '../../mirror/filter.ts';
import type { MirrorAction } from '../../mirror/options.ts';
import type { Conflict, Side, SyncAction } from '../../sync/options.ts';
import type { SeenTree } from './seen-tree.ts';

/** One name that a plan has something to say of. */
export interface PlanStep {
  readonly id: number;
  /** Below both tops. */
  readonly path: string;
  readonly action: PlanAction;
  readonly reason: string;
  readonly left: Entry | null;
  readonly right: Entry | null;
  /** Stands where something else is to come, and so goes before that and not at the end. */
  readonly isObstacle: boolean;
  /** The content is the same: only the time of the right file is to be set. */
  readonly isTimeOnly: boolean;
}

type Found = Pick<PlanStep, 'path' | 'action' | 'reason'> &
  Partial<Pick<PlanStep, 'isObstacle' | 'isTimeOnly'>>;

/** A plan in steps, and what it comes to. */
export interface PlannedSteps {
  readonly steps: readonly PlanStep[];
  readonly totals: PlanTotals;
}

interface Sides {
  readonly left: SeenTree;
  readonly right: SeenTree;
}

/** The steps of a mirror. A comparison is one that does nothing by itself. */
export function stepsOfMirror(
  request: PlanRequest,
  sides: Sides,
  actions: readonly MirrorAction[],
): PlannedSteps {
  const found = actions.flatMap((action) => (action.kind === 'skip' ? [] : [ofMirror(action, sides)]));
  const skipped = actions.flatMap((action) =>
    action.kind === 'skip' ? [{ path: action.path, reason: action.why }] : [],
  );
  const settled =
    request.kind === 'compare' ? found.map((step) => ({ ...step, action: 'conflict' as const })) : found;
  return assemble(request, sides, { found: settled, skipped });
}

/** The steps of a synchronisation. */
export function stepsOfSync(
  request: PlanRequest,
  sides: Sides,
  actions: readonly SyncAction[],
): PlannedSteps {
  const found = actions.flatMap((action) =>
    action.kind === 'skip' ? [] : [ofSync(action, sides, request.delete)],
  );
  const skipped = actions.flatMap((action) =>
    action.kind === 'skip' ? [{ path: action.path, reason: action.why }] : [],
  );
  return assemble(request, sides, { found, skipped });
}

function ofMirror(action: Exclude<MirrorAction, { kind: 'skip' }>, { left, right }: Sides): Found {
  const { path } = action;
  if (action.kind === 'make-directory')
    return { path, action: 'make-directory-right', reason: 'only on the left' };
  if (action.kind === 'set-times')
    return { path, action: 'copy-right', reason: 'the same content, another time', isTimeOnly: true };
  if (action.kind === 'remove') {
    const { reason } = action;
    return {
      path,
      action: 'delete-right',
      reason: removalReasons[reason] ?? 'only on the right',
      isObstacle: reason === 'type',
    };
  }
  const [source, target] = [left.entries.get(path), right.entries.get(path)];
  return { path, action: 'copy-right', reason: copyReason(action.reason, source, target) };
}

const removalReasons: Readonly<Record<string, string>> = {
  extra: 'only on the right',
  type: 'something else on the left',
  leftover: 'left by a copy that broke off',
};

function copyReason(reason: string, source: Entry | undefined, target: Entry | undefined): string {
  if (reason === 'missing' || target === undefined || source === undefined) return 'only on the left';
  if (reason === 'size') return `another size, ${ages(source, target)}`;
  if (reason === 'checksum') return 'another content';
  return reason === 'link' ? 'the link leads elsewhere' : ages(source, target);
}

/** Which of two files is the younger, in words. */
function ages(left: Entry, right: Entry): string {
  const apart = timeApart(left, right);
  if (apart === null) return 'their times are not known';
  if (apart === 0) return 'of the same time';
  return apart > 0 ? 'newer on the left' : 'newer on the right';
}

const sideNames: Readonly<Record<Side, 'left' | 'right'>> = { a: 'left', b: 'right' };
const otherSide: Readonly<Record<Side, Side>> = { a: 'b', b: 'a' };

function ofSync(
  action: Exclude<SyncAction, { kind: 'skip' }>,
  { left, right }: Sides,
  mayDelete: boolean,
): Found {
  const { path } = action;
  if (action.kind === 'copy') {
    const from = sideNames[action.from];
    const reason = action.reason === 'new' ? `new on the ${from}` : `changed on the ${from}`;
    return { path, action: from === 'left' ? 'copy-right' : 'copy-left', reason };
  }
  if (action.kind === 'make-directory') {
    const at = sideNames[action.at];
    return { path, action: `make-directory-${at}`, reason: `new on the ${sideNames[otherSide[action.at]]}` };
  }
  if (action.kind === 'remove') {
    const reason = `removed on the ${sideNames[otherSide[action.at]]} since the last time`;
    return { path, action: mayDelete ? `delete-${sideNames[action.at]}` : 'conflict', reason };
  }
  const [a, b] = [left.entries.get(path), right.entries.get(path)];
  const which = a === undefined || b === undefined ? '' : `, ${ages(a, b)}`;
  return { path, action: 'conflict', reason: `${conflictReasons[action.conflict]}${which}` };
}

const conflictReasons: Readonly<Record<Conflict, string>> = {
  'both-changed': 'changed on both sides',
  'changed-and-removed': 'changed on one side and removed on the other',
  'different-types': 'a file on one side and a directory on the other',
  'unknown-past': 'they differ, and were not compared before',
};

function assemble(
  request: PlanRequest,
  { left, right }: Sides,
  { found, skipped }: { readonly found: readonly Found[]; readonly skipped: PlanTotals['skipped'] },
): PlannedSteps {
  const told = new Set([...found, ...skipped].map(({ path }) => path));
  const filter = compileFilter(request);
  const equal: Found[] = [];
  for (const [path, { name, type }] of left.entries) {
    const isSame = type !== 'directory' && right.entries.has(path) && !told.has(path);
    if (isSame && !filter.excludes(path, name, type))
      equal.push({ path, action: 'equal', reason: 'the same' });
  }
  const steps = [...found, ...equal].map((step, id): PlanStep => ({
    isObstacle: false,
    isTimeOnly: false,
    ...step,
    id,
    left: left.entries.get(step.path) ?? null,
    right: right.entries.get(step.path) ?? null,
  }));
  return { steps, totals: totalsOf(steps, skipped) };
}

function totalsOf(steps: readonly PlanStep[], skipped: PlanTotals['skipped']): PlanTotals {
  const count = (...actions: readonly PlanAction[]): number =>
    steps.filter(({ action }) => actions.includes(action)).length;
  const bytes = steps.reduce((sum, { action, left, right }) => {
    const source = action === 'copy-right' ? left : action === 'copy-left' ? right : null;
    return sum + (source?.size ?? 0);
  }, 0);
  return {
    copies: count('copy-right', 'copy-left'),
    bytes,
    directories: count('make-directory-right', 'make-directory-left'),
    deletions: count('delete-right', 'delete-left'),
    conflicts: count('conflict'),
    equal: count('equal'),
    skipped: skipped.slice(0, maximumSkipped),
  };
}

/** Names that are told of with their reasons; the page lists them in one place. */
const maximumSkipped = 1000;
