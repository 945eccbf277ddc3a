import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { partialPathOf, statePathOf } from '../copy/partial-name.ts';
import { isRemote } from '../copy/job.ts';
import { nameOf } from '#core/virtual-path.ts';
import { checksumOfFile } from '../remote/checksum.ts';
import { compareAlgorithm } from '../copy/verify.ts';
import { difference, timeApart, type SideFacts } from './compare.ts';
import { compileFilter, type Filter } from './filter.ts';
import { staysInside } from './links.ts';
import type { MirrorAction, MirrorOptions, PlanTotals, Reason } from './options.ts';
import type { OpenSide } from './sides.ts';
import { workOff } from './tasks.ts';
import { below, childOf, readContents, type DirectoryContents } from './walk.ts';

/** Directories that are listed side by side where a side does not say what it can take. */
const defaultListings = 4;
const maximumListings = 16;
/** Directories in directories: what links into themselves, or a server's joke, ends here. */
const maximumDepth = 512;

/** The steps of a mirror in the order in which they may be done, and what they come to. */
export interface PlannedActions {
  readonly actions: readonly MirrorAction[];
  readonly totals: PlanTotals;
}

/** Compares two trees directory by directory; only what differs is kept in memory. */
export async function compareTrees(
  from: OpenSide,
  to: OpenSide,
  options: MirrorOptions,
): Promise<PlannedActions> {
  const planner = new Planner(from, to, options);
  await planner.walk();
  return planner.result();
}

interface Row {
  readonly path: string;
  /** Whether the target is known to have nothing there. */
  readonly fresh: boolean;
  readonly depth: number;
}

class Planner {
  readonly #from: OpenSide;
  readonly #to: OpenSide;
  readonly #options: MirrorOptions;
  readonly #filter: Filter;
  readonly #sides: SideFacts;
  readonly #directories: MirrorAction[] = [];
  readonly #copies: MirrorAction[] = [];
  readonly #links: MirrorAction[] = [];
  readonly #times: MirrorAction[] = [];
  readonly #obstacles: MirrorAction[] = [];
  readonly #removals: MirrorAction[] = [];
  readonly #skips: MirrorAction[] = [];
  #unchanged = 0;
  readonly #rows: Row[] = [{ path: '', fresh: false, depth: 0 }];

  constructor(from: OpenSide, to: OpenSide, options: MirrorOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#filter = compileFilter(options);
    this.#sides = { timesKept: options.keepTimes !== false && to.fileSystem.capabilities.setTimes };
  }

