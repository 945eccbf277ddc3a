import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { nameOf, parentOf, rootPath } from '#core/virtual-path.ts';

/** A tree shown at a place in another one. */
export interface Mount {
  readonly path: VirtualPath;
  readonly fileSystem: FileSystem;
  /** Refuse every change below it (default false). */
  readonly readOnly?: boolean | undefined;
}

/** Where a path leads: which tree, and the path in it. */
export interface Place {
  readonly mount: Mount;
  readonly path: VirtualPath;
}

/** Which tree holds which path: the one mounted deepest above it. */
export class MountTable {
  readonly #byPath = new Map<VirtualPath, Mount>();
  /** Names below each directory on the way to a mount: the next one, and whether it is the mount itself. */
  readonly #ways = new Map<VirtualPath, Map<string, Mount | null>>();

  /** @throws WherryError `exists` for two mounts at one path */
  constructor(mounts: readonly Mount[]) {
    for (const mount of mounts) {
      if (this.#byPath.has(mount.path)) {
        throw new WherryError('exists', 'Cannot mount two trees at one path', { path: mount.path });
      }
      this.#byPath.set(mount.path, mount);
    }
    for (const { path } of mounts) {
      for (let at = path; at !== rootPath; at = parentOf(at)) {
        const names = this.#ways.get(parentOf(at)) ?? new Map<string, Mount | null>();
        names.set(nameOf(at), this.#byPath.get(at) ?? null);
        this.#ways.set(parentOf(at), names);
      }
    }
  }

  get mounts(): readonly Mount[] {
    return [...this.#byPath.values()];
  }

  find(path: VirtualPath): Place {
    for (let at = path; ; at = parentOf(at)) {
      const mount = this.#byPath.get(at);
      if (mount !== undefined) return { mount, path: relative(path, at) };
      if (at === rootPath) throw new WherryError('not-found', 'There is no tree at the root', { path });
    }
  }

  /** Whether a tree is mounted there, or somewhere below; such a directory is not renamed or removed. */
  isPinned(path: VirtualPath): boolean {
    return this.#byPath.has(path) || this.#ways.has(path);
  }

  /** Whether it is there at least as a directory on the way to a mount. */
  isWay(path: VirtualPath): boolean {
    return this.#ways.has(path);
  }

  /** The names that mounts put into a directory: with the tree mounted there, or null where one lies deeper. */
  namesIn(directory: VirtualPath): ReadonlyMap<string, Mount | null> {
    return this.#ways.get(directory) ?? noNames;
  }
}

const noNames: ReadonlyMap<string, Mount | null> = new Map();

function relative(path: VirtualPath, base: VirtualPath): VirtualPath {
  if (base === rootPath) return path;
  return (path.slice(base.length) || rootPath) as VirtualPath;
}

/** The path in the whole tree of a path in one that is mounted at `base`. */
export function absolute(base: VirtualPath, path: VirtualPath): VirtualPath {
  if (base === rootPath) return path;
  return path === rootPath ? base : (`${base}${path}` as VirtualPath);
}
