import type { CompiledQuery, Kysely } from 'kysely';
import type { StateTables } from './state-schema.ts';

interface Statement {
  compile(): CompiledQuery;
}

/** Every step of the schema in order; a step that was published is never changed, only followed by another. */
export const stateMigrations: readonly ((sql: Kysely<StateTables>) => readonly Statement[])[] = [
  ({ schema }) => [
    schema
      .createTable('bans')
      .addColumn('network', 'text', (column) => column.primaryKey().notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('duration_ms', 'bigint'),
    schema
      .createTable('allowed_networks')
      .addColumn('network', 'text', (column) => column.primaryKey().notNull())
      .addColumn('note', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull()),
    schema
      .createTable('usage')
      .addColumn('account', 'text', (column) => column.primaryKey().notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('files', 'bigint', (column) => column.notNull())
      .addColumn('settled', 'integer', (column) => column.notNull()),
    schema
      .createTable('volumes')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('period', 'text', (column) => column.notNull())
      .addColumn('upload_bytes', 'bigint', (column) => column.notNull())
      .addColumn('download_bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('volumes_key', ['account', 'period']),
    schema
      .createTable('hook_outbox')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement().notNull())
      .addColumn('hook', 'text', (column) => column.notNull())
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull()),
    schema.createIndex('hook_outbox_order').on('hook_outbox').columns(['hook', 'id']),
    schema
      .createTable('runs')
      .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('boot_id', 'text', (column) => column.notNull())
      .addColumn('clean', 'integer', (column) => column.notNull()),
  ],
  ({ schema }) => [
    schema
      .createTable('api_tokens')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('comment', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('secret_hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('last_used_at', 'bigint'),
  ],
  ({ schema }) => [
    schema
      .createTable('shares')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('token_hash', 'text', (column) => column.notNull().unique())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('access', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text')
      .addColumn('note', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('maximum_uses', 'integer')
      .addColumn('uses', 'integer', (column) => column.notNull()),
    schema.createIndex('shares_by_account').on('shares').columns(['account', 'created_at']),
    schema
      .createTable('page_preferences')
      .addColumn('account', 'text', (column) => column.primaryKey().notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull()),
  ],
];
