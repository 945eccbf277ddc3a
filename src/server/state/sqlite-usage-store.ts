import type { UsageRecord, UsageStore, VolumeRecord } from '#engine/quota/usage-store.ts';
import { periodsAt } from '#engine/quota/volumes.ts';
import type { StateDatabase } from './state-database.ts';

/** Days and months are looked at for this long; older ones are of interest to nobody. */
const keptMs = 400 * 86_400_000;

/** Keeps what accounts use in the state database. After a power cut everything counts as being changed. */
export class SqliteUsageStore implements UsageStore {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase, now = Date.now()) {
    this.#database = database;
    const { sql } = database;
    if (database.afterPowerCut) database.run(sql.updateTable('usage').set({ settled: 0 }), 'keep the usage');
    const [oldest] = periodsAt(now - keptMs);
    database.run(sql.deleteFrom('volumes').where('period', '<', oldest), 'forget old volumes');
  }

  load(account: string): UsageRecord | null {
    const { sql } = this.#database;
    const query = sql.selectFrom('usage').selectAll().where('account', '=', account);
    const [row] = this.#database.all(query, 'look up the usage');
    if (row === undefined) return null;
    return { account, bytes: Number(row.bytes), files: Number(row.files), settled: row.settled === 1 };
  }

  mark(account: string): void {
    const { sql } = this.#database;
    const row = sql.insertInto('usage').values({ account, bytes: 0, files: 0, settled: 0 });
    this.#database.run(
      row.onConflict((conflict) => conflict.column('account').doUpdateSet({ settled: 0 })),
      'keep the usage',
    );
  }

  settle({ account, bytes, files }: Omit<UsageRecord, 'settled'>): void {
    const { sql } = this.#database;
    const values = { bytes, files, settled: 1 };
    const row = sql.insertInto('usage').values({ account, ...values });
    this.#database.run(
      row.onConflict((conflict) => conflict.column('account').doUpdateSet(values)),
      'keep the usage',
    );
  }

  loadVolume(account: string, period: string): VolumeRecord | null {
    const { sql } = this.#database;
    const query = sql
      .selectFrom('volumes')
      .selectAll()
      .where('account', '=', account)
      .where('period', '=', period);
    const [row] = this.#database.all(query, 'look up the volume');
    if (row === undefined) return null;
    return { period, uploadBytes: Number(row.upload_bytes), downloadBytes: Number(row.download_bytes) };
  }

  saveVolumes(account: string, volumes: readonly VolumeRecord[]): void {
    const { sql } = this.#database;
    this.#database.transaction('keep the volume', () => {
      for (const { period, uploadBytes, downloadBytes } of volumes) {
        const values = { upload_bytes: uploadBytes, download_bytes: downloadBytes };
        const row = sql.insertInto('volumes').values({ account, period, ...values });
        this.#database.run(
          row.onConflict((conflict) => conflict.columns(['account', 'period']).doUpdateSet(values)),
          'keep the volume',
        );
      }
    });
  }
}
