import { bareEntry, type Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import { copyFile } from '../copy/copy-file.ts';
import { removeTree } from '../remote/tree.ts';
import type { MirrorAction, MirrorEvent, MirrorOptions, MirrorResult, RunOptions } from './options.ts';
import { finalCodes, parallelFor } from './parallel.ts';
import type { OpenSide } from './sides.ts';
import { workOff } from './tasks.ts';
import { below } from './walk.ts';

/** Files of this size and beyond fill a connection by themselves. */
const largeBytes = 1024 * 1024;
/** Carries the steps of a plan out, in their order: removals only when everything else is done. */
export async function runActions(
  sides: { readonly from: OpenSide; readonly to: OpenSide },
  actions: readonly MirrorAction[],
  options: RunOptions & { readonly plan: MirrorOptions },
): Promise<MirrorResult> {
  const run = new Run(sides, options);
  await run.all(actions);
  return run.result();
}

type ActionOf<Kind extends MirrorAction['kind']> = Extract<MirrorAction, { kind: Kind }>;

class Run {
  readonly #from: OpenSide;
  readonly #to: OpenSide;
  readonly #options: RunOptions;
  readonly #plan: MirrorOptions;
  readonly #startedAtMs = performance.now();
  readonly #counts = { files: 0, bytes: 0, directories: 0, links: 0, removals: 0 };
  readonly #failed: { readonly path: string; readonly error: Error }[] = [];

  constructor(
    { from, to }: { readonly from: OpenSide; readonly to: OpenSide },
    options: RunOptions & { readonly plan: MirrorOptions },
  ) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#plan = options.plan;
  }

  result(): MirrorResult {
    return { ...this.#counts, failed: this.#failed, durationMs: performance.now() - this.#startedAtMs };
  }

  async all(actions: readonly MirrorAction[]): Promise<void> {
    const of = <Kind extends MirrorAction['kind']>(kind: Kind): ActionOf<Kind>[] =>
      actions.filter((action): action is ActionOf<Kind> => action.kind === kind);
    const removals = of('remove');
    for (const { path, why } of of('skip')) this.#tell({ event: 'skipped', path, why });
    await this.#inTurn(
      removals.filter(({ reason }) => reason === 'type'),
      (action) => this.#remove(action),
    );
    await this.#makeDirectories(of('make-directory'));
    await this.#copyAll(of('copy-file'));
    await this.#inTurn(of('make-link'), (action) => this.#makeLink(action));
    await this.#inTurn(of('set-times'), async ({ path, modifiedAt }) => {
      await this.#to.fileSystem.setAttributes(below(this.#to.path, path), { modifiedAt }, this.#stoppable());
    });
    // A copy that failed may have been meant to replace what would be removed now.
    if (this.#failed.length > 0) return;
    await this.#atOnce(
      removals.filter(({ reason }) => reason !== 'type'),
      this.#parallel(),
      (action) => this.#remove(action),
    );
  }

  #stoppable(): OperationOptions {
    return { signal: this.#options.signal ?? this.#plan.signal };
  }

  #parallel(): number {
    return parallelFor([this.#from.fileSystem, this.#to.fileSystem], this.#options.parallel);
  }

  /** Directories of one depth side by side: those above them are there already. */
  async #makeDirectories(actions: readonly ActionOf<'make-directory'>[]): Promise<void> {
    const levels = new Map<number, ActionOf<'make-directory'>[]>();
    for (const action of actions) {
      const depth = action.path === '' ? 0 : action.path.split('/').length;
      levels.set(depth, [...(levels.get(depth) ?? []), action]);
    }
    for (const depth of [...levels.keys()].sort((one, other) => one - other)) {
      await this.#atOnce(levels.get(depth) ?? [], this.#parallel(), (action) => this.#makeDirectory(action));
    }
  }

  async #makeDirectory({ path, mode }: ActionOf<'make-directory'>): Promise<void> {
    const target = below(this.#to.path, path);
    try {
      await this.#to.fileSystem.makeDirectory(target, {
        ...this.#stoppable(),
        ...(mode === null ? {} : { mode: (mode | 0o700) & 0o777 }),
      });
    } catch (error) {
      // Whoever stopped after making it, or somebody else, was here before.
      if (!(error instanceof WherryError) || error.code === 'aborted') throw error;
      const found = await this.#statOrNull(target);
      if (found?.type !== 'directory') throw error;
    }
    this.#counts.directories += 1;
  }

  async #statOrNull(path: Parameters<OpenSide['fileSystem']['stat']>[0]): Promise<Entry | null> {
    try {
      return await this.#to.fileSystem.stat(path, this.#stoppable());
    } catch {
      return null;
    }
  }

  /** Large files a few at a time, small ones many: neither kind waits for the other. */
  async #copyAll(actions: readonly ActionOf<'copy-file'>[]): Promise<void> {
    const parallel = this.#parallel();
    const isLarge = ({ bytes }: ActionOf<'copy-file'>): boolean => bytes === null || bytes >= largeBytes;
    const large = actions.filter(isLarge);
    const small = actions.filter((action) => !isLarge(action));
    const forLarge =
      small.length === 0 ? Math.min(parallel, 8) : Math.max(1, Math.min(4, Math.floor(parallel / 2)));
    const forSmall = large.length === 0 ? parallel : Math.max(1, parallel - forLarge);
    if (parallel === 1) {
      await this.#inTurn(actions, (action) => this.#copy(action));
      return;
    }
    await Promise.all([
      this.#atOnce(large, forLarge, (action) => this.#copy(action)),
      this.#atOnce(small, forSmall, (action) => this.#copy(action)),
    ]);
  }

  async #copy(action: ActionOf<'copy-file'>): Promise<void> {
    const { path, source } = action;
    const from = { fileSystem: this.#from.fileSystem, path: below(this.#from.path, path) };
    const to = { fileSystem: this.#to.fileSystem, path: below(this.#to.path, path) };
    const options = this.#options;
    const { onEvent } = options;
    const result = await copyFile(from, to, {
      ...this.#stoppable(),
      absent: !action.replaces,
      entry: bareEntry(path.slice(path.lastIndexOf('/') + 1), 'file', source),
      // What a mirror that was stopped has left is gone on with.
      resume: true,
      verify: options.verify,
      segments: options.segments,
      limiter: options.limiter,
      allowChanging: options.allowChanging,
      serverToServer: options.serverToServer,
      retries: options.retries ?? this.#plan.retries,
      firstDelayMs: options.firstDelayMs ?? this.#plan.firstDelayMs,
      longestDelayMs: options.longestDelayMs ?? this.#plan.longestDelayMs,
      keepTimes: this.#plan.keepTimes,
      keepMode: this.#plan.keepMode !== false && to.fileSystem.capabilities.setMode,
      onProgress:
        onEvent === undefined ? undefined : (progress) => onEvent({ event: 'progress', path, ...progress }),
    });
    this.#counts.files += 1;
    this.#counts.bytes += result.movedBytes;
    if (this.#plan.move === true) await from.fileSystem.removeFile(from.path, this.#stoppable());
  }

  async #makeLink({ path, target, replaces }: ActionOf<'make-link'>): Promise<void> {
    const place = below(this.#to.path, path);
    const { fileSystem } = this.#to;
    if (replaces) await fileSystem.removeFile(place, this.#stoppable());
    await fileSystem.createSymlink?.(target, place, this.#stoppable());
    this.#counts.links += 1;
    if (this.#plan.move === true) {
      await this.#from.fileSystem.removeFile(below(this.#from.path, path), this.#stoppable());
    }
  }

  async #remove({ path, type }: ActionOf<'remove'>): Promise<void> {
    const target = below(this.#to.path, path);
    if (type === 'directory') await removeTree(this.#to.fileSystem, target, this.#stoppable());
    else await this.#to.fileSystem.removeFile(target, this.#stoppable());
    this.#counts.removals += 1;
  }

  async #inTurn<Action extends MirrorAction>(
    actions: readonly Action[],
    run: (action: Action) => Promise<void>,
  ): Promise<void> {
    await this.#atOnce(actions, 1, run);
  }

  async #atOnce<Action extends MirrorAction>(
    actions: readonly Action[],
    parallel: number,
    run: (action: Action) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#stoppable();
    await workOff([...actions].reverse(), { parallel, signal, last: true }, async (action) => {
      const { kind, path } = action;
      try {
        await run(action);
        this.#tell({ event: 'done', path, kind, bytes: 'bytes' in action ? (action.bytes ?? 0) : 0 });
      } catch (thrown) {
        const error = toWherryError(thrown, 'do this step', path);
        this.#failed.push({ path, error });
        this.#tell({ event: 'failed', path, kind, error });
        if (finalCodes.has(error.code)) throw error;
      }
    });
  }

  #tell(event: MirrorEvent): void {
    this.#options.onEvent?.(event);
  }
}
