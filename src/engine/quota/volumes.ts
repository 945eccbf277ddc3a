import { WherryError } from '#core/errors.ts';
import type { VolumeLimits } from '#core/limits.ts';
import type { FlowDirection, VolumeMeter } from '../limits/flow.ts';
import type { UsageStore, VolumeRecord } from './usage-store.ts';

interface Count {
  readonly period: string;
  upload: number;
  download: number;
  changed: boolean;
}

const limitsOf: Readonly<Record<FlowDirection, readonly [keyof VolumeLimits, keyof VolumeLimits]>> = {
  upload: ['uploadBytesPerDay', 'uploadBytesPerMonth'],
  download: ['downloadBytesPerDay', 'downloadBytesPerMonth'],
};

/** The day and the month that a moment lies in, in UTC: `2026-11-21` and `2026-11`. */
export function periodsAt(moment: number): readonly [day: string, month: string] {
  const day = new Date(moment).toISOString().slice(0, 10);
  return [day, day.slice(0, 7)];
}

/**
 * What an account has moved today and this month. A clock that is set back goes on with the count of the day it shows
 * then, so that no volume is won by it.
 */
export class Volumes implements VolumeMeter {
  limits: VolumeLimits | null = null;
  readonly #account: string;
  readonly #store: UsageStore;
  readonly #now: () => number;
  #day: Count | null = null;
  #month: Count | null = null;
  #dayEndsAt = 0;
  #dayBeganAt = 0;

  constructor(account: string, options: { readonly store: UsageStore; readonly now: () => number }) {
    this.#account = account;
    this.#store = options.store;
    this.#now = options.now;
  }

  get limited(): boolean {
    return this.limits !== null && Object.values(this.limits).some((limit: number | null) => limit !== null);
  }

  /** Whether something is not kept yet. */
  get changed(): boolean {
    return this.#day?.changed === true || this.#month?.changed === true;
  }

  left(direction: FlowDirection): number {
    const { limits } = this;
    if (limits === null) return Number.POSITIVE_INFINITY;
    let left = Number.POSITIVE_INFINITY;
    for (const [index, count] of this.#current().entries()) {
      const limit = limits[limitsOf[direction][index === 0 ? 0 : 1]];
      if (limit !== null) left = Math.min(left, limit - count[direction]);
    }
    return Math.max(0, left);
  }

  count(direction: FlowDirection, bytes: number): void {
    if (bytes > 0 && bytes > this.left(direction)) {
      throw new WherryError('quota', `The volume of ${direction}s for this day or month is used up`);
    }
    for (const count of this.#current()) {
      count[direction] = Math.max(0, count[direction] + bytes);
      count.changed = true;
    }
  }

  /** What is counted at the moment. */
  records(): readonly VolumeRecord[] {
    return this.limited ? this.#current().map(toRecord) : [];
  }

  save(): void {
    const changed = [this.#day, this.#month].filter((count) => count?.changed === true) as Count[];
    if (changed.length === 0) return;
    this.#store.saveVolumes(this.#account, changed.map(toRecord));
    for (const count of changed) count.changed = false;
  }

  #current(): readonly [Count, Count] {
    const now = this.#now();
    if (this.#day === null || this.#month === null || now >= this.#dayEndsAt || now < this.#dayBeganAt) {
      this.save();
      const [day, month] = periodsAt(now);
      this.#dayBeganAt = Date.parse(day);
      this.#dayEndsAt = this.#dayBeganAt + dayMs;
      this.#day = this.#open(day);
      this.#month = this.#month?.period === month ? this.#month : this.#open(month);
    }
    return [this.#day, this.#month];
  }

  #open(period: string): Count {
    const kept = this.#store.loadVolume(this.#account, period);
    return { period, upload: kept?.uploadBytes ?? 0, download: kept?.downloadBytes ?? 0, changed: false };
  }
}

const dayMs = 86_400_000;

function toRecord({ period, upload, download }: Count): VolumeRecord {
  return { period, uploadBytes: upload, downloadBytes: download };
}
