import {
  baseFileOf,
  formatAddress,
  isRemoteAddress,
  parseAddress,
  parseSiteAddress,
  planSync,
  type SyncAction,
  type SyncPlan,
} from '#client/index.ts';
import { WherryError } from '#core/errors.ts';
import { resolve } from 'node:path';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { canAsk, confirm } from './ask/terminal.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { exitCodeOfAll } from './exit-code-of.ts';
import type { FlagRow } from './flags/flag-row.ts';
import { filterChoices, filterFlags, movingChoices, movingFlags } from './mirror-flags.ts';
import { byteText } from './output/quantities.ts';
import { shownAddress } from './output/shown-address.ts';
import type { Reporter } from './output/reporter.ts';
import { visibleText } from './output/visible-text.ts';
import { sideOf } from './side-of.ts';
import { BoardListener } from './transfer/board-listener.ts';
import { boardFor } from './transfer/board-for.ts';

const ownFlags: readonly FlagRow[] = [
  { name: 'yes', short: 'y', help: 'do it without asking' },
  ...movingFlags.filter(({ name }) => name !== 'compare'),
  ...filterFlags,
];

/** Keeps two directories the same. */
export const command = clientCommand({
  name: 'sync',
  usage: 'A B',
  about:
    'Makes two directories the same, by what changed at each since the last time: new and changed files are copied\n' +
    'the one way or the other, what was removed at one side is removed at the other. The first time nothing is\n' +
    'removed. What changed at both sides is a conflict: it is told of and left alone, and the exit code is 1.\n' +
    'The plan is shown before anything is done; without a terminal to ask on, --yes must agree to it.',
  words: [2, 2],
  flags: ownFlags,
  examples: [
    ['wherry sync ./papers sftp://me@example.org/papers', 'show what would be done, ask, do it'],
    ['wherry sync --dry-run ./papers @office/papers', 'only show'],
    ['wherry sync --yes --exclude .git/ ./papers @office/papers', 'from a script'],
  ],
  choose: (given, read, problems) => ({
    yes: given.has('yes'),
    moving: movingChoices(given, read, problems),
    filter: filterChoices(given, read),
  }),
  async run(work, words, { yes, moving, filter }) {
    const { report, signal } = work;
    const [a = '.', b = '.'] = words;
    await using plan = await planSync(
      await sideOf(work, a, moving.parallel),
      await sideOf(work, b, moving.parallel),
      { ...filter, parallel: moving.parallel, signal, baseFile: baseFileOf(nameOf(a), nameOf(b)) },
    );
    const names = [shownAddress(a), shownAddress(b)] as const;
    const asking = !moving.dryRun && !yes;
    if (moving.dryRun || asking) printSteps(report, plan, { names, isAll: moving.dryRun });
    if (moving.dryRun) return plan.totals.conflicts > 0 ? ExitCode.someFailed : ExitCode.done;
    if (asking && !(await agreed(plan, signal))) return ExitCode.done;
    return await carryOut(work, plan, { ...moving.run, parallel: moving.parallel });
  },
});

/** By this the last time is found again, however an address was written. */
function nameOf(address: string): string {
  if (parseSiteAddress(address) !== null) return address.replace(/\/+$/u, '');
  const canonical = isRemoteAddress(address) ? formatAddress(parseAddress(address)) : resolve(address);
  return canonical.replace(/\/+$/u, '');
}

async function agreed(plan: SyncPlan, signal: AbortSignal): Promise<boolean> {
  const { copies, directories, removals } = plan.totals;
  if (copies + directories + removals === 0) return true;
  if (!canAsk()) {
    throw new UsageError(
      'there is no terminal to ask on: give --yes to do this, or --dry-run to see it only',
    );
  }
  return confirm('Do this?', signal);
}

async function carryOut(
  { report, signal }: ClientWork,
  plan: SyncPlan,
  options: Parameters<SyncPlan['run']>[0],
): Promise<number> {
  const board = await boardFor(report);
  try {
    const copies = plan.actions.filter((action) => action.kind === 'copy');
    const listener = new BoardListener(board, copies);
    const result = await plan.run({ ...options, signal, onEvent: (event) => listener.hear(event) });
    const conflicts = plan.actions.filter((action) => action.kind === 'conflict');
    for (const { path, conflict } of conflicts)
      report.failure(conflictError(path, conflictWords[conflict]), path);
    const failures = result.failed.map(({ error }) => error);
    if (signal.aborted) return ExitCode.interrupted;
    if (conflicts.length > 0) return ExitCode.someFailed;
    return exitCodeOfAll(
      failures,
      result.files + result.directories + result.removals + plan.totals.unchanged,
    );
  } finally {
    board.end();
  }
}

const conflictWords = {
  'both-changed': 'it changed at both sides',
  'changed-and-removed': 'it changed at one side and was removed at the other',
  'different-types': 'it is a directory at one side only',
  'unknown-past': 'the sides differ, and nothing is known of which is newer',
} as const;

function conflictError(path: string, why: string): WherryError {
  return new WherryError('exists', `${path}: left alone, because ${why}; copy the right one over the other`, {
    path,
  });
}

function printSteps(
  report: Reporter,
  { actions, totals }: SyncPlan,
  { names, isAll }: { readonly names: readonly [string, string]; readonly isAll: boolean },
): void {
  if (report.json) {
    for (const action of actions) report.line(JSON.stringify({ event: 'plan', ...action }));
    const [a, b] = names;
    if (isAll) report.line(JSON.stringify({ event: 'summary', dryRun: true, path: null, a, b, ...totals }));
    return;
  }
  for (const action of actions) report.line(stepLine(action));
  const { copies, bytes, removals, conflicts } = totals;
  report.note(
    `${copies} files to copy, ${byteText(bytes)}, ${removals} to remove, ${conflicts} conflicts` +
      ` between ${names.join(' and ')}`,
  );
}

function stepLine(action: SyncAction): string {
  const path = visibleText(action.path);
  if (action.kind === 'copy')
    return `${action.from === 'a' ? 'A -> B' : 'A <- B'}  ${path}  (${action.reason})`;
  if (action.kind === 'make-directory') return `make ${action.at.toUpperCase()}  ${path}/`;
  if (action.kind === 'remove')
    return `rm ${action.at.toUpperCase()}    ${path}${action.type === 'directory' ? '/' : ''}`;
  if (action.kind === 'conflict') return `!!      ${path}  (${conflictWords[action.conflict]})`;
  return `skip    ${path}  (${action.why})`;
}
