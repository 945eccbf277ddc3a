import type { Attributes } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { checkAttributes } from '../validation.ts';
import type { MemoryNode } from './node.ts';
import type { MemoryVolume } from './volume.ts';

/**
 * @throws WherryError `invalid-argument` for impossible numbers, `is-directory` or `not-regular` for the size of
 * what is no file, `not-supported` for the mode of a link, `no-space`
 */
export function applyAttributes(
  volume: MemoryVolume,
  node: MemoryNode,
  attributes: Attributes,
  path?: VirtualPath,
): void {
  const action = 'change the attributes';
  checkAttributes(attributes, path);
  const { mode, modifiedAt, accessedAt, userId, groupId, size } = attributes;
  if (mode !== undefined && node.type === 'symlink') throw failure('not-supported', action, path);
  if (size !== undefined) {
    if (node.type !== 'file')
      throw failure(node.type === 'directory' ? 'is-directory' : 'not-regular', action, path);
    volume.truncate(node, size);
  }
  if (mode !== undefined) node.mode = mode;
  if (userId !== undefined) node.userId = userId;
  if (groupId !== undefined) node.groupId = groupId;
  if (modifiedAt !== undefined) node.modifiedAt = modifiedAt;
  if (accessedAt !== undefined) node.accessedAt = accessedAt;
}
