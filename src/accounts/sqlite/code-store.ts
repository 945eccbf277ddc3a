import type { Secret } from '#core/secret.ts';
import { lookupAccountName } from '../account-name.ts';
import { codeUri, makeCodeSecret, normaliseCodeSecret } from '../one-time-code.ts';
import { missing, type Store } from './store.ts';

/** The issuer that an app shows beside the account. */
const defaultIssuer = 'wherry';

/** The one-time codes (RFC 6238) of accounts. Every method throws `WherryError` only. */
export class CodeStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Demands one-time codes of an account from the next login on. An earlier secret of it counts no longer.
   *
   * @param options.secret one from another server in base32; a new one by default
   * @returns the secret, and the URI of it for a QR code; neither is shown again
   */
  async enrol(
    account: string,
    options: { readonly secret?: Secret | undefined; readonly issuer?: string | undefined } = {},
  ): Promise<{ readonly secret: Secret; readonly uri: Secret }> {
    const secret = options.secret === undefined ? makeCodeSecret() : normaliseCodeSecret(options.secret);
    const name = await this.#set('enrol', account, secret.reveal());
    return { secret, uri: codeUri(secret, { issuer: options.issuer ?? defaultIssuer, account: name }) };
  }

  /** Demands one-time codes of an account no longer. */
  async remove(account: string): Promise<void> {
    await this.#set('change', account, null);
  }

  async #set(verb: string, account: string, secret: string | null): Promise<string> {
    const name = lookupAccountName(account) ?? '';
    const row = await this.#store.read('change the one-time codes', async (database) =>
      database
        .updateTable('accounts')
        .set({ code_secret: secret, code_last_step: 0, changed_at: Date.now() })
        .where('name', '=', name)
        .returning('name')
        .executeTakeFirst(),
    );
    if (row === undefined) throw missing(verb, 'account', account);
    this.#store.changed(name);
    return name;
  }
}
