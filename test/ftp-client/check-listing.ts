import assert from 'node:assert/strict';
import type { Entry } from '#core/entry.ts';
import { describeEntry, describeOwner } from './describe-entry.ts';
import { parseListing, type ListingOptions } from '#protocols/ftp/wire/list-parser/listing-parser.ts';

const now = Date.UTC(2024, 5, 15, 12);

/** A listing, and what it must be read as. */
export interface Listing extends ListingOptions {
  readonly lines: readonly string[];
  /** As {@link describeEntry} says it. */
  readonly entries: readonly string[];
  /** As {@link describeOwner} says it, for as many entries as are given. */
  readonly owners?: readonly string[];
  readonly unknown?: readonly string[];
  readonly exactSizes?: boolean;
}

/** Reads a listing whose dialect is found by its lines, unless a system type speaks for one. */
export function checkListing(
  dialect: string,
  { lines, entries, owners, unknown, exactSizes, ...options }: Listing,
): readonly Entry[] {
  const parsed = parseListing(lines, { now, approximateSizes: true, ...options });
  assert.deepEqual(parsed.unknownLines, unknown ?? []);
  assert.equal(parsed.dialect, dialect);
  assert.deepEqual(
    parsed.entries.map((entry) => describeEntry(entry)),
    entries,
  );
  if (owners !== undefined) {
    assert.deepEqual(
      parsed.entries.slice(0, owners.length).map((entry) => describeOwner(entry)),
      owners,
    );
  }
  if (exactSizes !== undefined) assert.equal(parsed.exactSizes, exactSizes);
  return parsed.entries;
}
