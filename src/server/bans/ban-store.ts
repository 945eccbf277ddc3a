import type { StateDatabase } from '../state/state-database.ts';
import type { AllowedNetwork, Ban } from './ban.ts';

/** Keeps bans and allowed networks over restarts. Throws only `WherryError`. */
export interface BanStore {
  load(): {
    readonly bans: readonly { readonly ban: Ban; readonly durationMs: number | null }[];
    readonly allowed: readonly AllowedNetwork[];
  };
  saveBan(ban: Ban, durationMs: number | null): void;
  removeBan(network: string): void;
  saveAllowed(row: AllowedNetwork): void;
  removeAllowed(network: string): void;
}

/** Keeps bans for as long as the process lives. */
export const temporaryBanStore: BanStore = Object.freeze({
  load: () => ({ bans: [], allowed: [] }),
  saveBan: () => undefined,
  removeBan: () => undefined,
  saveAllowed: () => undefined,
  removeAllowed: () => undefined,
});

const action = 'keep the list of bans';

/** Keeps bans in the state database. */
export class SqliteBanStore implements BanStore {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  load(): ReturnType<BanStore['load']> {
    const { sql } = this.#database;
    const bans = this.#database.all(sql.selectFrom('bans').selectAll(), 'read the list of bans');
    const allowed = this.#database.all(
      sql.selectFrom('allowed_networks').selectAll(),
      'read the allowed networks',
    );
    return {
      bans: bans.map((row) => ({
        ban: Object.freeze({
          network: row.network,
          reason: row.reason,
          source: row.source,
          createdAt: Number(row.created_at),
          expiresAt: row.expires_at === null ? null : Number(row.expires_at),
        }),
        durationMs: row.duration_ms === null ? null : Number(row.duration_ms),
      })),
      allowed: allowed.map(({ network, note, created_at: createdAt }) =>
        Object.freeze({ network, note, createdAt: Number(createdAt) }),
      ),
    };
  }

  saveBan({ network, reason, source, createdAt, expiresAt }: Ban, durationMs: number | null): void {
    const values = {
      reason,
      source,
      created_at: createdAt,
      expires_at: expiresAt,
      duration_ms: durationMs,
    };
    const row = this.#database.sql.insertInto('bans').values({ network, ...values });
    this.#database.run(
      row.onConflict((conflict) => conflict.column('network').doUpdateSet(values)),
      action,
    );
  }

  removeBan(network: string): void {
    this.#database.run(this.#database.sql.deleteFrom('bans').where('network', '=', network), action);
  }

  saveAllowed({ network, note, createdAt }: AllowedNetwork): void {
    const values = { note, created_at: createdAt };
    const row = this.#database.sql.insertInto('allowed_networks').values({ network, ...values });
    this.#database.run(
      row.onConflict((conflict) => conflict.column('network').doUpdateSet(values)),
      action,
    );
  }

  removeAllowed(network: string): void {
    const { sql } = this.#database;
    this.#database.run(sql.deleteFrom('allowed_networks').where('network', '=', network), action);
  }
}
