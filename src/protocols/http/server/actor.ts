import { WherryError } from '#core/errors.ts';
import type { AdministratorRole, TokenScope } from '../contract/admin/records.ts';
import type { RouteContract } from '../contract/admin/routes.ts';

/** Who asks for something, and what they may be given. */
export type Actor =
  /** Whoever can open the socket in the data directory, which is the owner of the machine. */
  | { readonly kind: 'owner' }
  | {
      readonly kind: 'administrator';
      readonly account: string;
      readonly role: NonNullable<AdministratorRole>;
      /** Null for a login of the person; else what the token was made for. */
      readonly scopes: readonly TokenScope[] | null;
    };

/** How an actor is called in the audit. */
export function actorName(actor: Actor): string {
  return actor.kind === 'owner' ? '(owner of the machine)' : actor.account;
}

/** The groups whose accounts an actor looks after; null for all. */
export function groupsOf(actor: Actor): readonly string[] | null {
  return actor.kind === 'owner' ? null : actor.role.groups;
}

/**
 * Whether an actor may use a route at all. What belongs to which group is asked where it is known.
 *
 * @throws WherryError `permission` that says what is missing
 */
export function demand(actor: Actor, route: RouteContract, changes: boolean): void {
  if (actor.kind === 'owner') return;
  const { role, scopes } = actor;
  if (changes && role.readOnly) throw refused('this administrator may look and not change');
  if (role.groups !== null && !route.forGroups)
    throw refused(`this administrator looks after ${role.groups.join(', ')} only`);
  const wanted: TokenScope = `${route.area}:${changes ? 'write' : 'read'}` as TokenScope;
  const enough = changes ? [wanted] : [wanted, `${route.area}:write`];
  if (scopes !== null && !scopes.some((scope) => enough.includes(scope)))
    throw refused(`the token was not made for ${wanted}`);
}

function refused(reason: string): WherryError {
  return new WherryError('permission', `Not allowed: ${reason}`);
}
