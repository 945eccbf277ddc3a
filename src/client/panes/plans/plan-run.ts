import { errorFacts, toWherryError, WherryError } from '#core/errors.ts';
import { parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { PlanAction, PlanRun } from '#protocols/http/contract/page/synchronise.ts';
import type { FilePlace } from '../../copy/options.ts';
import { below } from '../../mirror/walk.ts';
import { workOff } from '../../mirror/tasks.ts';
import { makeDirectories, removeTree } from '../../remote/tree.ts';
import type { NewJob } from '../../queue/job.ts';
import type { SettledTransfer } from '../transfers.ts';
import type { PlanStep } from './plan-steps.ts';

/** A side that is written to and read from. */
export interface PlanSide extends FilePlace {
  /** The address of a path here, as the queue keeps it. */
  readonly addressOf: (path: VirtualPath) => string;
}

type SideName = 'left' | 'right';

export interface PlanRunOptions {
  readonly plan: string;
  readonly sides: Readonly<Record<SideName, PlanSide>>;
  /** Puts copies into the queue, as a part of this plan. @returns their ids */
  readonly enqueue: (jobs: readonly NewJob[]) => Promise<readonly string[]>;
  /** How each copy is to be made, beside what a plan itself wants. */
  readonly copyOptions: NewJob['options'];
  readonly tell: (run: PlanRun) => void;
  /** Everything has ended; the steps that were done. */
  readonly onEnd: (done: ReadonlySet<PlanStep>) => Promise<void>;
}

/** A step and what is to be done about it, which may be something else than was proposed. */
export interface ChosenStep {
  readonly step: PlanStep;
  readonly action: PlanAction;
}

const maximumFailures = 100;
/** Changes at one side at a time. */
const changesAtOnce = 4;

const targetOf: Readonly<Partial<Record<PlanAction, SideName>>> = {
  'copy-right': 'right',
  'make-directory-right': 'right',
  'delete-right': 'right',
  'copy-left': 'left',
  'make-directory-left': 'left',
  'delete-left': 'left',
};

/** Carries a plan out: what stands in the way, directories, links and times at once; copies by the queue; removals last. */
export class PlanCarrier {
  readonly #options: PlanRunOptions;
  readonly #steps: readonly ChosenStep[];
  readonly #controller = new AbortController();
  readonly #failures: PlanRun['failures'][number][] = [];
  readonly #done = new Set<PlanStep>();
  /** Copies that are in the queue, by the address that they go to. */
  readonly #copies = new Map<string, PlanStep>();
  #deleted = 0;
  #failed = 0;
  #state: PlanRun['state'] = 'running';
  /** Whether all copies are in the queue, so that the last one that ends is the last. */
  #isQueued = false;

  /** @throws WherryError `invalid-argument` for an action that a step cannot have */
  constructor(chosen: readonly ChosenStep[], options: PlanRunOptions) {
    this.#options = options;
    this.#steps = chosen.filter(({ action }) => targetOf[action] !== undefined);
    for (const step of this.#steps) demandPossible(step);
  }

  get run(): PlanRun {
    return {
      plan: this.#options.plan,
      state: this.#state,
      done: this.#done.size,
      steps: this.#steps.length,
      deleted: this.#deleted,
      failures: this.#failures,
    };
  }

  /** Settles when the copies are in the queue. @returns their ids */
  async begin(): Promise<readonly string[]> {
    try {
      await this.#delete(this.#steps.filter(({ step, action }) => isDeletion(action) && step.isObstacle));
      await this.#makeDirectories();
      const jobs = this.#steps.filter(({ action }) => isCopy(action));
      const [now, later] = [jobs.filter(isQuick), jobs.filter((chosen) => !isQuick(chosen))];
      await this.#each(now, (chosen) => this.#linkOrSetTime(chosen));
      const ids = await this.#options.enqueue(later.map((chosen) => this.#jobFor(chosen)));
      this.#isQueued = true;
      void this.#endWhenCopied();
      return ids;
    } catch (thrown) {
      this.#state = 'failed';
      this.#tell();
      throw thrown;
    }
  }

  /** A transfer of this plan has come to an end. */
  settled({ state, record }: SettledTransfer, to: string): void {
    const step = this.#copies.get(to);
    if (step === undefined) return;
    this.#copies.delete(to);
    if (state === 'done') this.#done.add(step);
    else {
      const error = record.error ?? {
        code: 'aborted',
        message: 'It was taken out of the queue',
        retryable: false,
      };
      this.#note(step.path, error);
    }
    this.#tell();
    void this.#endWhenCopied();
  }

  /** Begins nothing further. */
  stop(): void {
    if (this.#state !== 'running') return;
    this.#controller.abort();
    this.#state = 'stopped';
    this.#tell();
  }

  async #endWhenCopied(): Promise<void> {
    if (!this.#isQueued || this.#copies.size > 0 || this.#state !== 'running') return;
    this.#isQueued = false;
    try {
      // A copy that failed may have been meant to replace what would be removed now.
      if (this.#failed === 0)
        await this.#delete(this.#steps.filter(({ step, action }) => isDeletion(action) && !step.isObstacle));
      await this.#options.onEnd(this.#done);
    } catch (thrown) {
      this.#note('', errorFacts(toWherryError(thrown, 'carry the plan out to its end')));
    }
    // Somebody may have stopped it meanwhile.
    if (this.run.state === 'running') this.#state = this.#failed === 0 ? 'done' : 'failed';
    this.#tell();
  }

  #jobFor({ step, action }: ChosenStep): NewJob {
    const [from, to] = action === 'copy-right' ? (['left', 'right'] as const) : (['right', 'left'] as const);
    const address = (side: SideName): string =>
      this.#options.sides[side].addressOf(below(this.#options.sides[side].path, step.path));
    const source = step[from];
    const target = address(to);
    const isDirectory = source?.type === 'directory';
    const { plan, copyOptions } = this.#options;
    if (isDirectory)
      // Its files are transfers of their own, which the queue finds; nothing of the plan waits for them.
      this.#done.add(step);
    else this.#copies.set(target, step);
    return {
      from: address(from),
      to: target,
      paused: isDirectory,
      options: {
        ...copyOptions,
        kind: isDirectory ? 'directory' : 'file',
        overwrite: true,
        resume: 'parts',
        existing: 'overwrite',
        ...(isDirectory ? {} : { group: plan }),
      },
      ...(source === null || source.size === null || isDirectory ? {} : { total: source.size }),
    };
  }

  /** Directories that are wanted by themselves, and those that copies go into. */
  async #makeDirectories(): Promise<void> {
    for (const side of ['left', 'right'] as const) {
      const { fileSystem, path: top } = this.#options.sides[side];
      const wanted = this.#steps.filter(({ action }) => targetOf[action] === side && !isDeletion(action));
      if (wanted.length === 0) continue;
      const { signal } = this.#controller;
      await makeDirectories(fileSystem, top, { signal });
      const made = new Set<VirtualPath>([top, rootPath]);
      const make = async (path: VirtualPath): Promise<void> => {
        if (made.has(path)) return;
        made.add(path);
        await make(parentOf(path));
        await makeDirectories(fileSystem, path, { signal });
      };
      for (const { step, action } of wanted) {
        const path = below(top, step.path);
        const isMade = await this.#attempt(step, () => make(isCopy(action) ? parentOf(path) : path));
        // A copy is done when its file has arrived.
        if (isMade && !isCopy(action)) this.#finish(step);
      }
    }
  }

  async #linkOrSetTime({ step, action }: ChosenStep): Promise<void> {
    const from = step[action === 'copy-right' ? 'left' : 'right'];
    const { fileSystem, path: top } = this.#options.sides[action === 'copy-right' ? 'right' : 'left'];
    const target = below(top, step.path);
    const { signal } = this.#controller;
    if (step.isTimeOnly) {
      const { modifiedAt = null } = from ?? {};
      if (modifiedAt !== null) await fileSystem.setAttributes(target, { modifiedAt }, { signal });
      return;
    }
    const there = step[action === 'copy-right' ? 'right' : 'left'];
    if (there !== null) await fileSystem.removeFile(target, { signal });
    await fileSystem.createSymlink?.(from?.linkTarget ?? '', target, { signal });
  }

  /** The deepest first, so that a directory is empty of what has a step of its own. */
  async #delete(chosen: readonly ChosenStep[]): Promise<void> {
    const deepestFirst = chosen.toSorted((one, other) => (one.step.path < other.step.path ? 1 : -1));
    await this.#each(deepestFirst, async ({ step, action }) => {
      const { fileSystem, path: top } = this.#options.sides[action === 'delete-right' ? 'right' : 'left'];
      try {
        await removeTree(fileSystem, below(top, step.path), { signal: this.#controller.signal });
      } catch (error) {
        if (!(error instanceof WherryError) || error.code !== 'not-found') throw error;
      }
      this.#deleted += 1;
    });
  }

  async #each(chosen: readonly ChosenStep[], run: (chosen: ChosenStep) => Promise<void>): Promise<void> {
    await workOff([...chosen], { parallel: changesAtOnce }, async (one) => {
      if (await this.#attempt(one.step, () => run(one))) this.#finish(one.step);
    });
  }

  /** @returns whether it was done; what kept it from being is noted. @throws WherryError what ends everything */
  async #attempt(step: PlanStep, run: () => Promise<void>): Promise<boolean> {
    if (this.#controller.signal.aborted) return false;
    try {
      await run();
      return true;
    } catch (thrown) {
      const error = toWherryError(thrown, 'do this step of the plan');
      if (endsAll.has(error.code)) throw error;
      this.#note(step.path, errorFacts(error));
      this.#tell();
      return false;
    }
  }

  #finish(step: PlanStep): void {
    this.#done.add(step);
    this.#tell();
  }

  #note(path: string, error: PlanRun['failures'][number]['error']): void {
    this.#failed += 1;
    if (this.#failures.length < maximumFailures) this.#failures.push({ path, error });
  }

  #tell(): void {
    this.#options.tell(this.run);
  }
}

