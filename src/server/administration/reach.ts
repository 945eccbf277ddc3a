import type { AccountDatabase, AccountRecord } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { NewUser, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { groupsOf, type Actor } from '#protocols/http/server/actor.ts';

/**
 * What an administrator of some groups may say of an account. Everything that bounds an account (its tree, rights,
 * limits, networks, methods) comes from the group, and who looks after the group cannot loosen it.
 */
const fieldsForGroups: ReadonlySet<keyof NewUser> = new Set<keyof NewUser>([
  'name',
  'password',
  'passwordHash',
  'accountInformation',
  'enabled',
  'comment',
  'email',
  'groups',
  'startDirectory',
  'expiresAt',
]);

/** Whether an account is one that an actor looks after. */
export function reaches(actor: Actor, record: Pick<AccountRecord, 'groups' | 'administrator'>): boolean {
  const groups = groupsOf(actor);
  if (groups === null) return true;
  return record.administrator === null && record.groups.some((group) => groups.includes(group));
}

/** An account that an actor looks after. @throws WherryError `not-found`, also for the accounts of others */
export async function reachedAccount(
  database: AccountDatabase,
  actor: Actor,
  name: string,
): Promise<AccountRecord> {
  const record = await database.find(name);
  if (record !== null && reaches(actor, record)) return record;
  throw new WherryError('not-found', `There is no account "${printableName(name)}"`);
}

/** Makes sure that an actor may see a group. @throws WherryError `not-found` */
export function demandGroup(actor: Actor, name: string): void {
  const groups = groupsOf(actor);
  if (groups === null || groups.includes(name.normalize('NFC'))) return;
  throw new WherryError('not-found', `There is no group "${printableName(name)}"`);
}

/** Makes sure that an actor may say this of an account. @throws WherryError `permission` */
export function demandFields(actor: Actor, changes: UserChanges, isNew: boolean): void {
  const own = groupsOf(actor);
  if (own === null) return;
  const beyond = Object.keys(changes).filter((field) => !fieldsForGroups.has(field as keyof NewUser));
  if (beyond.length > 0) {
    throw new WherryError(
      'permission',
      `Not allowed: ${beyond.join(', ')} is for administrators of everything`,
    );
  }
  const { groups } = changes;
  if (groups === undefined && !isNew) return;
  const isWithin = groups !== undefined && groups.length > 0 && groups.every((group) => own.includes(group));
  if (!isWithin) {
    throw new WherryError('permission', `Not allowed: give groups of ${own.join(', ')}, at least one`);
  }
}
