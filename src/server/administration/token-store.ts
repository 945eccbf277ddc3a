import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import { Secret } from '#core/secret.ts';
import type { Token, TokenScope } from '#protocols/http/contract/admin/records.ts';
import type { StateDatabase } from '../state/state-database.ts';

/** What a token is made from. */
export interface NewToken {
  readonly account: string;
  readonly scopes: readonly TokenScope[];
  readonly comment: string;
  /** Milliseconds since 1970 in UTC; null for never. */
  readonly expiresAt: number | null;
}

/** Makes secrets of this program known to those who search for leaked ones. */
const prefix = 'wherry';
const idOctets = 9;
const secretOctets = 32;
/** More than an administrator can oversee. */
const maximumTokens = 1000;
const maximumTokensText = `there are ${maximumTokens} already; remove some that nobody uses`;
/** The last use is written this coarsely, so that a request costs no write. */
const lastUseMs = 3_600_000;

/**
 * Tokens that programs administer with, for the administrator who made them. Only hashes are kept. Throws
 * `WherryError` only.
 */
export class TokenStore {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** Makes a token. @returns it, and its secret, which is never shown again. @throws WherryError `too-many` */
  add({ account, scopes, comment, expiresAt }: NewToken): { readonly token: Token; readonly secret: Secret } {
    if (this.list().length >= maximumTokens)
      throw new WherryError('too-many', `Cannot make a token: ${maximumTokensText}`);
    const id = randomBytes(idOctets).toString('base64url');
    const secret = randomBytes(secretOctets).toString('base64url');
    const row = {
      id,
      account,
      comment,
      scopes: JSON.stringify([...new Set(scopes)]),
      secret_hash: hashOf(secret).toString('base64url'),
      created_at: Date.now(),
      expires_at: expiresAt,
      last_used_at: null,
    };
    this.#database.run(this.#database.sql.insertInto('api_tokens').values(row), 'make a token');
    return { token: toToken(row), secret: new Secret(`${prefix}.${id}.${secret}`) };
  }

  /** All tokens, without their secrets, the oldest first. */
  list(): readonly Token[] {
    const rows = this.#database.all(
      this.#database.sql.selectFrom('api_tokens').selectAll().orderBy('created_at'),
      'list the tokens',
    );
    return rows.map((row) => toToken(row));
  }

  /** @throws WherryError `not-found` */
  remove(id: string): void {
    if (this.#find(id) === null)
      throw new WherryError('not-found', 'Cannot remove the token: there is none of that id');
    this.#database.run(this.#database.sql.deleteFrom('api_tokens').where('id', '=', id), 'remove the token');
  }

  /** Removes the tokens of an account. */
  removeOf(account: string): void {
    this.#database.run(
      this.#database.sql.deleteFrom('api_tokens').where('account', '=', account),
      'remove the tokens',
    );
  }

  /** The token that a secret belongs to; null for one that is unknown or expired. */
  verify(given: string): Token | null {
    const [first, id = '', secret = '', ...more] = given.split('.');
    if (first !== prefix || more.length > 0) return null;
    const row = this.#find(id);
    const expected = Buffer.from(row?.secret_hash ?? '', 'base64url');
    const actual = hashOf(secret);
    const isSame = expected.length === actual.length && timingSafeEqual(expected, actual);
    if (row === null || !isSame) return null;
    const token = toToken(row);
    if (token.expiresAt !== null && token.expiresAt <= knownTime.forExpiry()) return null;
    const now = Date.now();
    if (now - (token.lastUsedAt ?? 0) > lastUseMs) this.#noteUse(id, now);
    return token;
  }

  #find(id: string) {
    const [row] = this.#database.all(
      this.#database.sql.selectFrom('api_tokens').selectAll().where('id', '=', id),
      'look up the token',
    );
    return row ?? null;
  }

  #noteUse(id: string, now: number): void {
    const update = this.#database.sql
      .updateTable('api_tokens')
      .set({ last_used_at: now })
      .where('id', '=', id);
    this.#database.run(update, 'note the use of a token');
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function toToken(row: {
  readonly id: string;
  readonly account: string;
  readonly comment: string;
  readonly scopes: string;
  readonly created_at: number | string;
  readonly expires_at: number | string | null;
  readonly last_used_at: number | string | null;
}): Token {
  return {
    id: row.id,
    account: row.account,
    comment: row.comment,
    scopes: JSON.parse(row.scopes) as readonly TokenScope[],
    createdAt: Number(row.created_at),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
  };
}
