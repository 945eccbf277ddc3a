import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import type { VirtualPath } from '#core/virtual-path.ts';
import { openConnection, type NodeSqliteConnection } from '#sqlite/connection.ts';
import { takeProcessLock, type ProcessLock } from '#sqlite/process-lock.ts';
import { fromSqlite, isDuplicateKey, isForeignKey } from '#sqlite/sqlite-error.ts';
import { explainAccess } from '../access/policy-of.ts';
import type { AccessExplanation } from '../access/rule-access.ts';
import { lookupAccountName, newAccountName } from '../account-name.ts';
import type { Argon2Cost } from '../argon2/argon2id.ts';
import { defaultArgon2Cost } from '../argon2/argon2id.ts';
import { hashSecret, storedHash } from '../password-hash.ts';
import { settle, type SettledSettings } from '../settings/effective.ts';
import { Problems } from '../settings/problems.ts';
import type { AccountChanges, AccountRecord, GroupRecord, NewAccount } from './account-record.ts';
import {
  checkAccount,
  formatSettings,
  newAccountRow,
  parseSettings,
  settingsOf,
  toAccountRecord,
} from './account-record.ts';
import { AuthorityStore } from './authority-store.ts';
import { CertificateStore } from './certificate-store.ts';
import { CodeStore } from './code-store.ts';
import { defaultPageLength, GroupStore, type ListOptions } from './group-store.ts';
import { KeyStore } from './key-store.ts';
import { LoginStore, type StoredAccount } from './login-store.ts';
import { migrate } from './migrations.ts';
import { PasskeyStore } from './passkey-store.ts';
import { accountDatabaseKind, type AccountTables } from './schema.ts';
import { closedError, missing, Store, taken, type ChangeListener } from './store.ts';

export interface OpenAccountDatabaseOptions {
  /**
   * Open it beside the process that holds it, for that process's own workers (default false: no other process may
   * have it open).
   */
  readonly shared?: boolean | undefined;
  /** What a new password hash costs (default {@link defaultArgon2Cost}). */
  readonly cost?: Argon2Cost | undefined;
}

/** Which page of the accounts to list, in the order of their names. */
export interface ListAccountsOptions extends ListOptions {
  /** Only the accounts of this group. */
  readonly group?: string | undefined;
}

/** What holds for an account when its groups and the defaults have been asked, and who says each part of it. */
export interface EffectiveAccount extends SettledSettings {
  readonly account: AccountRecord;
  /** In the order in which they are asked. */
  readonly groups: readonly GroupRecord[];
}

/**
 * Opens the account database in a file that is made when there is none, and brings its schema up to date. The
 * directory must be there.
 *
 * @throws WherryError `busy` when another process has it open, `io` when the file is damaged, `unavailable` when
 *   it is another program's or a newer wherry's; the file is then left as it was
 */
export async function openAccountDatabase(
  file: string,
  options: OpenAccountDatabaseOptions = {},
): Promise<AccountDatabase> {
  const lock = options.shared === true ? null : takeProcessLock(file, 'the account database');
  let connection: NodeSqliteConnection | null = null;
  try {
    connection = openConnection(file, accountDatabaseKind);
    const database = new Kysely<AccountTables>({ dialect: new SqliteDialect({ database: connection }) });
    await migrate(database);
    return new AccountDatabase({ database, connection, lock, cost: options.cost ?? defaultArgon2Cost });
  } catch (thrown) {
    connection?.close();
    lock?.release();
    throw fromSqlite(thrown, 'open the account database');
  }
}

interface Parts {
  readonly database: Kysely<AccountTables>;
  readonly connection: NodeSqliteConnection;
  readonly lock: ProcessLock | null;
  readonly cost: Argon2Cost;
}

/** The accounts of a server; made by {@link openAccountDatabase}. Every method throws a `WherryError` only. */
export class AccountDatabase {
  readonly #store: Store;
  readonly #connection: NodeSqliteConnection;
  readonly #lock: ProcessLock | null;
  /** What a new password hash costs. */
  readonly cost: Argon2Cost;
  readonly groups: GroupStore;
  /** SSH keys of accounts. */
  readonly keys: KeyStore;
  /** TLS client certificates of accounts. */
  readonly certificates: CertificateStore;
  /** Passkeys of accounts, for the page. */
  readonly passkeys: PasskeyStore;
  /** Who signs SSH certificates, and which keys are revoked. */
  readonly authorities: AuthorityStore;
  readonly oneTimeCodes: CodeStore;
  /** What logging in reads and writes. */
  readonly logins: LoginStore;

