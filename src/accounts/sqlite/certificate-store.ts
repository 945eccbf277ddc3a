import { WherryError } from '#core/errors.ts';
import { isDuplicateKey, isForeignKey } from '#sqlite/sqlite-error.ts';
import { lookupAccountName } from '../account-name.ts';
import { shown } from '../settings/problems.ts';
import { missing, type Store } from './store.ts';

/** How a TLS client certificate is known: by its SHA-256, or by a name in it that a trusted authority has signed. */
export type CertificateKind = 'fingerprint' | 'name';

/** A TLS client certificate that logs in to an account. */
export interface CertificateRecord {
  readonly kind: CertificateKind;
  /** The SHA-256 in hexadecimal with colons, or a common name, DNS name or e-mail address. */
  readonly value: string;
  readonly comment: string;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
}

const maximumNameLength = 254;
const maximumCommentLength = 1000;

/** The TLS client certificates of accounts. Every method throws `WherryError` only. */
export class CertificateStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Lets a certificate log in to an account.
   *
   * @throws WherryError `invalid-argument` for a value that is none, `not-found` for an account that is none, `exists`
   */
  async add(
    account: string,
    given: { readonly kind: CertificateKind; readonly value: string; readonly comment?: string | undefined },
  ): Promise<CertificateRecord> {
    const name = lookupAccountName(account) ?? '';
    const value = given.kind === 'fingerprint' ? normaliseFingerprint(given.value) : checkName(given.value);
    const comment = (given.comment ?? '').slice(0, maximumCommentLength);
    const record: CertificateRecord = { kind: given.kind, value, comment, addedAt: Date.now() };
    await this.#store.read('add the certificate', async (database) => {
      try {
        await database
          .insertInto('account_certificates')
          .values({ account_name: name, kind: record.kind, value, comment, added_at: record.addedAt })
          .execute();
      } catch (thrown) {
        if (isForeignKey(thrown)) throw missing('add a certificate to', 'account', account);
        if (!isDuplicateKey(thrown)) throw thrown;
        throw new WherryError(
          'exists',
          `Cannot add the certificate ${shown(value)}: the account has it already`,
        );
      }
    });
    this.#store.changed(name);
    return record;
  }

  /** Takes a certificate from an account; `not-found` when it has none of that value. */
  async remove(account: string, value: string): Promise<void> {
    const name = lookupAccountName(account) ?? '';
    const removed = await this.#store.read('remove the certificate', async (database) =>
      database
        .deleteFrom('account_certificates')
        .where('account_name', '=', name)
        .where('value', 'in', [value, value.toUpperCase()])
        .returning('value')
        .execute(),
    );
    if (removed.length === 0) throw missing('remove', 'certificate', value);
    this.#store.changed(name);
  }

  /** The certificates of an account. */
  async list(account: string): Promise<readonly CertificateRecord[]> {
    return this.#store.read('list the certificates', async (database) => {
      const rows = await database
        .selectFrom('account_certificates')
        .selectAll()
        .where('account_name', '=', lookupAccountName(account) ?? '')
        .orderBy('added_at')
        .orderBy('value')
        .execute();
      return rows.map(({ kind, value, comment, added_at: addedAt }) => ({
        kind,
        value,
        comment,
        addedAt: Number(addedAt),
      }));
    });
  }
}

/**
 * A SHA-256 in the form in which TLS tells it: pairs of hexadecimal digits in capitals with colons.
 *
 * @throws WherryError `invalid-argument`
 */
export function normaliseFingerprint(text: string): string {
  const digits = text.replaceAll(/[:\s]/gu, '').toUpperCase();
  if (!/^[\dA-F]{64}$/u.test(digits)) {
    const advice = 'give the SHA-256 as "openssl x509 -fingerprint -sha256" prints it';
    throw new WherryError('invalid-argument', `${shown(text)} is no fingerprint: ${advice}`);
  }
  return (digits.match(/../gu) ?? []).join(':');
}

function checkName(name: string): string {
  if (name === '' || name.length > maximumNameLength || /\p{Cc}/u.test(name)) {
    throw new WherryError('invalid-argument', `${shown(name)} is no name that a certificate can have`);
  }
  return name;
}
