import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import {
  listingEvidenceCharacters,
  listingEvidenceLines,
  maximumListingEntries,
  maximumListingLine,
  maximumUnknownLine,
  maximumUnknownLines,
} from '../limits.ts';
import { dialects, findDialect } from './dialects.ts';
import { MonthNames } from './month-names.ts';
import { isListableName, type Dialect, type LineReader, type ReadingContext } from './reading.ts';
import { ServerClock } from './server-clock.ts';

/** How a listing is to be read. */
export interface ListingOptions {
  /** Milliseconds since 1970 that count as now; the current time when absent. Dates without a year lie before it. */
  readonly now?: number;
  /** How far the server's clock is ahead of UTC in minutes; 0 when absent. */
  readonly timeOffsetMinutes?: number;
  /** What SYST answered, behind its code: speaks for a dialect where the lines fit several. */
  readonly systemType?: string;
  /** The name of the dialect, when it is known. */
  readonly dialect?: string;
  /**
   * Give the sizes too that a system counts in blocks or records, which are no octets that a transfer moves: for the
   * eye, not for comparisons. Without it such sizes are null.
   */
  readonly approximateSizes?: boolean;
}

/** A listing as far as it was understood. */
export interface ParsedListing {
  /** Without `.` and `..`, and without names that are none in this directory. */
  readonly entries: readonly Entry[];
  /** The name of the dialect; null when no line belongs to any. */
  readonly dialect: string | null;
  /** Lines that tell of nothing that is known, the first of them and cut short. */
  readonly unknownLines: readonly string[];
  /** Whether sizes are octets that a transfer moves; false where a system counts in blocks or records. */
  readonly exactSizes: boolean;
}

/**
 * Reads the text of LIST. The dialect is the one that understands the most of the first lines, which are held back
 * for that; a dialect that is asked for is used at once. No line makes it throw: what is not understood is counted
 * and its beginning kept in `unknownLines`, as are entries whose names are no names in the directory (with a slash,
 * `..`), because those reach for other directories.
 */
export class ListingParser {
  readonly #clock: ServerClock;
  readonly #systemType: string;
  readonly #approximateSizes: boolean;
  readonly #unknownLines: string[] = [];
  #dialect: Dialect | null = null;
  #reader: LineReader | null = null;
  /** The beginning of a line whose end has not come. */
  #rest = '';
  /** Whether the line that is arriving is longer than a line may be; its end is thrown away. */
  #overlong = false;
  #held: string[] = [];
  #heldCharacters = 0;
  #partial: string | null = null;
  #lines = 0;
  #unknownCount = 0;

  /** @throws WherryError `invalid-argument` when `options.dialect` is the name of none */
  constructor(options: ListingOptions = {}) {
    this.#clock = new ServerClock(options.now ?? Date.now(), options.timeOffsetMinutes ?? 0);
    this.#systemType = options.systemType ?? '';
    this.#approximateSizes = options.approximateSizes ?? false;
    if (options.dialect === undefined) return;
    const dialect = findDialect(options.dialect);
    if (dialect === undefined) {
      throw new WherryError('invalid-argument', `There is no listing dialect ${options.dialect}`);
    }
    this.#dialect = dialect;
    this.#reader = dialect.createReader(this.#context([], true));
  }

  /** The name of the dialect; null until it is settled. */
  get dialect(): string | null {
    return this.#dialect?.name ?? null;
  }

  /** The first lines that were not understood, each cut to its beginning; {@link unknownCount} counts all. */
  get unknownLines(): readonly string[] {
    return this.#unknownLines;
  }

  get unknownCount(): number {
    return this.#unknownCount;
  }

  /** Whether `size` of the entries is what a transfer will move, fit to be compared. */
  get exactSizes(): boolean {
    return this.#dialect?.exactSizes ?? true;
  }

