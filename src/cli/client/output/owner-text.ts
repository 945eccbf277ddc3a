import type { Entry } from '#core/entry.ts';

/** Whose an entry is: a name, a number where the server tells no name as by SFTP, or null. */
export function ownerText({ owner, userId }: Entry): string | null {
  return owner ?? numberText(userId);
}

/** As {@link ownerText}, of the group. */
export function groupText({ group, groupId }: Entry): string | null {
  return group ?? numberText(groupId);
}

function numberText(id: number | null): string | null {
  return id === null ? null : String(id);
}
