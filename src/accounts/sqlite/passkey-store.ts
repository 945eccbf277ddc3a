import type { Kysely, Selectable } from 'kysely';
import { WherryError } from '#core/errors.ts';
import { isDuplicateKey, isForeignKey } from '#sqlite/sqlite-error.ts';
import { lookupAccountName } from '../account-name.ts';
import type { AccountTables, PasskeysTable } from './schema.ts';
import { missing, type Store } from './store.ts';

/** A passkey of an account (W3C WebAuthn 3). */
export interface PasskeyRecord {
  /** The credential id in base64url; names the passkey. */
  readonly id: string;
  readonly account: string;
  /** As its owner calls it. */
  readonly name: string;
  /** The public key as COSE has it (RFC 9052), in base64url. */
  readonly publicKey: string;
  /** The authenticator's count of signatures; 0 where it keeps none. */
  readonly counter: number;
  /** How the authenticator is reached, as the browser told. */
  readonly transports: readonly string[];
  /** The name of the web site that it is for. */
  readonly relyingParty: string;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
  readonly lastUsedAt: number | null;
}

/** What a passkey is made from. */
export type NewPasskey = Omit<PasskeyRecord, 'addedAt' | 'lastUsedAt'>;

/** Nobody has more devices. */
const maximumPasskeys = 50;

/** Makes the table of passkeys. */
export async function addPasskeys({ schema }: Kysely<AccountTables>): Promise<void> {
  await schema
    .createTable('account_passkeys')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('account_name', 'text', (column) =>
      column.notNull().references('accounts.name').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('relying_party', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute();
  await schema
    .createIndex('account_passkeys_by_account')
    .on('account_passkeys')
    .columns(['account_name', 'added_at'])
    .execute();
}

/** The passkeys of accounts. Every method throws `WherryError` only. */
export class PasskeyStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws WherryError `not-found` for an account that is none, `exists`, `too-many` */
  async add(passkey: NewPasskey): Promise<PasskeyRecord> {
    const account = lookupAccountName(passkey.account) ?? '';
    const row = {
      id: passkey.id,
      account_name: account,
      name: passkey.name,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      transports: JSON.stringify(passkey.transports),
      relying_party: passkey.relyingParty,
      added_at: Date.now(),
      last_used_at: null,
    };
    await this.#store.write('add the passkey', async (transaction) => {
      try {
        await transaction.insertInto('account_passkeys').values(row).execute();
      } catch (thrown) {
        if (isForeignKey(thrown)) throw missing('add a passkey to', 'account', passkey.account);
        if (!isDuplicateKey(thrown)) throw thrown;
        throw new WherryError('exists', 'Cannot add the passkey: it is known already');
      }
      const { passkeys } = await transaction
        .selectFrom('account_passkeys')
        .select((select) => select.fn.countAll().as('passkeys'))
        .where('account_name', '=', account)
        .executeTakeFirstOrThrow();
      if (Number(passkeys) > maximumPasskeys)
        throw new WherryError(
          'too-many',
          `Cannot add the passkey: an account has at most ${maximumPasskeys}; remove one`,
        );
    });
    return toRecord(row);
  }

  /** The passkeys of an account, in the order in which they were added. */
  async list(account: string): Promise<readonly PasskeyRecord[]> {
    const rows = await this.#store.read('list the passkeys', async (database) =>
      database
        .selectFrom('account_passkeys')
        .selectAll()
        .where('account_name', '=', lookupAccountName(account) ?? '')
        .orderBy('added_at')
        .orderBy('id')
        .execute(),
    );
    return rows.map((row) => toRecord(row));
  }

  /** The passkey of a credential id; null for none. */
  async find(id: string): Promise<PasskeyRecord | null> {
    const row = await this.#store.read('look up the passkey', async (database) =>
      database.selectFrom('account_passkeys').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row === undefined ? null : toRecord(row);
  }

  /** Notes that a passkey was used, and how often its authenticator says that it has signed. */
  async noteUse(id: string, counter: number): Promise<void> {
    await this.#store.read('note the use of the passkey', async (database) =>
      database
        .updateTable('account_passkeys')
        .set({ counter, last_used_at: Date.now() })
        .where('id', '=', id)
        .execute(),
    );
  }

  /** @throws WherryError `not-found` for one that is none of this account's */
  async remove(account: string, id: string): Promise<void> {
    const removed = await this.#store.read('remove the passkey', async (database) =>
      database
        .deleteFrom('account_passkeys')
        .where('account_name', '=', lookupAccountName(account) ?? '')
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst(),
    );
    if (removed === undefined) throw missing('remove', 'passkey', id);
  }
}

function toRecord(row: Selectable<PasskeysTable>): PasskeyRecord {
  return Object.freeze({
    id: row.id,
    account: row.account_name,
    name: row.name,
    publicKey: row.public_key,
    counter: Number(row.counter),
    transports: JSON.parse(row.transports) as readonly string[],
    relyingParty: row.relying_party,
    addedAt: Number(row.added_at),
    lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
  });
}
