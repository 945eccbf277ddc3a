import { WherryError } from '#core/errors.ts';
import { isDuplicateKey } from '#sqlite/sqlite-error.ts';
import { parseAuthorizedKey } from '../ssh/authorized-key.ts';
import { missing, type Store } from './store.ts';

/** A key that signs the SSH certificates of users, or one that no login may use any more. */
export interface NamedKey {
  /** SHA-256 as OpenSSH writes it. */
  readonly fingerprint: string;
  readonly comment: string;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
}

/** An authority of SSH certificates. */
export interface AuthorityRecord extends NamedKey {
  readonly algorithm: string;
  /** The public key of RFC 4253 section 6.6 in base64. */
  readonly blob: string;
}

const maximumCommentLength = 1000;

/**
 * Whose SSH certificates log in (as TrustedUserCAKeys of sshd), and which keys never do (as RevokedKeys). A
 * certificate is for the accounts whose name, or one of whose principals, it holds. Every method throws `WherryError`
 * only.
 */
export class AuthorityStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Trusts the key in a line of an authorized_keys or `.pub` file; `invalid-argument`, `exists`. */
  async add(line: string): Promise<AuthorityRecord> {
    const key = parseAuthorizedKey(line);
    const record: AuthorityRecord = {
      fingerprint: key.fingerprint,
      algorithm: key.algorithm,
      blob: key.blob.toString('base64'),
      comment: key.comment,
      addedAt: Date.now(),
    };
    const { addedAt, ...columns } = record;
    await this.#store.read('add the authority', async (database) => {
      try {
        await database
          .insertInto('ssh_authorities')
          .values({ ...columns, added_at: addedAt })
          .execute();
      } catch (thrown) {
        if (!isDuplicateKey(thrown)) throw thrown;
        throw new WherryError('exists', `Cannot add the authority ${key.fingerprint}: it is trusted already`);
      }
    });
    this.#store.changed(null);
    return record;
  }

  /** Ends the trust in the authority of that fingerprint; `not-found`. */
  async remove(fingerprint: string): Promise<void> {
    const removed = await this.#store.read('remove the authority', async (database) =>
      database
        .deleteFrom('ssh_authorities')
        .where('fingerprint', '=', fingerprint)
        .returning('fingerprint')
        .executeTakeFirst(),
    );
    if (removed === undefined) throw missing('remove', 'authority', fingerprint);
    this.#store.changed(null);
  }

  async list(): Promise<readonly AuthorityRecord[]> {
    return this.#store.read('list the authorities', async (database) => {
      const rows = await database.selectFrom('ssh_authorities').selectAll().orderBy('added_at').execute();
      return rows.map(({ added_at: addedAt, ...row }) => ({ ...row, addedAt: Number(addedAt) }));
    });
  }

  /** Keeps a key, or all certificates of an authority, from logging in anywhere, whoever lists it. */
  async revoke(fingerprint: string, comment = ''): Promise<void> {
    if (!/^SHA256:[A-Za-z0-9+/]{43}$/u.test(fingerprint)) {
      const advice = 'give it as "ssh-keygen -l" prints it, beginning with SHA256:';
      throw new WherryError('invalid-argument', `Cannot revoke the key: this is no fingerprint; ${advice}`);
    }
    const row = { fingerprint, comment: comment.slice(0, maximumCommentLength), added_at: Date.now() };
    await this.#store.read('revoke the key', async (database) =>
      database
        .insertInto('revoked_keys')
        .values(row)
        .onConflict((conflict) => conflict.column('fingerprint').doUpdateSet({ comment: row.comment }))
        .execute(),
    );
    this.#store.changed(null);
  }

  /** Lets a revoked key log in again where it is listed; `not-found`. */
  async restore(fingerprint: string): Promise<void> {
    const removed = await this.#store.read('restore the key', async (database) =>
      database
        .deleteFrom('revoked_keys')
        .where('fingerprint', '=', fingerprint)
        .returning('fingerprint')
        .executeTakeFirst(),
    );
    if (removed === undefined) throw missing('restore', 'revoked key', fingerprint);
    this.#store.changed(null);
  }

  async listRevoked(): Promise<readonly NamedKey[]> {
    return this.#store.read('list the revoked keys', async (database) => {
      const rows = await database.selectFrom('revoked_keys').selectAll().orderBy('added_at').execute();
      return rows.map(({ fingerprint, comment, added_at: addedAt }) => ({
        fingerprint,
        comment,
        addedAt: Number(addedAt),
      }));
    });
  }
}
