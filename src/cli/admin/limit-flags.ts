import type { UserChanges } from '#protocols/http/contract/admin/records.ts';
import { formatSize, parseDuration, parseSize } from '#server/config/quantities.ts';
import { UsageError } from '../exit-codes.ts';

/** The limits that an account or a group may say. */
export type Limits = NonNullable<UserChanges['limits']>;

/** A flag that says a limit. */
export interface LimitRow {
  readonly flag: string;
  readonly help: string;
  readonly path: readonly [keyof Limits] | readonly [keyof Limits, string];
  readonly read: (text: string, flag: string) => number;
}

/** Takes back what was said, so that groups and defaults count again. */
export const inherit = 'inherit';
/** Lifts a limit that a group sets. */
export const none = 'none';

/** All flags that say limits. */
export const limitRows: readonly LimitRow[] = [
  {
    flag: 'quota',
    help: '--quota SIZE           of all files, as 10GB',
    path: ['quotaBytes'],
    read: readSize,
  },
  {
    flag: 'quota-files',
    help: '--quota-files N        number of files',
    path: ['quotaFiles'],
    read: readCount,
  },
  {
    flag: 'largest-file',
    help: '--largest-file SIZE    of one upload',
    path: ['largestFileBytes'],
    read: readSize,
  },
  { flag: 'sessions', help: '--sessions N           at a time', path: ['sessions'], read: readCount },
  {
    flag: 'sessions-per-address',
    help: '--sessions-per-address N',
    path: ['sessionsPerAddress'],
    read: readCount,
  },
  {
    flag: 'upload-rate',
    help: '--upload-rate SIZE     a second, all sessions together',
    path: ['accountSpeed', 'uploadBytesPerSecond'],
    read: readSize,
  },
  {
    flag: 'download-rate',
    help: '--download-rate SIZE',
    path: ['accountSpeed', 'downloadBytesPerSecond'],
    read: readSize,
  },
  {
    flag: 'session-upload-rate',
    help: '--session-upload-rate SIZE     a second, each session',
    path: ['sessionSpeed', 'uploadBytesPerSecond'],
    read: readSize,
  },
  {
    flag: 'session-download-rate',
    help: '--session-download-rate SIZE',
    path: ['sessionSpeed', 'downloadBytesPerSecond'],
    read: readSize,
  },
  {
    flag: 'upload-per-day',
    help: '--upload-per-day SIZE',
    path: ['volume', 'uploadBytesPerDay'],
    read: readSize,
  },
  {
    flag: 'download-per-day',
    help: '--download-per-day SIZE',
    path: ['volume', 'downloadBytesPerDay'],
    read: readSize,
  },
  {
    flag: 'upload-per-month',
    help: '--upload-per-month SIZE',
    path: ['volume', 'uploadBytesPerMonth'],
    read: readSize,
  },
  {
    flag: 'download-per-month',
    help: '--download-per-month SIZE',
    path: ['volume', 'downloadBytesPerMonth'],
    read: readSize,
  },
  { flag: 'idle-timeout', help: '--idle-timeout TIME    as 5m', path: ['idleTimeoutMs'], read: readDuration },
  {
    flag: 'session-timeout',
    help: '--session-timeout TIME longest life of a session',
    path: ['sessionTimeoutMs'],
    read: readDuration,
  },
];

/** The limit that a flag says; undefined where nobody has said it, null where there is none. */
export function limitAt(limits: Limits, [group, inner]: LimitRow['path']): unknown {
  const found: unknown = limits[group];
  return inner === undefined ? found : (found as Record<string, unknown> | null | undefined)?.[inner];
}

/** A limit as its flag takes it. */
export function describeLimit(limit: number, { read }: LimitRow): string {
  return read === readSize ? formatSize(limit) : read === readDuration ? `${limit / 1000}s` : String(limit);
}

function readSize(text: string, flag: string): number {
  const size = /^\d{1,15}$/u.test(text) ? Number(text) : parseSize(text);
  if (size !== null) return size;
  throw new UsageError(`--${flag} ${text}: give a size with its unit, as 500MB or 2GiB, none or ${inherit}`);
}

function readDuration(text: string, flag: string): number {
  const duration = parseDuration(text);
  if (duration !== null) return duration;
  throw new UsageError(`--${flag} ${text}: give a time with its unit, as 30s, 5m or 2h, none or ${inherit}`);
}

function readCount(text: string, flag: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new UsageError(`--${flag} ${text}: give a whole number, none or ${inherit}`);
}
