import type { Row } from './listing.ts';

/** How a row stands to the other side's of the same name. */
export type Difference = 'same' | 'only-here' | 'newer' | 'older' | 'other-size';

export interface ComparisonRules {
  readonly by: 'size' | 'time';
  readonly toleranceMs: number;
}

/** Compares rows with those of another directory; times count only as precisely as both sides know them. */
export function comparer(
  others: readonly Row[],
  { by, toleranceMs }: ComparisonRules,
): (row: Row) => Difference {
  const known = new Map(others.map((row) => [row.entry.name, row]));
  return (row) => {
    const other = known.get(row.entry.name);
    if (other === undefined || other.isDirectory !== row.isDirectory) return 'only-here';
    if (row.isDirectory) return 'same';
    if (by === 'size') return row.entry.size === other.entry.size ? 'same' : 'other-size';
    const apart = (row.entry.modifiedAt ?? 0) - (other.entry.modifiedAt ?? 0);
    const tolerance = Math.max(toleranceMs, precisionMs(row), precisionMs(other));
    if (Math.abs(apart) <= tolerance) return 'same';
    return apart > 0 ? 'newer' : 'older';
  };
}

const precisions: Readonly<Record<string, number>> = {
  year: 31_622_400_000,
  day: 86_400_000,
  minute: 60_000,
};

function precisionMs({ entry }: Row): number {
  return precisions[entry.modifiedPrecision ?? 'second'] ?? 1000;
}
