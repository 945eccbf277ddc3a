import type { AccountDatabase } from '#accounts/index.ts';
import { Secret } from '#core/secret.ts';
import { generatePassword } from './generate-password.ts';
import type { TrialUser } from './serve-options.ts';

/** An account with a password that nobody knows yet. */
export interface MadeAccount {
  readonly name: string;
  readonly password: Secret;
}

const firstAccountName = 'wherry';

/** Makes the accounts that the command line or the configuration gives, or changes those that are there. */
export async function applyUsers(database: AccountDatabase, users: readonly TrialUser[]): Promise<void> {
  for (const { name, password, rights } of users) {
    const known = await database.find(name);
    if (known === null) await database.add({ name, password, rights });
    else await database.set(name, { password, rights, enabled: true });
  }
}

/** Makes an account with a generated password where there is none at all; null where there is one. */
export async function makeFirstAccount(database: AccountDatabase): Promise<MadeAccount | null> {
  const [first] = await database.list({ limit: 1 });
  if (first !== undefined) return null;
  const password = new Secret(generatePassword());
  await database.add({ name: firstAccountName, password, rights: 'rw' });
  return { name: firstAccountName, password };
}
