/** A run of characters between blanks, with its place in the line. */
export interface Token {
  readonly text: string;
  readonly start: number;
  /** The place just behind the last character. */
  readonly end: number;
}

const space = 0x20;
const tab = 0x09;

/** Whether the character at `index` is a space or a tab. */
export function isBlankAt(line: string, index: number): boolean {
  const unit = line.charCodeAt(index);
  return unit === space || unit === tab;
}

/** The place of the first character from `index` on that is no blank; the length of the line when there is none. */
export function skipBlanks(line: string, index: number): number {
  let place = index;
  while (place < line.length && isBlankAt(line, place)) place += 1;
  return place;
}

/**
 * The first `limit` tokens from `start` on. Columns of a listing are read from tokens, not by one long pattern,
 * because patterns that let several parts share blanks take quadratic time on a hostile line.
 */
export function tokenize(line: string, start: number, limit: number): Token[] {
  const tokens: Token[] = [];
  let place = skipBlanks(line, start);
  while (place < line.length && tokens.length < limit) {
    const begin = place;
    while (place < line.length && !isBlankAt(line, place)) place += 1;
    tokens.push({ text: line.slice(begin, place), start: begin, end: place });
    place = skipBlanks(line, place);
  }
  return tokens;
}

/** A whole number of at most 15 digits; null for anything else. */
export function readCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** A number that may have its thousands apart (`9,730`, `9.730`, `9'730`); null for anything else. */
export function readGroupedCount(text: string | undefined): number | null {
  if (text === undefined) return null;
  const plain = readCount(text);
  if (plain !== null) return plain;
  return /^\d{1,3}(?:[.,'][0-9]{3}){1,4}$/.test(text) ? Number(text.replaceAll(/\D/g, '')) : null;
}
