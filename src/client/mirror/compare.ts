import type { Entry, TimePrecision } from '#core/entry.ts';
import type { MirrorOptions, Reason } from './options.ts';

/** How far apart two equal times may be told, by the coarser of their precisions, in milliseconds. */
const toleranceMs: Readonly<Record<TimePrecision, number>> = {
  subsecond: 2,
  second: 1000,
  minute: 60_000,
  day: 86_400_000,
  year: 366 * 86_400_000,
};

/** What is known of the two sides as a whole. */
export interface SideFacts {
  /** Whether copies bear the times of their sources; if not, they are as old as the upload. */
  readonly timesKept: boolean;
}

/**
 * Why a file has to be copied, or null when it is the same on both sides. A digest is not compared here: `checksum`
 * is for the caller to look into when this finds nothing.
 */
export function difference(
  source: Entry,
  target: Entry,
  options: Pick<MirrorOptions, 'compare' | 'onlyNewer' | 'timeToleranceMs'>,
  sides: SideFacts,
): Reason | null {
  const compare = options.compare ?? ['size', 'time'];
  const apart = timeApart(source, target, options.timeToleranceMs);
  if (options.onlyNewer === true) return apart === null || apart <= 0 ? null : 'newer';
  if (
    compare.includes('size') &&
    source.size !== null &&
    target.size !== null &&
    source.size !== target.size
  ) {
    return 'size';
  }
  if (!compare.includes('time') || apart === null || apart === 0) return null;
  // Where times cannot be set a copy is younger than its source: only a source that is younger still has changed.
  return sides.timesKept || apart > 0 ? 'time' : null;
}

/**
 * How much younger the source is, 0 for as old as anybody can tell; null where a side does not tell its time.
 *
 * @param least milliseconds up to which two times count as equal in any case
 */
export function timeApart(source: Entry, target: Entry, least = 0): number | null {
  if (source.modifiedAt === null || target.modifiedAt === null) return null;
  const tolerance = Math.max(toleranceOf(source), toleranceOf(target), least);
  const apart = source.modifiedAt - target.modifiedAt;
  return Math.abs(apart) <= tolerance ? 0 : apart;
}

function toleranceOf({ modifiedPrecision }: Entry): number {
  return toleranceMs[modifiedPrecision ?? 'second'];
}
