import { WherryError } from '#core/errors.ts';
import type { Attributes } from '#core/file-system.ts';

/**
 * Makes pairs of what version 3 only knows in pairs: both times, and user with group. A missing access time becomes
 * the modification time; whatever else is missing is asked for.
 */
export async function completeChanges(
  changes: Attributes,
  ask: () => Promise<Attributes>,
): Promise<Attributes> {
  const { userId, groupId, modifiedAt, accessedAt } = changes;
  const halfOwner = (userId === undefined) !== (groupId === undefined);
  const needsModified = accessedAt !== undefined && modifiedAt === undefined;
  const current = halfOwner || needsModified ? await ask() : {};
  const complete: Attributes = {
    ...changes,
    modifiedAt: modifiedAt ?? (needsModified ? (current.modifiedAt ?? accessedAt) : undefined),
    accessedAt: accessedAt ?? modifiedAt,
    ...(halfOwner ? { userId: userId ?? current.userId, groupId: groupId ?? current.groupId } : {}),
  };
  if (halfOwner && (complete.userId === undefined || complete.groupId === undefined)) {
    throw new WherryError(
      'not-supported',
      'Cannot change the owner: the server does not tell the present one',
    );
  }
  return complete;
}
