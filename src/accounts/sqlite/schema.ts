import type { ColumnType } from 'kysely';
import type { DatabaseKind } from '#sqlite/connection.ts';

/** Accounts change rarely, so the few milliseconds buy that a power cut loses none either ("Whry"). */
export const accountDatabaseKind: DatabaseKind = Object.freeze({
  what: 'the account database',
  applicationId: 0x57687279,
  durability: 'full',
});

/**
 * The tables of the account database. Only column types that mean the same to SQLite and PostgreSQL are used, so
 * that one schema and one set of queries serve both: truth values are the integers 0 and 1, times are milliseconds
 * since 1970 in UTC, lists and settings are JSON text.
 */
export interface AccountTables {
  readonly accounts: AccountsTable;
  readonly account_groups: GroupsTable;
  readonly account_memberships: MembershipsTable;
  readonly account_keys: KeysTable;
  readonly account_certificates: CertificatesTable;
  readonly account_passkeys: PasskeysTable;
  readonly ssh_authorities: AuthoritiesTable;
  readonly revoked_keys: RevokedKeysTable;
  readonly schema_versions: SchemaVersionsTable;
}

/** PostgreSQL's driver gives 64-bit integers as text. */
type Time = ColumnType<number | string, number, number>;
type FixedTime = ColumnType<number | string, number, never>;
type FixedText = ColumnType<string, string, never>;

export interface AccountsTable {
  readonly name: FixedText;
  /** In one of the forms of `password-hash.ts`; null for an account that cannot log in with a password. */
  readonly password_hash: string | null;
  /** The shared secret of one-time codes in base32; null for none. */
  readonly code_secret: string | null;
  /** The time step of the last code that was used (RFC 6238); none at or before it counts again. */
  readonly code_last_step: ColumnType<number | string, number, number>;
  /** The hash of the answer to a demand for ACCT; null for none. */
  readonly information_hash: string | null;
  readonly enabled: number;
  readonly comment: string;
  readonly email: string;
  /** JSON of an `AdministratorRole`; null for none. */
  readonly administrator: string | null;
  /** JSON list of principals of SSH certificates beside the account's own name. */
  readonly principals: string;
  /** JSON of the `Settings` that are said. */
  readonly settings: string;
  readonly created_at: FixedTime;
  readonly changed_at: Time;
}

export interface GroupsTable {
  readonly name: FixedText;
  readonly comment: string;
  readonly settings: string;
  readonly created_at: FixedTime;
  readonly changed_at: Time;
}

export interface MembershipsTable {
  readonly account_name: FixedText;
  readonly group_name: FixedText;
  /** The place of the group among those of the account, from 0. */
  readonly place: number;
}

export interface KeysTable {
  readonly account_name: FixedText;
  /** SHA-256 as OpenSSH writes it. */
  readonly fingerprint: FixedText;
  readonly algorithm: string;
  /** The public key of RFC 4253 section 6.6 in base64. */
  readonly blob: string;
  readonly comment: string;
  /** JSON of `KeyOptions`. */
  readonly options: string;
  readonly added_at: FixedTime;
}

export interface CertificatesTable {
  readonly account_name: FixedText;
  readonly kind: 'fingerprint' | 'name';
  readonly value: FixedText;
  readonly comment: string;
  readonly added_at: FixedTime;
}

export interface PasskeysTable {
  /** The credential id in base64url. */
  readonly id: FixedText;
  readonly account_name: FixedText;
  readonly name: string;
  /** COSE (RFC 9052) in base64url. */
  readonly public_key: FixedText;
  readonly counter: Time;
  /** JSON list. */
  readonly transports: string;
  readonly relying_party: FixedText;
  readonly added_at: FixedTime;
  readonly last_used_at: ColumnType<number | string | null, number | null, number | null>;
}

export interface AuthoritiesTable {
  readonly fingerprint: FixedText;
  readonly algorithm: string;
  readonly blob: string;
  readonly comment: string;
  readonly added_at: FixedTime;
}

export interface RevokedKeysTable {
  readonly fingerprint: FixedText;
  readonly comment: string;
  readonly added_at: FixedTime;
}

export interface SchemaVersionsTable {
  readonly version: number;
  readonly name: string;
  readonly applied_at: FixedTime;
}
