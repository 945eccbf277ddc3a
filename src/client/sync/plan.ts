import type { Entry } from '#core/entry.ts';
import { printableName } from '#core/name-encoding.ts';
import { compareAlgorithm } from '../copy/verify.ts';
import { checksumOfFile } from '../remote/checksum.ts';
import { compileFilter, type Filter } from '../mirror/filter.ts';
import type { SourceFacts } from '../mirror/options.ts';
import type { OpenSide } from '../mirror/sides.ts';
import { workOff } from '../mirror/tasks.ts';
import { below, childOf, readContents } from '../mirror/walk.ts';
import type { Base, BaseRow } from './base.ts';
import { decideFile, type Decision } from './decide.ts';
import type { Side, SyncAction, SyncOptions, SyncTotals } from './options.ts';

const listingsAtOnce = 4;
const maximumDepth = 512;

/** Steps, what they come to, and the rows of the base that stay as they are or are new without a step. */
export interface PlannedSync {
  readonly actions: readonly SyncAction[];
  readonly totals: SyncTotals;
  readonly settled: Base;
}

interface Row {
  readonly path: string;
  readonly depth: number;
  readonly has: { readonly a: boolean; readonly b: boolean };
}

/** Compares both sides with each other and with what they were, directory by directory. */
export async function compareSides(
  sides: { readonly a: OpenSide; readonly b: OpenSide },
  base: Base | null,
  options: SyncOptions,
): Promise<PlannedSync> {
  const planner = new SyncPlanner(sides, base, options);
  await planner.walk();
  return planner.result();
}

class SyncPlanner {
  readonly #sides: { readonly a: OpenSide; readonly b: OpenSide };
  readonly #base: Base | null;
  readonly #options: SyncOptions;
  readonly #filter: Filter;
  readonly #actions: SyncAction[] = [];
  readonly #settled = new Map<string, BaseRow>();
  readonly #rows: Row[] = [{ path: '', depth: 0, has: { a: true, b: true } }];
  #unchanged = 0;

  constructor(
    sides: { readonly a: OpenSide; readonly b: OpenSide },
    base: Base | null,
    options: SyncOptions,
  ) {
    this.#sides = sides;
    this.#base = base;
    this.#options = options;
    this.#filter = compileFilter(options);
  }

  async walk(): Promise<void> {
    const { signal } = this.#options;
    await workOff(this.#rows, { parallel: listingsAtOnce, signal }, (row) => this.#directory(row));
  }

  result(): PlannedSync {
    const order: Readonly<Record<SyncAction['kind'], number>> = {
      'make-directory': 0,
      copy: 1,
      remove: 2,
      conflict: 3,
      skip: 4,
    };
    const actions = this.#actions.sort((one, other) => {
      if (one.kind !== other.kind) return order[one.kind] - order[other.kind];
      const upwards = one.path < other.path ? -1 : 1;
      return one.kind === 'remove' ? -upwards : upwards;
    });
    const count = (kind: SyncAction['kind']): number =>
      actions.filter((action) => action.kind === kind).length;
    const totals = {
      copies: count('copy'),
      bytes: actions.reduce((sum, action) => sum + (action.kind === 'copy' ? (action.bytes ?? 0) : 0), 0),
      directories: count('make-directory'),
      removals: count('remove'),
      conflicts: count('conflict'),
      unchanged: this.#unchanged,
    };
    return { actions, totals, settled: this.#settled };
  }

