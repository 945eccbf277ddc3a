import type { Entry, EntryType } from '#core/entry.ts';
import type { MonthNames } from './month-names.ts';
import type { Moment, ServerClock } from './server-clock.ts';

/**
 * What a reader makes of one line: an entry; `note`, a line that belongs to the dialect and names nothing (a
 * heading, a total); `partial`, the first half of an entry that the next line completes; null when it is no line of
 * this dialect.
 */
export type Reading = Entry | 'note' | 'partial' | null;

/** Reads the lines of one listing in their order. It must not throw, whatever the line. */
export type LineReader = (line: string) => Reading;

/** What a reader may take into account beside its line. */
export interface ReadingContext {
  readonly clock: ServerClock;
  readonly months: MonthNames;
  /**
   * The first lines of the listing, without line ends and empty lines. A dialect settles here what one line cannot
   * tell: the order of day and month, whether names are padded.
   */
  readonly sample: readonly string[];
  /** Whether the caller asked for this dialect, or the system type of the server speaks for it. */
  readonly expected: boolean;
}

/** One way in which servers write listings. */
export interface Dialect {
  readonly name: string;
  /** What SYST says on systems that write it; null where that tells nothing. */
  readonly systemType: RegExp | null;
  /** Whether `size` is the number of octets that a transfer will move, fit to be compared. */
  readonly exactSizes: boolean;
  readonly createReader: (context: ReadingContext) => LineReader;
}

/** The facts of an entry beside its name and type that a dialect may tell. */
export type ListedFacts = Partial<Omit<Entry, 'name' | 'type' | 'modifiedAt' | 'modifiedPrecision'>> & {
  readonly modified?: Moment | null;
};

/** Makes the entry; what `facts` leaves out is not known. */
export function listedEntry(name: string, type: EntryType, facts: ListedFacts): Entry {
  const modified = facts.modified ?? null;
  return {
    name,
    type,
    size: facts.size ?? null,
    modifiedAt: modified === null ? null : modified.at,
    modifiedPrecision: modified === null ? null : modified.precision,
    accessedAt: facts.accessedAt ?? null,
    createdAt: facts.createdAt ?? null,
    mode: facts.mode ?? null,
    userId: facts.userId ?? null,
    groupId: facts.groupId ?? null,
    owner: facts.owner ?? null,
    group: facts.group ?? null,
    links: facts.links ?? null,
    device: null,
    inode: null,
    linkTarget: facts.linkTarget ?? null,
  };
}

/** An owner or a group as a listing shows it: a number is an id, anything else a name. */
export function readIdentity(text: string | undefined): {
  readonly id: number | null;
  readonly name: string | null;
} {
  if (text === undefined || text === '') return { id: null, name: null };
  return /^\d{1,10}$/.test(text) ? { id: Number(text), name: null } : { id: null, name: text };
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unusable = /[\u0000\r\n/]/;

/**
 * Whether a listed name is a name in the listed directory, fit to be joined to its path: one component, not `.` or
 * `..`, without `/`, NUL or line ends. A server that lists anything else errs or means harm.
 */
export function isListableName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !unusable.test(name);
}
