import { encodeName } from '#core/name-encoding.ts';
import { nameOf, pathSegments, rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { maximumNameLength } from '../validation.ts';
import type { DirectoryNode, MemoryNode } from './node.ts';

/** Links followed in one path before it counts as a loop: the number that Linux allows (path_resolution(7)). */
const maximumLinksFollowed = 40;

/** Where a path leads. */
export interface Location {
  /** The directories from the root down to the one that holds the name; for the root itself, just the root. */
  readonly directories: readonly DirectoryNode[];
  readonly directory: DirectoryNode;
  /** Empty for a directory that the path reached by `..` or as the root. */
  readonly name: string;
  /** Absent if the directory holds no such name. */
  readonly node: MemoryNode | undefined;
  /** The path without links. */
  readonly canonical: VirtualPath;
}

export interface LocateOptions {
  readonly action: string;
  readonly followLast: boolean;
  /** Whether components after a missing one are kept as they are, instead of `not-found`. */
  readonly keepMissing?: boolean;
}

/** Walks a path as the kernel does in a changed root: absolute links and `..` stay within the tree. */
class Walk {
  readonly #path: VirtualPath;
  readonly #options: LocateOptions;
  readonly #nodes: DirectoryNode[];
  readonly #names: string[] = [];
  /** Components still to walk, the next one last. */
  readonly #pending: string[];
  #linksFollowed = 0;
  #last: MemoryNode | undefined;
  #lastName = '';

  constructor(root: DirectoryNode, path: VirtualPath, options: LocateOptions) {
    this.#path = path;
    this.#options = options;
    this.#nodes = [root];
    this.#last = root;
    this.#pending = pathSegments(path).toReversed();
  }

  run(): Location {
    for (;;) {
      const segment = this.#pending.pop();
      if (segment === undefined) return this.#result();
      const directory = this.#enter();
      if (directory === undefined) return this.#missing(segment);
      if (segment === '' || segment === '.') continue;
      if (segment === '..') this.#climb();
      else this.#step(directory, segment);
    }
  }

  #fail(code: Parameters<typeof failure>[0]): Error {
    return failure(code, this.#options.action, this.#path);
  }

  /** Makes what the last step reached the current directory. */
  #enter(): DirectoryNode | undefined {
    if (this.#last === undefined) return undefined;
    if (this.#last.type !== 'directory') throw this.#fail('not-directory');
    if (this.#lastName !== '') {
      this.#nodes.push(this.#last);
      this.#names.push(this.#lastName);
      this.#lastName = '';
    }
    return this.#last;
  }

  #climb(): void {
    if (this.#nodes.length > 1) {
      this.#nodes.pop();
      this.#names.pop();
    }
    this.#last = this.#nodes.at(-1);
  }

  #step(directory: DirectoryNode, name: string): void {
    if (name.length * 3 > maximumNameLength && encodeName(name).length > maximumNameLength) {
      throw this.#fail('name-too-long');
    }
    this.#last = directory.children.get(name);
    this.#lastName = name;
    if (this.#last?.type !== 'symlink') return;
    if (this.#pending.length === 0 && !this.#options.followLast) return;
    this.#linksFollowed += 1;
    if (this.#linksFollowed > maximumLinksFollowed) throw this.#fail('link-loop');
    const { target } = this.#last;
    this.#lastName = '';
    this.#pending.push(...target.split('/').reverse());
    if (target.startsWith('/')) {
      this.#nodes.length = 1;
      this.#names.length = 0;
      this.#last = this.#nodes[0];
    } else {
      this.#last = directory;
    }
  }

  #missing(segment: string): Location {
    const rest = [segment, ...this.#pending.toReversed()];
    if (rest.every((part) => part === '' || part === '.')) {
      // A trailing slash in a link asks for a directory, which only makeDirectory could be about to make.
      throw this.#fail('not-found');
    }
    if (this.#options.keepMissing !== true || rest.includes('..')) throw this.#fail('not-found');
    this.#names.push(this.#lastName, ...rest.filter((part) => part !== '' && part !== '.'));
    this.#lastName = '';
    return this.#result();
  }

  #result(): Location {
    const directory = this.#nodes.at(-1);
    if (directory === undefined) throw this.#fail('not-found');
    const names = this.#lastName === '' ? this.#names : [...this.#names, this.#lastName];
    const canonical = (names.length === 0 ? rootPath : `/${names.join('/')}`) as VirtualPath;
    if (this.#lastName !== '' || this.#last !== directory || names.length === 0) {
      return {
        directories: this.#nodes,
        directory,
        name: this.#lastName,
        node: this.#last,
        canonical,
      };
    }
    // A link that ends in `..` or a slash: the directory's own name stands one above.
    const holder = this.#nodes.at(-2) ?? directory;
    const directories = this.#nodes.slice(0, -1);
    return { directories, directory: holder, name: nameOf(canonical), node: directory, canonical };
  }
}

/**
 * @throws WherryError `not-found` or `not-directory` for what is missing or no directory before the last component,
 * `link-loop`, `name-too-long`
 */
export function locate(root: DirectoryNode, path: VirtualPath, options: LocateOptions): Location {
  return new Walk(root, path, options).run();
}