  constructor({ database, connection, lock, cost }: Parts) {
    this.#store = new Store(database);
    this.#connection = connection;
    this.#lock = lock;
    this.cost = cost;
    this.groups = new GroupStore(this.#store);
    this.keys = new KeyStore(this.#store);
    this.certificates = new CertificateStore(this.#store);
    this.passkeys = new PasskeyStore(this.#store);
    this.authorities = new AuthorityStore(this.#store);
    this.oneTimeCodes = new CodeStore(this.#store);
    this.logins = new LoginStore(this.#store);
  }

  /** Adds an account; `exists` when there is one of that name, `name-invalid` and `invalid-argument` otherwise. */
  async add(account: NewAccount): Promise<AccountRecord> {
    const name = newAccountName(account.name);
    const problems = new Problems();
    const checked = checkAccount(account, problems);
    const hashes = await this.#hashes(account, problems, 'add the account');
    const row = { ...newAccountRow(name, checked, Date.now()), ...hashes };
    const record = await this.#store.write('add the account', async (transaction) => {
      try {
        const added = await transaction
          .insertInto('accounts')
          .values(row)
          .returningAll()
          .executeTakeFirstOrThrow();
        const groups = checked.groups ?? [];
        await setGroups(transaction, name, groups);
        return toAccountRecord(added, groups);
      } catch (thrown) {
        throw isDuplicateKey(thrown) ? taken('account', name) : thrown;
      }
    });
    this.#store.changed(record.name);
    return record;
  }

  /** Changes what `changes` names; `not-found` when there is no such account. */
  async set(name: string, changes: AccountChanges): Promise<AccountRecord> {
    const problems = new Problems();
    const checked = checkAccount(changes, problems);
    const hashes = await this.#hashes(changes, problems, 'change the account');
    const found = lookupAccountName(name) ?? '';
    const record = await this.#store.write('change the account', async (transaction) => {
      const before = await transaction
        .updateTable('accounts')
        .set({ ...checked.columns, ...hashes, changed_at: Date.now() })
        .where('name', '=', found)
        .returning('settings')
        .executeTakeFirst();
      if (before === undefined) throw missing('change', 'account', name);
      if (checked.groups !== undefined) await setGroups(transaction, found, checked.groups);
      const row = await transaction
        .updateTable('accounts')
        .set({ settings: formatSettings({ ...parseSettings(before.settings), ...checked.settings }) })
        .where('name', '=', found)
        .returningAll()
        .executeTakeFirstOrThrow();
      return toAccountRecord(row, checked.groups ?? (await groupsOf(transaction, found)));
    });
    this.#store.changed(record.name);
    return record;
  }

  /** Removes an account with its keys; `not-found` when there is none of that name. */
  async remove(name: string): Promise<void> {
    const row = await this.#store.read('remove the account', async (database) =>
      database
        .deleteFrom('accounts')
        .where('name', '=', lookupAccountName(name) ?? '')
        .returning('name')
        .executeTakeFirst(),
    );
    if (row === undefined) throw missing('remove', 'account', name);
    this.#store.changed(row.name);
  }

  /** The accounts in the order of their names, a page at a time. */
  async list(options: ListAccountsOptions = {}): Promise<readonly AccountRecord[]> {
    const { after = '', limit = defaultPageLength, group } = options;
    return this.#store.read('list the accounts', async (database) => {
      let query = database.selectFrom('accounts').selectAll().where('name', '>', after);
      if (group !== undefined) {
        query = query.where('name', 'in', (select) =>
          select
            .selectFrom('account_memberships')
            .select('account_name')
            .where('group_name', '=', lookupAccountName(group) ?? ''),
        );
      }
      const rows = await query.orderBy('name').limit(limit).execute();
      const memberships = await database
        .selectFrom('account_memberships')
        .select(['account_name', 'group_name'])
        .where('account_name', '>=', rows[0]?.name ?? '')
        .where('account_name', '<=', rows.at(-1)?.name ?? '')
        .orderBy('account_name')
        .orderBy('place')
        .execute();
      const byName = Map.groupBy(memberships, (membership) => membership.account_name);
      return rows.map((row) =>
        toAccountRecord(
          row,
          (byName.get(row.name) ?? []).map((membership) => membership.group_name),
        ),
      );
    });
  }

