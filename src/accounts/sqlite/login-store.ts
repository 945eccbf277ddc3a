import { Secret } from '#core/secret.ts';
import { lookupAccountName } from '../account-name.ts';
import { matchCode } from '../one-time-code.ts';
import type { AccountRecord, GroupRecord } from './account-record.ts';
import { toAccountRecord, toGroupRecord } from './account-record.ts';
import { toKeyRecord, type KeyRecord } from './key-store.ts';
import type { Store } from './store.ts';

/** An account with its groups and its proofs, for the one place that verifies them. */
export interface StoredAccount {
  readonly record: AccountRecord;
  /** In the order in which they are asked. */
  readonly groups: readonly GroupRecord[];
  readonly passwordHash: string | null;
  readonly informationHash: string | null;
  readonly codeSecret: Secret | null;
}

/** What is known of an SSH key, or of the authority that has signed a certificate of it, for one account. */
export interface KnownKeys {
  /** The keys of these fingerprints that the account lists. */
  readonly listed: readonly KeyRecord[];
  /** Those of these fingerprints that are trusted to sign for every account. */
  readonly authorities: ReadonlySet<string>;
  /** Those of these fingerprints that nobody may log in with. */
  readonly revoked: ReadonlySet<string>;
}

/** What logging in reads and writes. None of what it writes is a change of the account: nobody is told of it. */
export class LoginStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The account of that name, or null. The same statements run whether there is one or not. */
  async find(name: string): Promise<StoredAccount | null> {
    const found = lookupAccountName(name) ?? '';
    return this.#store.read('look up the account', async (database) => {
      const row = await database
        .selectFrom('accounts')
        .selectAll()
        .where('name', '=', found)
        .executeTakeFirst();
      const rows = await database
        .selectFrom('account_memberships')
        .innerJoin('account_groups', 'account_groups.name', 'account_memberships.group_name')
        .selectAll('account_groups')
        .where('account_memberships.account_name', '=', found)
        .orderBy('account_memberships.place')
        .execute();
      if (row === undefined) return null;
      const groups = rows.map((group) => toGroupRecord(group));
      return {
        record: toAccountRecord(
          row,
          groups.map((group) => group.name),
        ),
        groups,
        passwordHash: row.password_hash,
        informationHash: row.information_hash,
        codeSecret: row.code_secret === null ? null : new Secret(row.code_secret),
      };
    });
  }

  /** What is known of keys, by their fingerprints. The same statements run for every name. */
  async findKeys(name: string, fingerprints: readonly string[]): Promise<KnownKeys> {
    return this.#store.read('look up the key', async (database) => {
      const listed = await database
        .selectFrom('account_keys')
        .selectAll()
        .where('account_name', '=', lookupAccountName(name) ?? '')
        .where('fingerprint', 'in', fingerprints)
        .execute();
      const authorities = await database
        .selectFrom('ssh_authorities')
        .select('fingerprint')
        .where('fingerprint', 'in', fingerprints)
        .execute();
      const revoked = await database
        .selectFrom('revoked_keys')
        .select('fingerprint')
        .where('fingerprint', 'in', fingerprints)
        .execute();
      return {
        listed: listed.map((row) => toKeyRecord(row)),
        authorities: new Set(authorities.map((row) => row.fingerprint)),
        revoked: new Set(revoked.map((row) => row.fingerprint)),
      };
    });
  }

  /** Whether a TLS client certificate with this SHA-256, or one of these names, logs in to the account. */
  async hasCertificate(
    name: string,
    certificate: { readonly fingerprint: string; readonly names: readonly string[] },
  ): Promise<boolean> {
    return this.#store.read('look up the certificate', async (database) => {
      const row = await database
        .selectFrom('account_certificates')
        .select('value')
        .where('account_name', '=', lookupAccountName(name) ?? '')
        .where((where) =>
          where.or([
            where.and([where('kind', '=', 'fingerprint'), where('value', '=', certificate.fingerprint)]),
            where.and([where('kind', '=', 'name'), where('value', 'in', certificate.names)]),
          ]),
        )
        .executeTakeFirst();
      return row !== undefined;
    });
  }

  /** Uses up a one-time code: true for one that counts at `at`, and false for it ever after, also in other processes. */
  async useCode(name: string, code: string, at: number): Promise<boolean> {
    return this.#store.read('check the one-time code', async (database) => {
      const row = await database
        .selectFrom('accounts')
        .select(['code_secret', 'code_last_step'])
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined || row.code_secret === null) return false;
      const lastStep = Number(row.code_last_step);
      const step = matchCode(new Secret(row.code_secret), code, { at, lastStep });
      if (step === null) return false;
      const used = await database
        .updateTable('accounts')
        .set({ code_last_step: step })
        .where('name', '=', name)
        .where('code_secret', '=', row.code_secret)
        .where('code_last_step', '=', lastStep)
        .returning('name')
        .executeTakeFirst();
      return used !== undefined;
    });
  }

  /**
   * Puts another hash of the same password in the place of `from`. Nothing happens when the hash has changed
   * meanwhile.
   */
  async replaceHash(
    name: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<void> {
    await this.#store.read('renew the password hash', async (database) =>
      database
        .updateTable('accounts')
        .set({ password_hash: to })
        .where('name', '=', name)
        .where('password_hash', '=', from)
        .execute(),
    );
  }
}
