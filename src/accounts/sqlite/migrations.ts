import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { WherryError } from '#core/errors.ts';
import { addPasskeys } from './passkey-store.ts';
import type { AccountTables } from './schema.ts';
import { addSettings } from './settings-migration.ts';

interface Migration {
  readonly name: string;
  up(database: Kysely<AccountTables>): Promise<void>;
}

/** Every step of the schema in order; a step that was published is never changed, only followed by another. */
const migrations: readonly Migration[] = [
  {
    name: 'accounts',
    async up(database) {
      await database.schema
        .createTable('accounts')
        .addColumn('name', 'text', (column) => column.primaryKey().notNull())
        .addColumn('password_hash', 'text')
        .addColumn('home', 'text')
        .addColumn('rights', 'text', (column) => column.notNull().check(sql`rights in ('r', 'rw')`))
        .addColumn('enabled', 'integer', (column) => column.notNull().check(sql`enabled in (0, 1)`))
        .addColumn('administrator', 'integer', (column) =>
          column.notNull().check(sql`administrator in (0, 1)`),
        )
        .addColumn('require_tls', 'integer', (column) => column.notNull().check(sql`require_tls in (0, 1)`))
        .addColumn('fxp_networks', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('changed_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    name: 'start directory',
    async up(database) {
      await database.schema
        .alterTable('accounts')
        .addColumn('start_directory', 'text', (column) => column.notNull().defaultTo('/'))
        .execute();
    },
  },
  { name: 'settings, groups and keys', up: addSettings },
  { name: 'passkeys', up: addPasskeys },
];

/** The version of the schema that this program writes. */
export const currentSchemaVersion: number = migrations.length;

/**
 * Brings the schema from whatever version it has to `target`, all steps in one transaction: after a failure or a
 * kill the database is as it was.
 *
 * @returns how many steps were taken
 * @throws WherryError `unavailable` when a newer program has written the database
 */
export async function migrate(
  database: Kysely<AccountTables>,
  target = currentSchemaVersion,
): Promise<number> {
  return database.transaction().execute(async (transaction) => {
    await transaction.schema
      .createTable('schema_versions')
      .ifNotExists()
      .addColumn('version', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at', 'bigint', (column) => column.notNull())
      .execute();
    const newest = await transaction
      .selectFrom('schema_versions')
      .select((select) => select.fn.max('version').as('version'))
      .executeTakeFirst();
    const from = newest?.version ?? 0;
    if (from > currentSchemaVersion) {
      const reason = `its schema is version ${from} and this program knows ${currentSchemaVersion}`;
      throw new WherryError('unavailable', `Cannot open the account database: ${reason}`, {
        retryable: false,
      });
    }
    const steps = migrations.slice(from, target);
    for (const [index, step] of steps.entries()) {
      await step.up(transaction);
      const row = { version: from + index + 1, name: step.name, applied_at: Date.now() };
      await transaction.insertInto('schema_versions').values(row).execute();
    }
    return steps.length;
  });
}