  /** How many accounts there are. */
  async count(): Promise<number> {
    return this.#store.read('count the accounts', async (database) => {
      const row = await database
        .selectFrom('accounts')
        .select((select) => select.fn.countAll().as('accounts'))
        .executeTakeFirstOrThrow();
      return Number(row.accounts);
    });
  }

  /** The account of that name, or null. */
  async find(name: string): Promise<AccountRecord | null> {
    return (await this.findStored(name))?.record ?? null;
  }

  /** The account of that name with its proofs, or null; for logging in only. */
  async findStored(name: string): Promise<StoredAccount | null> {
    return this.logins.find(name);
  }

  /**
   * What holds for an account, and who says it; null when there is none of that name.
   *
   * @throws WherryError `invalid-argument`, `name-too-long` when a placeholder of a setting cannot be filled in
   */
  async effective(name: string): Promise<EffectiveAccount | null> {
    const stored = await this.logins.find(name);
    return stored === null ? null : settleAccount(stored);
  }

  /**
   * For each right at a path of an account's tree whether it is granted, by which rule, and who says that rule.
   *
   * @param options.readOnly whether the server lets nobody change anything
   * @throws WherryError `not-found` when there is no such account
   */
  async explainAccess(
    name: string,
    path: VirtualPath,
    options: { readonly readOnly?: boolean | undefined } = {},
  ): Promise<readonly AccessExplanation[]> {
    const effective = await this.effective(name);
    if (effective === null) throw missing('explain the rights of', 'account', name);
    return explainAccess(effective, path, options);
  }

  /**
   * Calls `listener` with the name of each account that is added, changed or removed here, with null when a group
   * was, until it is stopped.
   */
  onChange(listener: ChangeListener): () => void {
    return this.#store.onChange(listener);
  }

  /** A value that differs from the last one when another process has changed the database. */
  foreignVersion(): unknown {
    if (this.#store.closed) throw closedError('look up the account');
    try {
      return this.#connection.foreignVersion();
    } catch (thrown) {
      throw fromSqlite(thrown, 'look up the account');
    }
  }

  /** Closes the database and gives the file free. Safe to call twice. */
  close(): void {
    if (this.#store.closed) return;
    this.#store.close();
    this.#connection.close();
    this.#lock?.release();
  }

  /** The hashes that `changes` names, made when everything else was found good: hashing takes its time. */
  async #hashes(
    { password, accountInformation }: AccountChanges,
    problems: Problems,
    action: string,
  ): Promise<{ password_hash?: string | null; information_hash?: string | null }> {
    const given = password ?? null;
    const known =
      given !== null && 'hash' in given ? problems.attempt('password', () => storedHash(given.hash)) : null;
    const secrets = [
      ['password_hash', 'password', given !== null && 'hash' in given ? null : given],
      ['information_hash', 'accountInformation', accountInformation ?? null],
    ] as const;
    const ready = secrets.flatMap(([column, field, secret]) =>
      secret === null ? [] : [{ column, make: problems.attempt(field, () => hashSecret(secret, this.cost)) }],
    );
    problems.throwIfAny(action);
    const made: Record<string, string | null> = {};
    if (password !== undefined) made['password_hash'] = known;
    if (accountInformation !== undefined) made['information_hash'] = null;
    for (const { column, make } of ready) made[column] = (await make?.()) ?? null;
    return made;
  }
}

/** What holds for an account that was read with its groups. */
export function settleAccount({ record, groups }: StoredAccount): EffectiveAccount {
  const settled = settle(
    { name: record.name, settings: settingsOf(record) },
    groups.map((group) => ({ name: group.name, settings: settingsOf(group) })),
  );
  return { ...settled, account: record, groups };
}

async function groupsOf(transaction: Transaction<AccountTables>, name: string): Promise<readonly string[]> {
  const rows = await transaction
    .selectFrom('account_memberships')
    .select('group_name')
    .where('account_name', '=', name)
    .orderBy('place')
    .execute();
  return rows.map((row) => row.group_name);
}

async function setGroups(
  transaction: Transaction<AccountTables>,
  name: string,
  groups: readonly string[],
): Promise<void> {
  await transaction.deleteFrom('account_memberships').where('account_name', '=', name).execute();
  const problems = new Problems();
  for (const [place, group] of groups.entries()) {
    try {
      await transaction
        .insertInto('account_memberships')
        .values({ account_name: name, group_name: group, place })
        .execute();
    } catch (thrown) {
      if (!isForeignKey(thrown)) throw thrown;
      problems.add(`groups[${place}]`, `there is no group "${group}"`);
    }
  }
  problems.throwIfAny('keep the account');
}
