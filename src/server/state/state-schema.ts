import type { ColumnType } from 'kysely';

/**
 * The tables of what a server keeps beside its accounts. As in the account database only types that mean the same to
 * SQLite and PostgreSQL are used: truth values are 0 and 1, times milliseconds since 1970 in UTC.
 */
export interface StateTables {
  readonly bans: BansTable;
  readonly allowed_networks: AllowedNetworksTable;
  readonly usage: UsageTable;
  readonly volumes: VolumesTable;
  readonly hook_outbox: HookOutboxTable;
  readonly runs: RunsTable;
  readonly api_tokens: ApiTokensTable;
  readonly shares: SharesTable;
  readonly page_preferences: PagePreferencesTable;
  readonly schema_versions: SchemaVersionsTable;
}

type BigInteger = ColumnType<number | string, number, number>;

export interface BansTable {
  /** CIDR in canonical form. */
  readonly network: string;
  readonly reason: string;
  readonly source: 'administrator' | 'automatic';
  readonly created_at: BigInteger;
  /** Null for ever. */
  readonly expires_at: ColumnType<number | string | null, number | null, number | null>;
  readonly duration_ms: ColumnType<number | string | null, number | null, number | null>;
}

export interface AllowedNetworksTable {
  readonly network: string;
  readonly note: string;
  readonly created_at: BigInteger;
}

export interface UsageTable {
  readonly account: string;
  readonly bytes: BigInteger;
  readonly files: BigInteger;
  /** 0 while files are being changed: the tree has to be counted before the numbers are used. */
  readonly settled: number;
}

export interface VolumesTable {
  readonly account: string;
  /** A day (`2026-11-21`) or a month (`2026-11`) of UTC. */
  readonly period: string;
  readonly upload_bytes: BigInteger;
  readonly download_bytes: BigInteger;
}

export interface HookOutboxTable {
  readonly id: ColumnType<number, never, never>;
  /** The name of the hook it is for. */
  readonly hook: string;
  readonly message_id: string;
  readonly payload: string;
  readonly created_at: BigInteger;
  readonly attempts: number;
  readonly next_attempt_at: BigInteger;
}

export interface ApiTokensTable {
  readonly id: string;
  /** The administrator who it acts for. */
  readonly account: string;
  readonly comment: string;
  /** JSON list. */
  readonly scopes: string;
  /** SHA-256 of the secret part in base64url; the secret is random and long, so nothing slower is needed. */
  readonly secret_hash: string;
  readonly created_at: BigInteger;
  readonly expires_at: ColumnType<number | string | null, number | null, number | null>;
  readonly last_used_at: ColumnType<number | string | null, number | null, number | null>;
}

export interface SharesTable {
  readonly id: string;
  /** Whose files it shows, and by whose rights. */
  readonly account: string;
  /** SHA-256 of the secret part of its address in base64url; the secret is random and long, so nothing slower is needed. */
  readonly token_hash: string;
  /** Of the account's tree. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly access: 'read' | 'upload-only' | 'read-and-upload';
  /** As accounts keep theirs; null for none. */
  readonly password_hash: string | null;
  readonly note: string;
  readonly created_at: BigInteger;
  readonly expires_at: ColumnType<number | string | null, number | null, number | null>;
  /** Null for any number. */
  readonly maximum_uses: number | null;
  readonly uses: number;
}

export interface PagePreferencesTable {
  readonly account: string;
  /** JSON; the page's own affair. */
  readonly content: string;
  readonly changed_at: BigInteger;
}

export interface RunsTable {
  /** Always 1: there is one row. */
  readonly id: number;
  /** What the system calls its time since it was started; empty where it has no name for it. */
  readonly boot_id: string;
  /** Whether the last run ended as it should. */
  readonly clean: number;
}

export interface SchemaVersionsTable {
  readonly version: number;
  readonly applied_at: BigInteger;
}
