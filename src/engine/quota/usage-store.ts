/** What is kept of an account's quota. */
export interface UsageRecord {
  readonly account: string;
  readonly bytes: number;
  readonly files: number;
  /** Whether the numbers hold; else the tree has to be counted before they are used. */
  readonly settled: boolean;
}

/** What an account has moved in one day (`2026-11-21`) or one month (`2026-11`) of UTC. */
export interface VolumeRecord {
  readonly period: string;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

/**
 * Keeps usage over restarts. Everything is done when a method returns, so that nothing is changed before the mark
 * that it is being changed; an implementation throws only `WherryError`.
 */
export interface UsageStore {
  load(account: string): UsageRecord | null;
  /** Notes that files of the account are about to change, so that after a kill they are counted again. */
  mark(account: string): void;
  /** Notes what the account uses, and that nothing is being changed. */
  settle(usage: Omit<UsageRecord, 'settled'>): void;
  loadVolume(account: string, period: string): VolumeRecord | null;
  saveVolumes(account: string, volumes: readonly VolumeRecord[]): void;
}

/** Keeps usage for as long as the process lives. */
export class MemoryUsageStore implements UsageStore {
  readonly #usage = new Map<string, UsageRecord>();
  readonly #volumes = new Map<string, VolumeRecord>();

  load(account: string): UsageRecord | null {
    return this.#usage.get(account) ?? null;
  }

  mark(account: string): void {
    const known = this.#usage.get(account) ?? { account, bytes: 0, files: 0 };
    this.#usage.set(account, { ...known, settled: false });
  }

  settle(usage: Omit<UsageRecord, 'settled'>): void {
    this.#usage.set(usage.account, { ...usage, settled: true });
  }

  loadVolume(account: string, period: string): VolumeRecord | null {
    return this.#volumes.get(`${account}\n${period}`) ?? null;
  }

  saveVolumes(account: string, volumes: readonly VolumeRecord[]): void {
    for (const volume of volumes) this.#volumes.set(`${account}\n${volume.period}`, volume);
  }
}