/** After these nothing else can succeed either. */
const endsAll: ReadonlySet<string> = new Set(['aborted', 'closed', 'connection-lost', 'login-refused']);

function isCopy(action: PlanAction): boolean {
  return action === 'copy-left' || action === 'copy-right';
}

function isDeletion(action: PlanAction): boolean {
  return action === 'delete-left' || action === 'delete-right';
}

/** What is done without moving a file's content. */
function isQuick({ step, action }: ChosenStep): boolean {
  const source = step[action === 'copy-right' ? 'left' : 'right'];
  return (step.isTimeOnly && action === 'copy-right') || source?.type === 'symlink';
}

function demandPossible({ step, action }: ChosenStep): void {
  const needed = {
    'copy-right': step.left,
    'copy-left': step.right,
    'make-directory-right': step.left,
    'make-directory-left': step.right,
    'delete-right': step.right,
    'delete-left': step.left,
  };
  const entry = needed[action as keyof typeof needed];
  const isFitting =
    entry !== null &&
    (!action.startsWith('make-directory') || entry.type === 'directory') &&
    (!isCopy(action) || entry.type !== 'other');
  if (!isFitting)
    throw new WherryError('invalid-argument', 'Cannot do this to it: there is nothing of the kind', {
      path: step.path,
    });
}
