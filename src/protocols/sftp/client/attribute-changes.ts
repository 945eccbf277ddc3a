import type { Awaitable } from '#core/awaitable.ts';
import { isPending } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes } from '#core/file-system.ts';
import { checkAttributes } from './checks.ts';

/**
 * Makes pairs of what version 3 only knows in pairs: both times, and user with group. The half that is missing is
 * asked for; where none is, the answer is there at once.
 *
 * @throws WherryError `invalid-argument` for what no file can have
 */
export function completeChanges(
  changes: Attributes,
  ask: () => Awaitable<Attributes>,
): Awaitable<Attributes> {
  checkAttributes(changes);
  const { userId, groupId, modifiedAt, accessedAt } = changes;
  const halfOwner = (userId === undefined) !== (groupId === undefined);
  const halfTimes = (modifiedAt === undefined) !== (accessedAt === undefined);
  if (!halfOwner && !halfTimes) return changes;
  const current = ask();
  return isPending(current)
    ? current.then((found) => fillHalves(changes, found))
    : fillHalves(changes, current);
}

function fillHalves(changes: Attributes, current: Attributes): Attributes {
  const { userId, groupId, modifiedAt, accessedAt } = changes;
  const halfOwner = (userId === undefined) !== (groupId === undefined);
  const halfTimes = (modifiedAt === undefined) !== (accessedAt === undefined);
  const complete: Attributes = {
    ...changes,
    modifiedAt: modifiedAt ?? (halfTimes ? (current.modifiedAt ?? accessedAt) : undefined),
    accessedAt: accessedAt ?? (halfTimes ? (current.accessedAt ?? modifiedAt) : undefined),
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
