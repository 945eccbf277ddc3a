import type { AccountDatabase, AccountRecord } from '#accounts/index.ts';
import { knownTime } from '#core/known-time.ts';
import type { Actor } from '#protocols/http/server/actor.ts';
import type { AdministratorLookup } from '#protocols/http/server/services.ts';
import type { TokenStore } from './token-store.ts';

/** Knows administrators by their accounts and their tokens, as both are at this moment. */
export function administratorLookup(database: AccountDatabase, tokens: TokenStore): AdministratorLookup {
  const administrator = async (name: string): Promise<AccountRecord | null> => {
    const record = await database.find(name);
    if (record === null || !record.enabled || record.administrator === null) return null;
    return record.expiresAt !== null && record.expiresAt <= knownTime.forExpiry() ? null : record;
  };
  return {
    roleOf: async (name) => (await administrator(name))?.administrator ?? null,
    actorOfToken: async (given): Promise<Actor | null> => {
      const token = tokens.verify(given);
      const record = token === null ? null : await administrator(token.account);
      // A token of an account that was removed is nothing to a later one of the same name.
      if (token === null || record === null || record.createdAt > token.createdAt) return null;
      const { administrator: role } = record;
      return role === null
        ? null
        : { kind: 'administrator', account: record.name, role, scopes: token.scopes };
    },
  };
}