  async walk(): Promise<void> {
    const parallel = Math.min(listings(this.#from), listings(this.#to));
    await workOff(this.#rows, { parallel, signal: this.#options.signal }, (row) => this.#directory(row));
  }

  result(): PlannedActions {
    const byPath = (one: MirrorAction, other: MirrorAction): number => (one.path < other.path ? -1 : 1);
    const removals = this.#removals.sort((one, other) => byPath(other, one));
    const actions = [
      ...this.#obstacles.sort((one, other) => byPath(other, one)),
      ...this.#directories.sort(byPath),
      ...this.#copies.sort(byPath),
      ...this.#links.sort(byPath),
      ...this.#times.sort(byPath),
      ...removals,
      ...this.#skips.sort(byPath),
    ];
    return {
      actions,
      totals: {
        files: this.#copies.length,
        bytes: this.#copies.reduce((sum, action) => sum + ('bytes' in action ? (action.bytes ?? 0) : 0), 0),
        directories: this.#directories.length,
        links: this.#links.length,
        removals: removals.length + this.#obstacles.length,
        skipped: this.#skips.length,
        unchanged: this.#unchanged,
      },
    };
  }

  async #directory({ path, fresh, depth }: Row): Promise<void> {
    const { signal, links } = this.#options;
    const [source, target] = await Promise.all([
      readContents(this.#from.fileSystem, below(this.#from.path, path), {
        signal,
        followSymlinks: links === 'follow',
        mayBeMissing: false,
      }),
      fresh
        ? null
        : readContents(this.#to.fileSystem, below(this.#to.path, path), {
            signal,
            followSymlinks: false,
            mayBeMissing: true,
          }),
    ]);
    if (source === null) return;
    if (target === null && path === '') {
      this.#directories.push({ kind: 'make-directory', path, reason: 'missing', mode: null });
    }
    for (const name of source.unsafe)
      this.#skip(childOf(path, printableName(name)), 'the name could lead out of the target');
    const wanted = new Set<string>();
    for (const [name, entry] of source.entries) {
      const child = childOf(path, name);
      if (this.#filter.excludes(child, name, entry.type)) continue;
      const existing = target?.entries.get(name);
      const examining = this.#entry({ path: child, depth }, entry, { existing, wanted });
      // A tree has many more names than files whose content has to be looked at.
      if (isPending(examining)) await examining;
    }
    if (target !== null) this.#extras(path, source, target, wanted);
  }

  #entry(
    place: { readonly path: string; readonly depth: number },
    entry: Entry,
    target: { readonly existing: Entry | undefined; readonly wanted: Set<string> },
  ): Awaitable<void> {
    const { path } = place;
    const { existing, wanted } = target;
    if (entry.type === 'directory') return this.#subdirectory(place, entry, existing);
    if (entry.type === 'symlink') {
      const hides = existing !== undefined && existing.type !== 'symlink' && this.#canHideLinks;
      if (!hides) return this.#link(path, entry, existing);
      return this.#unfollowed(path, existing).then((found) => this.#link(path, entry, found));
    }
    if (entry.type === 'other') return this.#skip(path, 'it is neither a file, a directory nor a link');
    if (!this.#filter.selects(path, entry.name, entry)) return undefined;
    if (existing !== undefined && existing.type !== 'file' && !this.#obstacle(path, existing))
      return undefined;
    const same = existing?.type === 'file' ? existing : undefined;
    const reason = same === undefined ? 'missing' : this.#difference(path, entry, same);
    const settle = (found: Reason | null): void =>
      this.#settleFile(path, entry, { reason: found, replaces: same !== undefined, wanted });
    return isPending(reason) ? reason.then(settle) : settle(reason);
  }

  #subdirectory(
    { path, depth }: { readonly path: string; readonly depth: number },
    entry: Entry,
    existing: Entry | undefined,
  ): void {
    if (depth >= maximumDepth) {
      this.#skip(path, `it lies deeper than ${maximumDepth} directories`);
      return;
    }
    if (existing !== undefined && existing.type !== 'directory' && !this.#obstacle(path, existing)) return;
    const fresh = existing?.type !== 'directory';
    if (fresh) {
      const mode = this.#options.keepMode === false ? null : entry.mode;
      this.#directories.push({ kind: 'make-directory', path, reason: 'missing', mode });
    }
    this.#rows.push({ path, fresh, depth: depth + 1 });
  }

  #settleFile(
    path: string,
    entry: Entry,
    found: { readonly reason: Reason | null; readonly replaces: boolean; readonly wanted: Set<string> },
  ): void {
    const { reason, replaces, wanted } = found;
    if (reason === null) {
      this.#unchanged += 1;
      return;
    }
    const { size, modifiedAt, modifiedPrecision, mode } = entry;
    const source = { size, modifiedAt, modifiedPrecision, mode };
    this.#copies.push({ kind: 'copy-file', path, reason, bytes: size, source, replaces });
    // Only removals have to know which parts of earlier copies are still of use.
    if (this.#options.delete !== true) return;
    for (const kind of ['partial', 'segments'] as const) {
      const partial = partialPathOf(below(this.#to.path, path), entry, kind);
      wanted.add(nameOf(partial)).add(nameOf(statePathOf(partial)));
    }
  }

  /** Whether what stands in the way may be removed. */
  #obstacle(path: string, existing: Entry): boolean {
    if (this.#options.delete !== true) {
      this.#skip(path, `a ${existing.type} of this name stands at the target, and nothing is to be removed`);
      return false;
    }
    this.#obstacles.push({ kind: 'remove', path, reason: 'type', type: existing.type, bytes: existing.size });
    return true;
  }

  async #difference(path: string, source: Entry, target: Entry): Promise<Reason | null> {
    const reason = difference(source, target, this.#options, this.#sides);
    const byDigest = this.#options.compare?.includes('checksum') === true;
    if (!byDigest || this.#options.onlyNewer === true || (reason !== null && reason !== 'time'))
      return reason;
    const { signal } = this.#options;
    const sides = [this.#from, this.#to].map((side) => ({
      fileSystem: side.fileSystem,
      path: below(side.path, path),
    }));
    const algorithm = compareAlgorithm(this.#from.fileSystem, this.#to.fileSystem);
    const [one, other] = await Promise.all(sides.map((side) => checksumOfFile(side, algorithm, signal)));
    if (one === undefined || other === undefined || !Buffer.from(one).equals(other)) return 'checksum';
    const { modifiedAt } = source;
    if (
      reason === 'time' &&
      this.#sides.timesKept &&
      modifiedAt !== null &&
      timeApart(source, target) !== 0
    ) {
      this.#times.push({ kind: 'set-times', path, reason, modifiedAt });
    }
    return null;
  }

  #link(path: string, entry: Entry, existing: Entry | undefined): void {
    const { links } = this.#options;
    if (links === 'skip') return;
    if (links === 'follow') {
      this.#skip(path, 'the link leads nowhere, or out of the tree');
      return;
    }
    const { linkTarget } = entry;
    if (linkTarget === null) this.#skip(path, 'the source does not tell where the link leads');
    else if (!this.#to.fileSystem.capabilities.symlinks) this.#skip(path, 'the target knows no links');
    else if (!staysInside(path, linkTarget)) this.#skip(path, 'the link leads out of the tree');
    else if (existing?.type === 'symlink' && existing.linkTarget === linkTarget) this.#unchanged += 1;
    else if (existing === undefined || existing.type === 'symlink' || this.#obstacle(path, existing)) {
      const replaces = existing?.type === 'symlink';
      this.#links.push({
        kind: 'make-link',
        path,
        reason: replaces ? 'link' : 'missing',
        target: linkTarget,
        replaces,
      });
    }
  }

  get #canHideLinks(): boolean {
    const { linksLookFollowed, symlinks } = this.#to.fileSystem.capabilities;
    return linksLookFollowed === true && symlinks;
  }

