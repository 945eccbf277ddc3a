import { failure } from '../failure.ts';
import { MemoryContent } from './content.ts';
import type { DirectoryNode, FileNode, MemoryNode, SymlinkNode } from './node.ts';

export interface VolumeOptions {
  readonly capacity: number;
  readonly umask: number;
  readonly now: () => number;
}

let lastDevice = 0;

/** The nodes of one tree, with the room they take. */
export class MemoryVolume {
  readonly root: DirectoryNode;
  readonly capacity: number;
  readonly umask: number;
  readonly now: () => number;
  readonly #device: number;
  #lastInode = 0;
  #used = 0;

  constructor(options: VolumeOptions) {
    lastDevice += 1;
    this.#device = lastDevice;
    this.capacity = options.capacity;
    this.umask = options.umask;
    this.now = options.now;
    this.root = this.makeDirectory(0o777);
    this.root.links = 2;
  }

  /** Octets that all files hold together; a file with two names counts once. */
  get used(): number {
    return this.#used;
  }

  makeFile(mode: number): FileNode {
    const fields = { handles: 0, updating: false, content: new MemoryContent() };
    return { type: 'file', ...this.#fields(mode & ~this.umask), ...fields };
  }

  makeDirectory(mode: number): DirectoryNode {
    return {
      type: 'directory',
      ...this.#fields(mode & ~this.umask),
      children: new Map(),
      removed: false,
    };
  }

  makeSymlink(target: string): SymlinkNode {
    return { type: 'symlink', ...this.#fields(0o777), target };
  }

  #fields(mode: number) {
    const now = this.now();
    this.#lastInode += 1;
    return {
      device: this.#device,
      inode: this.#lastInode,
      createdAt: now,
      modifiedAt: now,
      accessedAt: now,
      mode: mode & 0o7777,
      userId: 0,
      groupId: 0,
      links: 0,
    };
  }

  /** Puts a node under a name that nothing else has. */
  attach(directory: DirectoryNode, name: string, node: MemoryNode): void {
    directory.children.set(name, node);
    directory.modifiedAt = this.now();
    if (node.type === 'directory') {
      node.links = 2;
      directory.links += 1;
    } else {
      node.links += 1;
    }
  }

  /** Takes a name away, and the node with it when that was its last. */
  detach(directory: DirectoryNode, name: string): void {
    const node = directory.children.get(name);
    if (node === undefined) return;
    directory.children.delete(name);
    directory.modifiedAt = this.now();
    if (node.type === 'directory') {
      node.links = 0;
      directory.links -= 1;
    } else {
      node.links -= 1;
      this.releaseIfUnused(node);
    }
  }

  /** Counts the room of a removed file as free once nobody holds it open. */
  releaseIfUnused(node: MemoryNode): void {
    if (node.type !== 'file' || node.links > 0 || node.handles > 0) return;
    this.#used -= node.content.size;
    node.content.truncate(0);
  }

  /** @throws WherryError `no-space` if the file must grow beyond the capacity */
  write(node: FileNode, source: Uint8Array, position: number): void {
    if (source.length === 0) return;
    const size = Math.max(node.content.size, position + source.length);
    this.#reserve(size - node.content.size);
    node.content.write(source, position);
    node.modifiedAt = this.now();
  }

  /** @throws WherryError `no-space` if the file must grow beyond the capacity */
  truncate(node: FileNode, size: number): void {
    this.#reserve(size - node.content.size);
    node.content.truncate(size);
    node.modifiedAt = this.now();
  }

  /** @throws WherryError `no-space` if the copy does not fit */
  copy(from: FileNode, to: FileNode): void {
    this.#reserve(from.content.size - to.content.size);
    to.content.copyFrom(from.content);
  }

  #reserve(octets: number): void {
    if (octets > 0 && this.#used + octets > this.capacity) throw failure('no-space', 'write the file');
    this.#used += octets;
  }
}
