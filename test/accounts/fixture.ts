import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AccountDatabase, SqliteAccountsOptions } from '#accounts/index.ts';
import { openAccountDatabase, sqliteAccounts } from '#accounts/index.ts';
import type { Accounts, LoginAttempt } from '#core/authentication.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { attempt, forever } from './attempt.ts';
import { temporaryDirectory } from './directory.ts';

/** Cheap enough for tests, with all the steps of the real thing. */
export const cost = { memoryKib: 64, passes: 1, parallelism: 1 };

/** A new database that is closed when the test is over. */
export async function openDatabase(context: TestContext): Promise<AccountDatabase> {
  const database = await openAccountDatabase(join(await temporaryDirectory(context), 'a.db'), { cost });
  context.after(() => database.close());
  return database;
}

/** A new database with a source of accounts on it. */
export async function openAccounts(
  context: TestContext,
  options: Partial<SqliteAccountsOptions> = {},
): Promise<{ readonly database: AccountDatabase; readonly accounts: Accounts }> {
  const database = await openDatabase(context);
  const fileSystem = new MemoryFileSystem();
  const accounts = sqliteAccounts(database, { fileSystemFor: () => fileSystem, ...options });
  context.after(async () => accounts.close?.());
  return { database, accounts };
}

/** What came of a login in one word: `accepted`, `more: …`, or the reason of the refusal. */
export async function outcomeOf(
  accounts: Accounts,
  user: string,
  given: string | Partial<LoginAttempt>,
  more: Partial<LoginAttempt> = {},
): Promise<string> {
  const whole =
    typeof given === 'string' ? attempt(user, given, more) : attempt(user, '', { ...given, ...more });
  const outcome = await accounts.authenticate(whole, forever);
  if (outcome.outcome === 'refused') return outcome.reason;
  return outcome.outcome === 'more' ? `more: ${outcome.wanted.join(', ')}` : 'accepted';
}
