import { bareEntry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import { copyFile } from '../copy/copy-file.ts';
import { parallelFor, finalCodes } from '../mirror/parallel.ts';
import { makeDirectories } from '../remote/tree.ts';
import type { RunOptions } from '../mirror/options.ts';
import type { OpenSide } from '../mirror/sides.ts';
import { workOff } from '../mirror/tasks.ts';
import { below } from '../mirror/walk.ts';
import type { Base, BaseRow } from './base.ts';
import type { Side, SyncAction, SyncOptions, SyncResult } from './options.ts';

type ActionOf<Kind extends SyncAction['kind']> = Extract<SyncAction, { kind: Kind }>;

/** What a run has done, and what both sides are now. */
export interface SyncOutcome {
  readonly result: SyncResult;
  readonly base: Base;
}

/** Carries the steps out: directories, copies, then removals from the deepest up. Conflicts are only told of. */
export class SyncRun {
  readonly #sides: Readonly<Record<Side, OpenSide>>;
  readonly #options: RunOptions;
  readonly #plan: SyncOptions;
  readonly #startedAtMs = performance.now();
  readonly #base: Map<string, BaseRow>;
  readonly #counts = { files: 0, bytes: 0, directories: 0, removals: 0 };
  readonly #failed: { readonly path: string; readonly error: Error }[] = [];
  readonly #conflicts: string[] = [];

  /** @param settled what both sides have in common before anything is done */
  constructor(
    sides: Readonly<Record<Side, OpenSide>>,
    settled: Base,
    options: RunOptions & { readonly plan: SyncOptions },
  ) {
    this.#sides = sides;
    this.#base = new Map(settled);
    this.#options = options;
    this.#plan = options.plan;
  }

  /** What is known to be the same by now, also after a run that broke off. */
  get base(): Base {
    return this.#base;
  }

  async all(actions: readonly SyncAction[]): Promise<SyncResult> {
    const of = <Kind extends SyncAction['kind']>(kind: Kind): ActionOf<Kind>[] =>
      actions.filter((action): action is ActionOf<Kind> => action.kind === kind);
    for (const { path, why } of of('skip')) this.#options.onEvent?.({ event: 'skipped', path, why });
    this.#conflicts.push(...of('conflict').map(({ path }) => path));
    for (const action of of('make-directory')) await this.#do([action], 1, (row) => this.#makeDirectory(row));
    const parallel = parallelFor(
      [this.#sides.a.fileSystem, this.#sides.b.fileSystem],
      this.#options.parallel,
    );
    await this.#do(of('copy'), parallel, (row) => this.#copy(row));
    const removals = of('remove');
    const files = removals.filter(({ type }) => type === 'file');
    if (this.#failed.length === 0) {
      await this.#do(files, parallel, (row) => this.#remove(row));
      for (const row of removals.filter(({ type }) => type === 'directory')) {
        await this.#do([row], 1, (action) => this.#remove(action));
      }
    }
    return {
      ...this.#counts,
      failed: this.#failed,
      conflicts: this.#conflicts,
      durationMs: performance.now() - this.#startedAtMs,
    };
  }

  #stoppable(): OperationOptions {
    return { signal: this.#options.signal ?? this.#plan.signal };
  }

  async #makeDirectory({ path, at }: ActionOf<'make-directory'>): Promise<void> {
    const side = this.#sides[at];
    await makeDirectories(side.fileSystem, below(side.path, path), this.#stoppable());
    this.#counts.directories += 1;
  }

  async #copy({ path, from, source }: ActionOf<'copy'>): Promise<void> {
    const target = this.#sides[from === 'a' ? 'b' : 'a'];
    const origin = this.#sides[from];
    const places = [
      { fileSystem: origin.fileSystem, path: below(origin.path, path) },
      { fileSystem: target.fileSystem, path: below(target.path, path) },
    ] as const;
    const { onEvent, verify, segments, limiter, allowChanging, serverToServer } = this.#options;
    const copy = (): ReturnType<typeof copyFile> =>
      copyFile(...places, {
        ...this.#stoppable(),
        entry: bareEntry(path.slice(path.lastIndexOf('/') + 1), 'file', source),
        resume: true,
        verify,
        segments,
        limiter,
        allowChanging,
        serverToServer,
        retries: this.#options.retries ?? this.#plan.retries,
        firstDelayMs: this.#options.firstDelayMs,
        longestDelayMs: this.#options.longestDelayMs,
        keepTimes: this.#plan.keepTimes,
        keepMode: this.#plan.keepMode !== false && target.fileSystem.capabilities.setMode,
        onProgress:
          onEvent === undefined ? undefined : (progress) => onEvent({ event: 'progress', path, ...progress }),
      });
    const result = await this.#withDirectory(target, path, copy);
    this.#counts.files += 1;
    this.#counts.bytes += result.movedBytes;
    const modifiedAt = result.timesKept
      ? source.modifiedAt
      : (await target.fileSystem.stat(places[1].path, this.#stoppable())).modifiedAt;
    const times =
      from === 'a' ? { a: source.modifiedAt, b: modifiedAt } : { a: modifiedAt, b: source.modifiedAt };
    this.#base.set(path, { type: 'file', size: source.size, ...times });
  }

  /** A file that is new in a directory which the other side has removed brings the directory back. */
  async #withDirectory<T>(target: OpenSide, path: string, copy: () => Promise<T>): Promise<T> {
    try {
      return await copy();
    } catch (error) {
      if (!(error instanceof WherryError) || error.code !== 'not-found' || !path.includes('/')) throw error;
      const directory = path.slice(0, path.lastIndexOf('/'));
      await makeDirectories(target.fileSystem, below(target.path, directory), this.#stoppable());
      return copy();
    }
  }

  async #remove({ path, at, type }: ActionOf<'remove'>): Promise<void> {
    const side = this.#sides[at];
    const place = below(side.path, path);
    try {
      if (type === 'file') await side.fileSystem.removeFile(place, this.#stoppable());
      else await side.fileSystem.removeDirectory(place, this.#stoppable());
    } catch (error) {
      const code = error instanceof WherryError ? error.code : 'io';
      // Something in it stays, so it does too.
      if (type === 'directory' && code === 'not-empty') return;
      if (code !== 'not-found') throw error;
    }
    this.#base.delete(path);
    this.#counts.removals += 1;
  }

  async #do<Action extends SyncAction>(
    actions: readonly Action[],
    parallel: number,
    run: (action: Action) => Promise<void>,
  ): Promise<void> {
    const { onEvent } = this.#options;
    const options = { parallel, signal: this.#stoppable().signal, last: true };
    await workOff([...actions].reverse(), options, async (action) => {
      const { path } = action;
      const kind =
        action.kind === 'copy' ? 'copy-file' : action.kind === 'remove' ? 'remove' : 'make-directory';
      try {
        await run(action);
        onEvent?.({ event: 'done', path, kind, bytes: action.kind === 'copy' ? (action.bytes ?? 0) : 0 });
      } catch (thrown) {
        const error = toWherryError(thrown, 'do this step', path);
        this.#failed.push({ path, error });
        onEvent?.({ event: 'failed', path, kind, error });
        if (finalCodes.has(error.code)) throw error;
      }
    });
  }
}
