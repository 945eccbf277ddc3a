import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Failure } from '#protocols/http/contract/page/common.ts';

/** A failure as the contract words it, thrown by the double and answered as its status. */
export class BackendFailure extends Error {
  readonly failure: Failure;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.failure = { code, message, retryable: false };
  }
}

/** A file or directory of the memory tree. */
export interface TreeNode {
  readonly type: EntryRecord['type'];
  content: Buffer;
  children: Map<string, TreeNode> | null;
  modifiedAt: number;
  mode: number;
  size: number;
  linkTarget?: string;
}

const january = Date.UTC(2026, 0, 15, 9, 30);

export function file(content: string | Buffer | number, modifiedAt = january): TreeNode {
  const bytes = typeof content === 'number' ? Buffer.alloc(0) : Buffer.from(content);
  const size = typeof content === 'number' ? content : bytes.length;
  return { type: 'file', content: bytes, children: null, modifiedAt, mode: 0o644, size };
}

export function directory(children: Record<string, TreeNode> = {}, modifiedAt = january): TreeNode {
  const map = new Map(Object.entries(children));
  return { type: 'directory', content: Buffer.alloc(0), children: map, modifiedAt, mode: 0o755, size: 4096 };
}

export function symlink(target: string): TreeNode {
  const node = file(0);
  return { ...node, type: 'symlink', mode: 0o777, linkTarget: target };
}

/** Finds nodes by path; every miss is the failure a real backend would answer. */
export class MemoryTree {
  readonly root: TreeNode;

  constructor(root: TreeNode) {
    this.root = root;
  }

  find(path: string): TreeNode {
    let node = this.root;
    for (const part of path.split('/').filter((part) => part !== '')) {
      const child = node.children?.get(part);
      if (child === undefined) {
        throw new BackendFailure(404, 'not-found', `Cannot open ${path}: no such file or directory`);
      }
      node = child;
    }
    return node;
  }

  /** The directory that holds `path`, and the last name. */
  parent(path: string): { readonly children: Map<string, TreeNode>; readonly name: string } {
    const cut = path.lastIndexOf('/');
    const node = this.find(path.slice(0, cut));
    if (node.children === null)
      throw new BackendFailure(409, 'not-directory', 'Cannot do this: not a directory');
    return { children: node.children, name: path.slice(cut + 1) };
  }

  entry(path: string): EntryRecord {
    return entryOf(path.slice(path.lastIndexOf('/') + 1), this.find(path));
  }

  add(path: string, node: TreeNode): void {
    const { children, name } = this.parent(path);
    children.set(name, node);
  }

  /** Makes the directories above `path` that are not there yet. */
  makeParents(path: string): void {
    let { children } = this.root;
    for (const part of path.split('/').slice(1, -1)) {
      const next = children?.get(part) ?? directory({}, Date.now());
      children?.set(part, next);
      children = next.children;
    }
  }

  remove(path: string): void {
    const { children, name } = this.parent(path);
    if (!children.delete(name)) throw new BackendFailure(404, 'not-found', 'Cannot remove it: no such file');
  }
}

export function entryOf(name: string, node: TreeNode): EntryRecord {
  return {
    name,
    type: node.type,
    size: node.size,
    modifiedAt: node.modifiedAt,
    modifiedPrecision: 'second',
    mode: node.mode,
    owner: 'anna',
    group: 'staff',
    ...(node.linkTarget === undefined ? {} : { linkTarget: node.linkTarget, linkType: 'file' as const }),
  };
}
