import type { ColumnType } from 'kysely';

/**
 * The tables of the account database. Only column types that mean the same to SQLite and PostgreSQL are used, so
 * that one schema and one set of queries serve both: truth values are the integers 0 and 1, times are milliseconds
 * since 1970 in UTC, lists are JSON text.
 */
export interface AccountTables {
  readonly accounts: AccountsTable;
  readonly schema_versions: SchemaVersionsTable;
}

export interface AccountsTable {
  readonly name: ColumnType<string, string, never>;
  /** PHC string of argon2id; null for an account that cannot log in with a password. */
  readonly password_hash: string | null;
  readonly home: string | null;
  readonly start_directory: string;
  readonly rights: 'r' | 'rw';
  readonly enabled: number;
  readonly administrator: number;
  readonly require_tls: number;
  /** JSON list of CIDR networks. */
  readonly fxp_networks: string;
  /** PostgreSQL's driver gives 64-bit integers as text. */
  readonly created_at: ColumnType<number | string, number, never>;
  readonly changed_at: ColumnType<number | string, number, number>;
}

export interface SchemaVersionsTable {
  readonly version: number;
  readonly name: string;
  readonly applied_at: ColumnType<number | string, number, never>;
}
