import { randomUUID } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import type {
  PlanAction,
  PlanRequest,
  PlanRun,
  PlanTotals,
} from '#protocols/http/contract/page/synchronise.ts';
import { nameOfSide, planMirror } from '../../mirror/mirror.ts';
import { baseFileOf, writeBase, type Base } from '../../sync/base.ts';
import { planSync } from '../../sync/sync.ts';
import type { Connections } from '../connections.ts';
import type { Messages } from '../messages.ts';
import { copyOptionsOf } from '../transfer-jobs.ts';
import type { SettledTransfer, Transfers } from '../transfers.ts';
import { baseAfter } from './plan-base.ts';
import { PlanCarrier, type PlanSide } from './plan-run.ts';
import { stepsOfMirror, stepsOfSync, type PlannedSteps, type PlanStep } from './plan-steps.ts';
import { Seen, seenTree } from './seen-tree.ts';

/** What is told of a plan while it is made. */
export type PlanNews =
  | { readonly plan: string }
  | { readonly steps: readonly PlanStep[] }
  | { readonly visited: number; readonly path: string; readonly totals?: PlanTotals };

export interface PlansOptions {
  readonly connections: Connections;
  readonly transfers: Transfers;
  readonly messages: Messages;
  /** Where is kept what both sides of a synchronisation were; by default in the user's state directory. */
  readonly baseFileOf?: ((left: string, right: string) => string) | undefined;
}

interface Plan {
  readonly request: PlanRequest;
  readonly steps: ReadonlyMap<number, PlanStep>;
  /** Of a synchronisation: what both sides have in common, and where that is kept. */
  readonly memory: { readonly settled: Base; readonly file: string } | null;
  carrier: PlanCarrier | null;
}

/** Plans that were made and not used; the oldest goes first. */
const maximumPlans = 8;
const visitIntervalMs = 200;
const stepsInLine = 1000;

/** Comparisons of two places, and what the page makes of them. */
export class Plans {
  readonly #options: PlansOptions;
  readonly #plans = new Map<string, Plan>();

  constructor(options: PlansOptions) {
    this.#options = options;
    options.transfers.onSettled((settled) => this.#settled(settled));
  }

  /** Compares two places and tells of it as it goes. @throws WherryError when a side cannot be read */
  async *make(request: PlanRequest, signal: AbortSignal): AsyncGenerator<PlanNews> {
    const id = randomUUID();
    yield { plan: id };
    const seen = new Seen();
    const planning = this.#plan(request, seen, signal);
    // Whoever waits below hears of it; until then it must not count as unheard.
    planning.catch(() => undefined);
    let made = await Promise.race([planning, tick()]);
    for (; made === null; made = await Promise.race([planning, tick()]))
      yield { visited: seen.names, path: seen.path };
    const { planned, memory } = made;
    const { steps, totals } = planned;
    this.#keep(id, { request, steps: new Map(steps.map((step) => [step.id, step])), memory, carrier: null });
    for (let start = 0; start < steps.length; start += stepsInLine)
      yield { steps: steps.slice(start, start + stepsInLine) };
    yield { visited: seen.names, path: seen.path, totals };
  }

  /**
   * Carries a plan out with the steps that were chosen.
   *
   * @returns the transfers that it has put into the queue
   * @throws WherryError `not-found`, `busy` for one that was carried out already, `invalid-argument`
   */
  async run(
    id: string,
    chosen: readonly { readonly id: number; readonly action: PlanAction }[],
  ): Promise<readonly string[]> {
    const plan = this.#require(id);
    if (plan.carrier !== null)
      throw new WherryError('busy', 'This plan was carried out already; compare the places again');
    const { transfers, messages } = this.#options;
    const { settings } = transfers;
    const sides = { left: this.#sideAt(plan.request.left), right: this.#sideAt(plan.request.right) };
    const steps = chosen.map(({ id: number, action }) => {
      const step = plan.steps.get(number);
      if (step === undefined) throw new WherryError('invalid-argument', 'The plan has no such step');
      return { step, action };
    });
    const carrier = new PlanCarrier(steps, {
      plan: id,
      sides,
      enqueue: (jobs) => transfers.add(jobs),
      copyOptions: copyOptionsOf(settings),
      tell: (run) => messages.plan(run),
      onEnd: async (done) => {
        if (plan.memory === null) return;
        const base = await baseAfter(plan.memory.settled, steps, { done, sides });
        await writeBase(plan.memory.file, base);
      },
    });
    plan.carrier = carrier;
    return carrier.begin();
  }

  /** How a plan that is carried out stands. @throws WherryError `not-found` */
  stateOf(id: string): PlanRun {
    const { carrier } = this.#require(id);
    if (carrier === null) throw new WherryError('not-found', 'This plan was not begun to be carried out');
    return carrier.run;
  }

  /** Forgets a plan, and what of it has not begun. */
  async remove(id: string): Promise<null> {
    const plan = this.#require(id);
    this.#plans.delete(id);
    plan.carrier?.stop();
    if (plan.carrier !== null) await this.#options.transfers.removeWaiting(id);
    return null;
  }

  async #plan(request: PlanRequest, seen: Seen, signal: AbortSignal): Promise<PlannedPlan> {
    const left = seenTree(this.#sideAt(request.left), seen);
    const right = seenTree(this.#sideAt(request.right), seen);
    const { include, exclude } = request;
    if (request.kind === 'both') {
      const names = [request.left, request.right].map((place) => this.#nameOf(place)) as [string, string];
      const file = (this.#options.baseFileOf ?? baseFileOf)(...names);
      await using plan = await planSync(left, right, { include, exclude, signal, baseFile: file });
      const planned = stepsOfSync(request, { left, right }, plan.actions);
      return { planned, memory: { settled: plan.settled, file } };
    }
    await using plan = await planMirror(left, right, {
      include,
      exclude,
      signal,
      compare: request.compare,
      timeToleranceMs: request.timeToleranceMs,
      onlyNewer: request.onlyNewer,
      delete: request.delete || request.kind === 'compare',
      keepTimes: this.#options.transfers.settings.preserveTimes,
    });
    return { planned: stepsOfMirror(request, { left, right }, plan.actions), memory: null };
  }

  #sideAt({ connection, path }: Place): PlanSide {
    const { connections } = this.#options;
    return {
      fileSystem: connections.fileSystemOf(connection),
      path: resolveVirtualPath(rootPath, path),
      addressOf: (below) => connections.addressOf(connection, below),
    };
  }

  #nameOf({ connection, path }: Place): string {
    return nameOfSide(this.#options.connections.addressOf(connection, resolveVirtualPath(rootPath, path)));
  }

  #keep(id: string, plan: Plan): void {
    for (const [oldest, { carrier }] of this.#plans) {
      if (this.#plans.size < maximumPlans) break;
      if (carrier === null || carrier.run.state !== 'running') this.#plans.delete(oldest);
    }
    this.#plans.set(id, plan);
  }

  #require(id: string): Plan {
    const plan = this.#plans.get(id);
    if (plan === undefined)
      throw new WherryError('not-found', 'There is no such plan any more; compare the places again');
    return plan;
  }

  #settled(settled: SettledTransfer): void {
    if (settled.group !== null) this.#plans.get(settled.group)?.carrier?.settled(settled, settled.to);
  }
}

interface PlannedPlan {
  readonly planned: PlannedSteps;
  readonly memory: Plan['memory'];
}

/** Nothing, after a while. */
async function tick(): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, visitIntervalMs, null));
}
