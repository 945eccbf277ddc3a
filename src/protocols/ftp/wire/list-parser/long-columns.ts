import type { ColumnDateReader } from './column-dates.ts';
import { readIdentity, type ListedFacts } from './reading.ts';
import { isBlankAt, readCount, readGroupedCount, tokenize, type Token } from './tokens.ts';

/** The columns behind the permissions of a line in the manner of `ls -l`. */
export interface LongColumns extends ListedFacts {
  readonly size: number | null;
  /** The place where the name begins: one character behind the date. */
  readonly nameStart: number;
}

/** Columns before the date: links, owner, group and size, more where owner or group hold blanks. */
const mostColumns = 10;
/** The usual place of the date first, then with columns missing, then with owners that hold blanks. */
const datePlaces: readonly number[] = [4, 3, 2, 5, 1, 6, 7, 8, 9];

/**
 * Reads `links owner group size date name` from `start` on, whichever of links, owner and group are missing. The
 * date is what is looked for, with a size before it: it is the one column that looks like nothing else. Null when
 * there is none.
 */
export function readLongColumns(line: string, start: number, readDate: ColumnDateReader): LongColumns | null {
  const tokens = tokenize(line, start, mostColumns + 6);
  for (const place of datePlaces) {
    if (place > tokens.length || !isSize(tokens[place - 1]?.text)) continue;
    const columns = readColumnsBefore(line, tokens, place, readDate);
    if (columns !== null) return columns;
  }
  return readGluedSize(line, tokens, readDate);
}

/** Octets, `8, 1` of a device, or a size for people (`1.5K`), which is not told in octets. */
function isSize(text: string | undefined): boolean {
  return text !== undefined && /^(?:\d+|\d{1,3}(?:[.,']\d{3})+|\d+,\d+|[\d.,]+[KMGTPE]i?B?)$/i.test(text);
}

function readColumnsBefore(
  line: string,
  tokens: readonly Token[],
  place: number,
  readDate: ColumnDateReader,
): LongColumns | null {
  const date = readDate(tokens, place);
  const lastToken = date === null ? undefined : tokens[date.last];
  if (date === null || lastToken === undefined) return null;
  const before = tokens[place - 2]?.text ?? '';
  const isDevice = /^\d+,$/.test(before);
  const size = isDevice ? null : readGroupedCount(tokens[place - 1]?.text);
  const ownerEnd = isDevice ? place - 2 : place - 1;
  return {
    ...readOwners(line, tokens.slice(0, Math.max(ownerEnd, 0))),
    size,
    modified: date.moment,
    nameStart: nameAfter(line, lastToken.end, date.dateOnly && /^\d{4}[-/.]/.test(lastToken.text)),
  };
}

/** A name begins one character behind the date; numeric dates without a time are padded to the width of those with. */
function nameAfter(line: string, dateEnd: number, isPadded: boolean): number {
  let start = dateEnd + 1;
  if (isPadded) while (isBlankAt(line, start)) start += 1;
  return start;
}

function readOwners(line: string, tokens: readonly Token[]): ListedFacts {
  const first = tokens[0];
  const links = tokens.length > 0 ? readCount(first?.text) : null;
  const owners = links === null ? tokens : tokens.slice(1);
  const [ownerToken, groupToken] = owners;
  const last = owners.at(-1);
  const owner = readIdentity(ownerToken?.text);
  // A group of several words ("domain users") is everything between the owner and the size.
  const group = readIdentity(
    groupToken === undefined || last === undefined ? undefined : line.slice(groupToken.start, last.end),
  );
  return { links, owner: owner.name, userId: owner.id, group: group.name, groupId: group.id };
}

/** `longowner longgroup123456 Feb 12 17:20 name`: a size that fills its column sticks to the group. */
function readGluedSize(
  line: string,
  tokens: readonly Token[],
  readDate: ColumnDateReader,
): LongColumns | null {
  for (let place = 1; place < Math.min(tokens.length, mostColumns); place += 1) {
    const glued = tokens[place - 1];
    const digits = /[^\d,](\d{1,15})$/.exec(glued?.text ?? '');
    const date = digits === null || glued === undefined ? null : readDate(tokens, place);
    const lastToken = date === null ? undefined : tokens[date.last];
    if (digits === null || glued === undefined || date === null || lastToken === undefined) continue;
    if (date.moment === null) continue;
    const text = glued.text.slice(0, -(digits[1] ?? '').length);
    const owners = [
      ...tokens.slice(0, place - 1),
      { text, start: glued.start, end: glued.start + text.length },
    ];
    return {
      ...readOwners(line, owners),
      size: Number(digits[1]),
      modified: date.moment,
      nameStart: nameAfter(line, lastToken.end, false),
    };
  }
  return null;
}
