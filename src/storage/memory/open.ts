import type { OpenWriteOptions, ReadHandle } from '#core/file-system.ts';
import { nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { locate } from './locate.ts';
import type { Location } from './locate.ts';
import type { FileNode, MemoryNode } from './node.ts';
import { MemoryReadHandle } from './read-handle.ts';
import type { MemoryVolume } from './volume.ts';
import { MemoryWriteHandle } from './write-handle.ts';

const action = 'open the file';

export function openMemoryRead(volume: MemoryVolume, path: VirtualPath): ReadHandle {
  const { node } = locate(volume.root, path, { action, followLast: true });
  if (node === undefined) throw failure('not-found', action, path);
  return new MemoryReadHandle(volume, requireFile(node, path), nameOf(path));
}

/** Opens for writing; `source` is what a new file starts as, for a copy. */
export function openMemoryWrite(
  volume: MemoryVolume,
  path: VirtualPath,
  options: OpenWriteOptions,
  source?: FileNode,
): MemoryWriteHandle {
  const disposition = options.disposition ?? 'replace';
  const readable = options.readable ?? false;
  if (readable && disposition !== 'update') throw failure('invalid-argument', action, path);
  // As with O_EXCL, a link that leads nowhere also takes the name.
  const place = locate(volume.root, path, { action, followLast: disposition !== 'create' });
  if (place.node !== undefined && disposition === 'create') throw failure('exists', action, path);
  const existing = place.node === undefined ? undefined : requireFile(place.node, path);
  const name = nameOf(path);
  if (disposition === 'update') {
    if (existing?.updating === true) throw failure('busy', action, path);
    const node = existing ?? volume.makeFile(options.mode ?? 0o666);
    if (existing === undefined) volume.attach(place.directory, place.name, node);
    return new MemoryWriteHandle({ volume, node, name, readable });
  }
  const node = volume.makeFile(options.mode ?? 0o666);
  if (existing !== undefined) keepOwnership(existing, node);
  if (source !== undefined) volume.copy(source, node);
  const publish = (): void => publishFile(volume, { place, node, path, exclusive: disposition === 'create' });
  return new MemoryWriteHandle({ volume, node, name, readable, publish });
}

function requireFile(node: MemoryNode, path: VirtualPath): FileNode {
  if (node.type === 'file') return node;
  throw failure(node.type === 'directory' ? 'is-directory' : 'not-regular', action, path);
}

/** Set-user-ID and its like do not outlive new content, as in the kernel. */
function keepOwnership(existing: FileNode, node: FileNode): void {
  node.mode = existing.mode & 0o777;
  node.userId = existing.userId;
  node.groupId = existing.groupId;
}

interface Publication {
  readonly place: Location;
  readonly node: FileNode;
  readonly path: VirtualPath;
  readonly exclusive: boolean;
}

function publishFile(volume: MemoryVolume, { place, node, path, exclusive }: Publication): void {
  const action = 'complete the file';
  if (place.directory.removed) throw failure('not-found', action, path);
  const existing = place.directory.children.get(place.name);
  if (existing !== undefined && exclusive) throw failure('exists', action, path);
  if (existing?.type === 'directory') throw failure('is-directory', action, path);
  volume.detach(place.directory, place.name);
  volume.attach(place.directory, place.name, node);
}
