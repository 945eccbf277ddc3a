import { fullYear, wallToMs } from './server-clock.ts';

/** The order in which the three numbers of a date stand. */
export type DateOrder = 'year-month-day' | 'month-day-year' | 'day-month-year';

/** A date of three numbers. */
export interface NumberDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const threeNumbers = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})$/;

/** Tells the numbers of a date apart; null when the text is no date of three numbers. */
function splitNumbers(text: string): readonly [string, string, string, string] | null {
  const match = threeNumbers.exec(text);
  return match === null ? null : [match[1] ?? '', match[3] ?? '', match[4] ?? '', match[2] ?? ''];
}

/**
 * The order that the dates of a listing have: from a number that can be no month or no day wherever it stands in
 * the listing, otherwise the usual one: full stops are written day first, everything else as in `usual`.
 */
export function findDateOrder(dates: Iterable<string>, usual: DateOrder): DateOrder {
  const votes: Record<DateOrder, number> = { 'year-month-day': 0, 'month-day-year': 0, 'day-month-year': 0 };
  let separator = '';
  for (const text of dates) {
    const numbers = splitNumbers(text);
    if (numbers === null) continue;
    const [first, second, , sign] = numbers;
    separator ||= sign;
    if (first.length > 2 || Number(first) > 31) votes['year-month-day'] += 1;
    else if (Number(first) > 12 && Number(second) <= 12) votes['day-month-year'] += 1;
    else if (Number(second) > 12) votes['month-day-year'] += 1;
  }
  const fallback = separator === '.' ? 'day-month-year' : usual;
  let best: DateOrder = fallback;
  for (const order of Object.keys(votes) as DateOrder[]) if (votes[order] > votes[best]) best = order;
  return best;
}

const places: Readonly<Record<DateOrder, readonly [year: number, month: number, day: number]>> = {
  'year-month-day': [0, 1, 2],
  'month-day-year': [2, 0, 1],
  'day-month-year': [2, 1, 0],
};

/**
 * Reads a date of three numbers parted by `-`, `/` or `.`; years may have two digits, or three when counted from
 * 1900. A date that does not exist in `order` is read in an order in which it does. Null when there is none.
 */
export function readNumberDate(text: string, order: DateOrder): NumberDate | null {
  const numbers = splitNumbers(text);
  if (numbers === null) return null;
  for (const candidate of [order, ...(Object.keys(places) as DateOrder[])]) {
    const [yearPlace, monthPlace, dayPlace] = places[candidate];
    const yearDigits = numbers[yearPlace] ?? '';
    if (yearDigits.length < 2 || (numbers[dayPlace] ?? '').length > 2) continue;
    if ((numbers[monthPlace] ?? '').length > 2) continue;
    const date = {
      year: fullYear(yearDigits),
      month: Number(numbers[monthPlace]),
      day: Number(numbers[dayPlace]),
    };
    if (wallToMs(date) !== null) return date;
  }
  return null;
}
