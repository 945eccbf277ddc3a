import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { locate } from './locate.ts';
import type { MemoryNode } from './node.ts';
import type { MemoryVolume } from './volume.ts';

export interface RenameRequest {
  readonly from: VirtualPath;
  readonly to: VirtualPath;
  readonly overwrite: boolean;
}

const action = 'rename';

/** Moves a name as rename(2) does; neither name is followed if it is a link. */
export function renameNode(volume: MemoryVolume, request: RenameRequest): void {
  const { from, to } = request;
  const source = locate(volume.root, from, { action, followLast: false });
  if (source.node === undefined) throw failure('not-found', action, from);
  const target = locate(volume.root, to, { action, followLast: false });
  if (source.node === volume.root) throw failure('permission', action, from);
  if (target.node === volume.root) throw failure('permission', action, to);
  if (target.node !== undefined && !request.overwrite) throw failure('exists', action, to);
  if (source.node.type === 'directory' && target.directories.includes(source.node)) {
    throw failure('invalid-argument', action, to);
  }
  if (target.node === source.node) return;
  if (target.node !== undefined) checkReplaceable(source.node, target.node, to);
  volume.detach(target.directory, target.name);
  const { node } = source;
  volume.attach(target.directory, target.name, node);
  volume.detach(source.directory, source.name);
  if (node.type === 'directory') node.links = 2 + countDirectories(node);
}

function checkReplaceable(source: MemoryNode, existing: MemoryNode, to: VirtualPath): void {
  const movesDirectory = source.type === 'directory';
  if (existing.type !== 'directory') {
    if (movesDirectory) throw failure('not-directory', action, to);
    return;
  }
  if (!movesDirectory) throw failure('is-directory', action, to);
  // Also true of an ancestor of the source, which holds at least the way down to it.
  if (existing.children.size > 0) throw failure('not-empty', action, to);
  existing.removed = true;
}

function countDirectories(node: MemoryNode): number {
  if (node.type !== 'directory') return 0;
  let count = 0;
  for (const child of node.children.values()) if (child.type === 'directory') count += 1;
  return count;
}