  /**
   * Takes a piece of the listing, cut anywhere, and returns the entries that it completes; none while the first
   * lines are held back.
   *
   * @throws WherryError `too-many` when the listing has more lines than any directory
   */
  push(text: string): readonly Entry[] {
    const entries: Entry[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end));
      start = end + 1;
      this.#finishLine(entries);
    }
    this.#append(text.slice(start));
    return entries;
  }

  /** The entries of what was held back and of a last line without an end. Nothing may be pushed afterwards. */
  end(): readonly Entry[] {
    const entries: Entry[] = [];
    if (this.#rest !== '' || this.#overlong) this.#finishLine(entries);
    if (this.#reader === null) this.#settle(entries);
    this.#givePartialUp();
    return entries;
  }

  #append(piece: string): void {
    if (this.#overlong) return;
    if (this.#rest.length + piece.length > maximumListingLine) {
      this.#overlong = true;
      this.#rest = (this.#rest + piece.slice(0, maximumUnknownLine)).slice(0, maximumUnknownLine);
    } else {
      this.#rest += piece;
    }
  }

  #finishLine(entries: Entry[]): void {
    const line = trimReturns(this.#rest);
    const overlong = this.#overlong;
    this.#rest = '';
    this.#overlong = false;
    this.#lines += 1;
    if (this.#lines > maximumListingEntries) {
      throw new WherryError('too-many', `The listing has more than ${maximumListingEntries} lines`);
    }
    if (overlong) {
      this.#noteUnknown(line);
      return;
    }
    if (line.trim() === '') return;
    if (this.#reader !== null) {
      this.#read(line, this.#reader, entries);
      return;
    }
    this.#held.push(line);
    this.#heldCharacters += line.length;
    if (this.#held.length >= listingEvidenceLines || this.#heldCharacters >= listingEvidenceCharacters) {
      this.#settle(entries);
    }
  }

  /** Chooses the dialect and reads what was held back. */
  #settle(entries: Entry[]): void {
    const sample = this.#held;
    this.#held = [];
    this.#dialect = this.#choose(sample);
    const reader = this.#dialect?.createReader(this.#context(sample, this.#isExpected(this.#dialect)));
    this.#reader = reader ?? (() => null);
    for (const line of sample) this.#read(line, this.#reader, entries);
    // With nothing understood yet, the lines to come may still tell.
    if (this.#dialect === null) {
      this.#reader = null;
      this.#heldCharacters = 0;
    }
  }

  #choose(sample: readonly string[]): Dialect | null {
    let best: { readonly dialect: Dialect; readonly score: number } | null = null;
    for (const dialect of dialects) {
      const expected = this.#isExpected(dialect);
      const understood = countUnderstood(sample, dialect.createReader(this.#context(sample, expected)));
      // The word of SYST decides between dialects that understand the same.
      const score = understood === 0 ? 0 : understood + (expected ? 0.5 : 0);
      if (score > (best?.score ?? 0)) best = { dialect, score };
    }
    return best?.dialect ?? null;
  }

  #isExpected(dialect: Dialect): boolean {
    return dialect.systemType?.test(this.#systemType) === true;
  }

  #context(sample: readonly string[], expected: boolean): ReadingContext {
    return { clock: this.#clock, months: new MonthNames(sample), sample, expected };
  }

  #read(line: string, reader: LineReader, entries: Entry[]): void {
    if (this.#partial !== null) {
      const whole = `${this.#partial} ${line}`;
      const joined = whole.length > maximumListingLine ? null : reader(whole);
      if (joined !== null && joined !== 'partial') {
        const partial = this.#partial;
        this.#partial = null;
        this.#take(joined, `${partial} ${line}`, entries);
        return;
      }
      this.#givePartialUp();
    }
    const reading = reader(line);
    if (reading === 'partial') this.#partial = line;
    else this.#take(reading, line, entries);
  }

  #take(reading: Entry | 'note' | null, line: string, entries: Entry[]): void {
    if (reading === 'note') return;
    if (reading === null) {
      this.#noteUnknown(line);
    } else if (isListableName(reading.name)) {
      const keepsSize = this.#approximateSizes || this.#dialect?.exactSizes !== false;
      entries.push(keepsSize ? reading : { ...reading, size: null });
    } else if (reading.name !== '.' && reading.name !== '..') {
      this.#noteUnknown(line);
    }
  }

  #givePartialUp(): void {
    if (this.#partial !== null) this.#noteUnknown(this.#partial);
    this.#partial = null;
  }

  #noteUnknown(line: string): void {
    this.#unknownCount += 1;
    if (this.#unknownLines.length < maximumUnknownLines)
      this.#unknownLines.push(line.slice(0, maximumUnknownLine));
  }
}

/** Lines end in CR LF; servers that translate twice write CR CR LF. */
function trimReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 0x0d) end -= 1;
  return end === line.length ? line : line.slice(0, end);
}

/** How many lines a reader understands, the two halves of an entry counting as the lines that they are. */
function countUnderstood(sample: readonly string[], reader: LineReader): number {
  let understood = 0;
  let partial: string | null = null;
  for (const line of sample) {
    if (partial !== null) {
      const joined = reader(`${partial} ${line}`);
      partial = null;
      if (joined !== null && joined !== 'partial') {
        understood += 2;
        continue;
      }
    }
    const reading = reader(line);
    if (reading === 'partial') partial = line;
    else if (reading !== null) understood += 1;
  }
  return understood;
}

/** Reads a listing that is there as a whole; `lines` have no line ends. See {@link ListingParser}. */
export function parseListing(lines: Iterable<string>, options: ListingOptions = {}): ParsedListing {
  const parser = new ListingParser(options);
  const entries: Entry[] = [];
  for (const line of lines) for (const entry of parser.push(`${line}\n`)) entries.push(entry);
  for (const entry of parser.end()) entries.push(entry);
  const { dialect, unknownLines, exactSizes } = parser;
  return { entries, dialect, unknownLines, exactSizes };
}
