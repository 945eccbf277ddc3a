import type { Selectable } from 'kysely';
import { WherryError } from '#core/errors.ts';
import { isDuplicateKey, isForeignKey } from '#sqlite/sqlite-error.ts';
import { lookupAccountName } from '../account-name.ts';
import { parseAuthorizedKey } from '../ssh/authorized-key.ts';
import type { KeyOptions } from '../ssh/key-options.ts';
import type { KeysTable } from './schema.ts';
import { missing, type Store } from './store.ts';

/** An SSH key of an account. */
export interface KeyRecord {
  /** SHA-256 as OpenSSH writes it; names the key. */
  readonly fingerprint: string;
  readonly algorithm: string;
  /** The public key of RFC 4253 section 6.6 in base64. */
  readonly blob: string;
  readonly comment: string;
  readonly options: KeyOptions;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
}

/** As many keys as OpenSSH clients ever offer is six; more than this belong to somebody else. */
const maximumKeys = 100;

/** The SSH keys of accounts. Every method throws `WherryError` only. */
export class KeyStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Adds a key in the form of a line of an authorized_keys file.
   *
   * @throws WherryError `invalid-argument` for a line that is none, `not-found` for an account that is none,
   *   `exists` when the account has the key, `too-many`
   */
  async add(account: string, line: string): Promise<KeyRecord> {
    const key = parseAuthorizedKey(line);
    const name = lookupAccountName(account) ?? '';
    const row: Selectable<KeysTable> = {
      account_name: name,
      fingerprint: key.fingerprint,
      algorithm: key.algorithm,
      blob: key.blob.toString('base64'),
      comment: key.comment,
      options: JSON.stringify(key.options),
      added_at: Date.now(),
    };
    await this.#store.write('add the key', async (transaction) => {
      try {
        await transaction
          .insertInto('account_keys')
          .values({ ...row, added_at: Number(row.added_at) })
          .execute();
      } catch (thrown) {
        if (isForeignKey(thrown)) throw missing('add a key to', 'account', account);
        if (!isDuplicateKey(thrown)) throw thrown;
        throw new WherryError('exists', `Cannot add the key ${key.fingerprint}: the account has it already`);
      }
      const { keys } = await transaction
        .selectFrom('account_keys')
        .select((select) => select.fn.countAll().as('keys'))
        .where('account_name', '=', name)
        .executeTakeFirstOrThrow();
      if (Number(keys) > maximumKeys) {
        throw new WherryError('too-many', `Cannot add the key: an account has at most ${maximumKeys}`);
      }
    });
    this.#store.changed(name);
    return toKeyRecord(row);
  }

  /** Removes the key of that fingerprint; `not-found` when the account has none. */
  async remove(account: string, fingerprint: string): Promise<void> {
    const name = lookupAccountName(account) ?? '';
    const removed = await this.#store.read('remove the key', async (database) =>
      database
        .deleteFrom('account_keys')
        .where('account_name', '=', name)
        .where('fingerprint', '=', fingerprint)
        .returning('fingerprint')
        .executeTakeFirst(),
    );
    if (removed === undefined) throw missing('remove', 'key', fingerprint);
    this.#store.changed(name);
  }

  /** The keys of an account, in the order in which they were added. */
  async list(account: string): Promise<readonly KeyRecord[]> {
    return this.#store.read('list the keys', async (database) => {
      const rows = await database
        .selectFrom('account_keys')
        .selectAll()
        .where('account_name', '=', lookupAccountName(account) ?? '')
        .orderBy('added_at')
        .orderBy('fingerprint')
        .execute();
      return rows.map((row) => toKeyRecord(row));
    });
  }
}

/** Reads a row of the table `account_keys`. */
export function toKeyRecord(row: Selectable<KeysTable>): KeyRecord {
  return Object.freeze({
    fingerprint: row.fingerprint,
    algorithm: row.algorithm,
    blob: row.blob,
    comment: row.comment,
    options: JSON.parse(row.options) as KeyOptions,
    addedAt: Number(row.added_at),
  });
}
