import { createHash, randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { defaultArgon2Cost, unmatchableHash } from '#accounts/argon2/argon2id.ts';
import { maximumPasswordBytes, passwordBytes } from '#accounts/password-bytes.ts';
import { hashSecret, verifyStored } from '#accounts/password-hash.ts';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import type { KeptShare, NewShare, ShareKeeper } from '#protocols/http/server/page/shares/share-keeper.ts';
import type { StateDatabase } from '../state/state-database.ts';
import type { SharesTable } from '../state/state-schema.ts';

const idOctets = 9;
/** 192 bits: nobody guesses an address. */
const tokenOctets = 24;
/** More than anybody oversees. */
const maximumPerAccount = 1000;

/** Share links in the state database. Of tokens and passwords only hashes are kept. */
export class ShareStore implements ShareKeeper {
  readonly #database: StateDatabase;
  readonly #nobody = unmatchableHash(defaultArgon2Cost);

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  async add(made: NewShare): Promise<{ readonly share: KeptShare; readonly token: Secret }> {
    const { account, path, type, access, note, expiresAt, maximumUses, password } = made;
    if (this.listOf(account).length >= maximumPerAccount)
      throw new WherryError(
        'too-many',
        `Cannot share it: there are ${maximumPerAccount} links already; remove some`,
      );
    const token = randomBytes(tokenOctets).toString('base64url');
    const row = {
      id: randomBytes(idOctets).toString('base64url'),
      account,
      token_hash: hashOf(token),
      path,
      type,
      access,
      password_hash: password === null ? null : await hashSecret(password, defaultArgon2Cost)(),
      note,
      created_at: Date.now(),
      expires_at: expiresAt,
      maximum_uses: maximumUses,
      uses: 0,
    };
    this.#database.run(this.#database.sql.insertInto('shares').values(row), 'make the link');
    return { share: toShare(row), token: new Secret(token) };
  }

  listOf(account: string): readonly KeptShare[] {
    const query = this.#database.sql
      .selectFrom('shares')
      .selectAll()
      .where('account', '=', account)
      .orderBy('created_at')
      .orderBy('id');
    return this.#database.all(query, 'list the links').map((row) => toShare(row));
  }

  findByToken(token: string): KeptShare | null {
    const query = this.#database.sql.selectFrom('shares').selectAll().where('token_hash', '=', hashOf(token));
    const [row] = this.#database.all(query, 'look up the link');
    return row === undefined ? null : toShare(row);
  }

  async isPassword(id: string, password: Secret): Promise<boolean> {
    const query = this.#database.sql.selectFrom('shares').select('password_hash').where('id', '=', id);
    const [row] = this.#database.all(query, 'look up the link');
    const given = passwordBytes(password);
    if (given.length > maximumPasswordBytes) return false;
    return verifyStored(given, row?.password_hash ?? this.#nobody);
  }

  use(id: string): boolean {
    const { sql } = this.#database;
    const query = sql
      .updateTable('shares')
      .set((set) => ({ uses: set('uses', '+', 1) }))
      .where('id', '=', id)
      .where((where) =>
        where.or([where('maximum_uses', 'is', null), where('uses', '<', where.ref('maximum_uses'))]),
      )
      .returning('id');
    return this.#database.all(query, 'count the visit').length > 0;
  }

  remove(account: string, id: string): void {
    const query = this.#database.sql
      .deleteFrom('shares')
      .where('account', '=', account)
      .where('id', '=', id)
      .returning('id');
    if (this.#database.all(query, 'remove the link').length === 0)
      throw new WherryError('not-found', 'Cannot remove the link: there is none of that id');
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function toShare(row: Selectable<SharesTable>): KeptShare {
  return {
    id: row.id,
    account: row.account,
    path: row.path,
    type: row.type,
    access: row.access,
    note: row.note,
    hasPassword: row.password_hash !== null,
    createdAt: Number(row.created_at),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    maximumUses: row.maximum_uses,
    uses: row.uses,
  };
}