  async #directory({ path, depth, has }: Row): Promise<void> {
    const { signal } = this.#options;
    const read = (side: OpenSide, there: boolean): ReturnType<typeof readContents> =>
      there
        ? readContents(side.fileSystem, below(side.path, path), {
            signal,
            followSymlinks: false,
            mayBeMissing: false,
          })
        : Promise.resolve(null);
    const [a, b] = await Promise.all([read(this.#sides.a, has.a), read(this.#sides.b, has.b)]);
    for (const name of new Set([...(a?.unsafe ?? []), ...(b?.unsafe ?? [])])) {
      this.#skip(childOf(path, printableName(name)), 'the name could lead out of the directory');
    }
    for (const name of new Set([...(a?.entries.keys() ?? []), ...(b?.entries.keys() ?? [])])) {
      const [one, other] = [a?.entries.get(name), b?.entries.get(name)];
      const child = childOf(path, name);
      const type = (one ?? other)?.type ?? 'file';
      if (!this.#filter.excludes(child, name, type)) await this.#name({ path: child, depth }, one, other);
    }
  }

  async #name(
    { path, depth }: { readonly path: string; readonly depth: number },
    a: Entry | undefined,
    b: Entry | undefined,
  ): Promise<void> {
    const types = new Set([a?.type, b?.type].filter((type) => type !== undefined));
    if (types.has('symlink') || types.has('other')) {
      this.#skip(path, 'only files and directories are synchronised');
      return;
    }
    if (types.size > 1) {
      this.#conflict(path, 'different-types', [a, b]);
      return;
    }
    if (types.has('directory')) this.#subdirectory({ path, depth }, a !== undefined, b !== undefined);
    else await this.#file(path, a, b);
  }

  #subdirectory(
    { path, depth }: { readonly path: string; readonly depth: number },
    inA: boolean,
    inB: boolean,
  ): void {
    if (depth >= maximumDepth) {
      this.#skip(path, `it lies deeper than ${maximumDepth} directories`);
      return;
    }
    this.#rows.push({ path, depth: depth + 1, has: { a: inA, b: inB } });
    this.#settled.set(path, { type: 'directory' });
    if (inA && inB) return;
    const missing: Side = inA ? 'b' : 'a';
    // Removed at one side: it goes at the other too, unless something in it stays.
    if (this.#base?.get(path)?.type === 'directory') {
      this.#settled.delete(path);
      const at: Side = missing === 'a' ? 'b' : 'a';
      this.#actions.push({ kind: 'remove', path, at, type: 'directory', bytes: null });
    } else this.#actions.push({ kind: 'make-directory', path, at: missing });
  }

  async #file(path: string, a: Entry | undefined, b: Entry | undefined): Promise<void> {
    const entry = a ?? b;
    const name = entry?.name ?? '';
    if (entry !== undefined && !this.#filter.selects(path, name, entry)) return;
    const base = this.#base?.get(path);
    const found = decideFile({ a, b, base, hasPast: this.#base !== null });
    const decision: Decision = found.do === 'compare' ? await this.#compare(path) : found;
    if (decision.do === 'nothing' || decision.do === 'remember') {
      this.#unchanged += 1;
      const size = entry?.size ?? null;
      this.#settled.set(path, { type: 'file', size, a: a?.modifiedAt ?? null, b: b?.modifiedAt ?? null });
    } else if (decision.do === 'copy') {
      const source = decision.from === 'a' ? a : b;
      if (source === undefined) return;
      const { from, reason } = decision;
      this.#actions.push({ kind: 'copy', path, from, reason, bytes: source.size, source: factsOf(source) });
      if (base !== undefined) this.#settled.set(path, base);
    } else if (decision.do === 'remove') {
      this.#actions.push({ kind: 'remove', path, at: decision.at, type: 'file', bytes: entry?.size ?? null });
      if (base !== undefined) this.#settled.set(path, base);
    } else if (decision.do === 'conflict') {
      this.#conflict(path, decision.conflict, [a, b]);
      if (base !== undefined) this.#settled.set(path, base);
    }
  }

  async #compare(path: string): Promise<Decision> {
    const { a, b } = this.#sides;
    const algorithm = compareAlgorithm(a.fileSystem, b.fileSystem);
    const [one, other] = await Promise.all(
      [a, b].map(async (side) =>
        checksumOfFile(
          { fileSystem: side.fileSystem, path: below(side.path, path) },
          algorithm,
          this.#options.signal,
        ),
      ),
    );
    const same = one !== undefined && other !== undefined && Buffer.from(one).equals(other);
    return same ? { do: 'remember' } : { do: 'conflict', conflict: 'both-changed' };
  }

  #conflict(
    path: string,
    conflict: Extract<SyncAction, { kind: 'conflict' }>['conflict'],
    [a, b]: readonly [Entry | undefined, Entry | undefined],
  ): void {
    this.#actions.push({
      kind: 'conflict',
      path,
      conflict,
      a: a === undefined ? null : factsOf(a),
      b: b === undefined ? null : factsOf(b),
    });
  }

  #skip(path: string, why: string): void {
    this.#actions.push({ kind: 'skip', path, why });
  }
}

function factsOf({ size, modifiedAt, modifiedPrecision, mode }: Entry): SourceFacts {
  return { size, modifiedAt, modifiedPrecision, mode };
}
