import type { PlanAction, PlanRun } from '#protocols/http/contract/page/synchronise.ts';
import { call, describe } from '../api/call.ts';
import { listen } from '../api/socket.ts';
import { displayName } from '../model/display-name.ts';
import { formatCount } from '../model/format.ts';
import { notify } from './notices.ts';

const endings: Readonly<Record<Exclude<PlanRun['state'], 'running'>, (run: PlanRun) => string>> = {
  done: ({ steps, deleted }) =>
    `${formatCount(steps, 'change')} done${deleted === 0 ? '' : `, ${formatCount(deleted, 'deletion')} among them`}.`,
  failed: ({ failures }) => {
    const [first] = failures;
    const why = first === undefined ? '' : ` ${displayName(first.path)}: ${first.error.message}.`;
    return `Not everything could be done, and nothing was deleted.${why} What has failed is in the queue.`;
  },
  stopped: ({ done, steps }) => `Stopped after ${done} of ${formatCount(steps, 'change')}.`,
};

// A plan outlives the dialog that made it.
listen('plan', ({ run }) => {
  if (run.state !== 'running') notify(run.state === 'done' ? 'success' : 'error', endings[run.state](run));
});

/** Forgets a plan that was made and not carried out. */
export function forgetPlan(plan: string): void {
  call('DELETE /plans/:plan', { params: { plan } }).catch(() => undefined);
}

/** Carries a plan out. Its end is told by a notice; until then it can be stopped. @returns whether it has begun */
export async function runPlan(
  plan: string,
  items: readonly { readonly id: number; readonly action: PlanAction }[],
): Promise<boolean> {
  try {
    await call('POST /plans/:plan/run', { params: { plan }, body: { items } });
    notify('info', `${formatCount(items.length, 'change')} under way.`, {
      label: 'Stop',
      run: () => forgetPlan(plan),
    });
    return true;
  } catch (error) {
    notify('error', describe(error));
    return false;
  }
}