  /** What stands at the target itself, where a listing may have told of what it leads to. */
  async #unfollowed(path: string, listed: Entry): Promise<Entry> {
    const { fileSystem, path: top } = this.#to;
    try {
      const options = { signal: this.#options.signal };
      const linkTarget = await fileSystem.readSymlink?.(below(top, path), options);
      return linkTarget === undefined ? listed : { ...listed, type: 'symlink', linkTarget };
    } catch (error) {
      if (error instanceof WherryError && error.code === 'invalid-argument') return listed;
      throw error;
    }
  }

  #extras(
    path: string,
    source: DirectoryContents,
    target: DirectoryContents,
    wanted: ReadonlySet<string>,
  ): void {
    if (this.#options.delete !== true) return;
    for (const [name, entry] of target.entries) {
      const { type, size } = entry;
      const child = childOf(path, name);
      if (source.entries.has(name) || this.#filter.excludes(child, name, type)) continue;
      // What a selection leaves out at the source is not its business at the target either.
      const isMeant =
        type === 'directory' ? !this.#filter.isSelective : this.#filter.selects(child, name, entry);
      if (!isMeant) continue;
      this.#removals.push({ kind: 'remove', path: child, reason: 'extra', type, bytes: size });
    }
    for (const { name, type, size } of target.partials) {
      if (wanted.has(name)) continue;
      this.#removals.push({
        kind: 'remove',
        path: childOf(path, name),
        reason: 'leftover',
        type,
        bytes: size,
      });
    }
  }

  #skip(path: string, why: string): void {
    this.#skips.push({ kind: 'skip', path, why });
  }
}

function listings({ fileSystem }: OpenSide): number {
  const { parallelTransfers } = fileSystem as { parallelTransfers?: number };
  const wanted = isRemote(fileSystem) ? (parallelTransfers ?? defaultListings) : maximumListings;
  return Math.min(maximumListings, wanted);
}
