import { WherryError } from '#core/errors.ts';
import type { Attributes } from '#core/file-system.ts';

const largestMode = 0o7777;
const largestId = 0xffff_fffe;
/** Latest and earliest time that a Date can hold, in milliseconds. */
const largestTimeMs = 8_640_000_000_000_000;

/** @throws WherryError `invalid-argument` for what no file can have */
export function checkAttributes({ mode, modifiedAt, accessedAt, userId, groupId, size }: Attributes): void {
  const possible =
    isWithin(mode, largestMode) &&
    isTime(modifiedAt) &&
    isTime(accessedAt) &&
    isWithin(userId, largestId) &&
    isWithin(groupId, largestId) &&
    isWithin(size, Number.MAX_SAFE_INTEGER);
  if (!possible)
    throw new WherryError('invalid-argument', 'Cannot change the attributes: one is not possible');
}

/** @throws WherryError `invalid-argument` for a position that no file has */
export function checkPosition(position: number): void {
  if (isWithin(position, Number.MAX_SAFE_INTEGER)) return;
  throw new WherryError('invalid-argument', 'Cannot use the file: the position is not possible');
}

function isWithin(value: number | undefined, largest: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= 0 && value <= largest);
}

function isTime(value: number | undefined): boolean {
  return value === undefined || Math.abs(value) <= largestTimeMs;
}
