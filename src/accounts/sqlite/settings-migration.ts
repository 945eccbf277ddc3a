import type { Kysely } from 'kysely';
import type { AccountTables } from './schema.ts';

/** The table `accounts` before groups were. */
interface BeforeTables {
  readonly accounts_before: {
    readonly name: string;
    readonly password_hash: string | null;
    readonly home: string | null;
    readonly rights: 'r' | 'rw';
    readonly enabled: number;
    readonly administrator: number;
    readonly require_tls: number;
    readonly fxp_networks: string;
    readonly created_at: number | string;
    readonly changed_at: number | string;
    readonly start_directory: string;
  };
}

/**
 * Groups, keys and certificates come in; what an account says becomes one JSON text, since nothing is ever looked up
 * by it and a setting more then needs no new column. What stood at its default is nothing said.
 */
export async function addSettings(database: Kysely<AccountTables>): Promise<void> {
  const before = database as unknown as Kysely<BeforeTables>;
  await database.schema.alterTable('accounts').renameTo('accounts_before').execute();
  await createTables(database);
  for (const row of await before.selectFrom('accounts_before').selectAll().execute()) {
    const fxpNetworks = JSON.parse(row.fxp_networks) as readonly string[];
    const settings = {
      ...(row.home === null ? {} : { home: row.home }),
      ...(row.start_directory === '/' ? {} : { startDirectory: row.start_directory }),
      ...(row.rights === 'rw' ? {} : { rights: row.rights }),
      ...(row.require_tls === 0 ? {} : { requireTls: true }),
      ...(fxpNetworks.length === 0 ? {} : { fxpNetworks }),
    };
    await database
      .insertInto('accounts')
      .values({
        name: row.name,
        password_hash: row.password_hash,
        code_secret: null,
        code_last_step: 0,
        information_hash: null,
        enabled: row.enabled,
        comment: '',
        email: '',
        administrator: row.administrator === 0 ? null : '{"groups":null,"readOnly":false}',
        principals: '[]',
        settings: JSON.stringify(settings),
        created_at: Number(row.created_at),
        changed_at: Number(row.changed_at),
      })
      .execute();
  }
  await database.schema.dropTable('accounts_before').execute();
}

async function createTables(database: Kysely<AccountTables>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('accounts')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('password_hash', 'text')
    .addColumn('code_secret', 'text')
    .addColumn('code_last_step', 'bigint', (column) => column.notNull())
    .addColumn('information_hash', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('administrator', 'text')
    .addColumn('principals', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('account_groups')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('account_memberships')
    .addColumn('account_name', 'text', (column) =>
      column.notNull().references('accounts.name').onDelete('cascade'),
    )
    .addColumn('group_name', 'text', (column) =>
      column.notNull().references('account_groups.name').onDelete('cascade'),
    )
    .addColumn('place', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('account_memberships_key', ['account_name', 'group_name'])
    .execute();
  await schema
    .createIndex('account_memberships_by_group')
    .on('account_memberships')
    .columns(['group_name', 'account_name'])
    .execute();
  await schema
    .createTable('account_keys')
    .addColumn('account_name', 'text', (column) =>
      column.notNull().references('accounts.name').onDelete('cascade'),
    )
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('options', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('account_keys_key', ['account_name', 'fingerprint'])
    .execute();
  await schema
    .createTable('account_certificates')
    .addColumn('account_name', 'text', (column) =>
      column.notNull().references('accounts.name').onDelete('cascade'),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('account_certificates_key', ['account_name', 'kind', 'value'])
    .execute();
  await schema
    .createTable('ssh_authorities')
    .addColumn('fingerprint', 'text', (column) => column.primaryKey().notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('revoked_keys')
    .addColumn('fingerprint', 'text', (column) => column.primaryKey().notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .execute();
}
