import type { StateDatabase } from '../state/state-database.ts';

/** Forgets what is kept for an account that was removed: who has its name later must not have its links. */
export function forgetAccount(database: StateDatabase, account: string): void {
  const { sql } = database;
  database.run(sql.deleteFrom('shares').where('account', '=', account), 'remove the links of the account');
  database.run(
    sql.deleteFrom('page_preferences').where('account', '=', account),
    'remove what the page keeps for the account',
  );
}
