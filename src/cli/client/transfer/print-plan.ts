import type { MirrorAction, MirrorPlan } from '#client/index.ts';
import { byteText } from '../output/quantities.ts';
import type { Reporter } from '../output/reporter.ts';
import { visibleText } from '../output/visible-text.ts';

const verbs: Readonly<Record<MirrorAction['kind'], string>> = {
  'make-directory': 'make',
  'copy-file': 'copy',
  'make-link': 'link',
  'set-times': 'date',
  remove: 'remove',
  skip: 'skip',
};

/** Shows what a mirror would do: a line a step, and their sum. */
export function printPlan(report: Reporter, plan: MirrorPlan, [from, to]: readonly string[]): void {
  for (const action of plan.actions) {
    report.line(report.json ? JSON.stringify({ event: 'plan', ...action }) : lineOf(action));
  }
  const { totals } = plan;
  if (report.json) {
    report.line(
      JSON.stringify({
        event: 'summary',
        dryRun: true,
        path: null,
        from,
        to,
        ...totals,
        total: totals.bytes,
      }),
    );
    return;
  }
  const { files, bytes, removals, unchanged } = totals;
  report.note(
    `would copy ${files} files, ${byteText(bytes)}, and remove ${removals}; ${unchanged} are the same`,
  );
}

function lineOf(action: MirrorAction): string {
  const { kind, path } = action;
  const why = kind === 'skip' ? action.why : action.reason;
  const size = kind === 'copy-file' && action.bytes !== null ? `, ${byteText(action.bytes)}` : '';
  const directory =
    kind === 'make-directory' || (kind === 'remove' && action.type === 'directory') ? '/' : '';
  return `${verbs[kind].padEnd(6)}  ${visibleText(path === '' ? '.' : path)}${directory}  (${why}${size})`;
}
