import type { Attributes } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from './failure.ts';

/** Longest name in octets: NAME_MAX of Linux and of nearly every file system under it. */
export const maximumNameLength = 255;

/** Longest text of a symbolic link in octets: PATH_MAX of Linux without the closing NUL. */
export const maximumLinkLength = 4095;

/** Latest and earliest time that a Date can hold, in milliseconds; what lies beyond no storage keeps. */
const maximumTimeMs = 8_640_000_000_000_000;

const maximumId = 0xffff_fffe;

/** @throws WherryError `invalid-argument` for a number that no file system can keep */
export function checkAttributes(attributes: Attributes, path?: VirtualPath): void {
  const { mode, modifiedAt, accessedAt, userId, groupId, size } = attributes;
  const valid =
    (mode === undefined || isInteger(mode, 0o7777)) &&
    (modifiedAt === undefined || Math.abs(modifiedAt) <= maximumTimeMs) &&
    (accessedAt === undefined || Math.abs(accessedAt) <= maximumTimeMs) &&
    (userId === undefined || isInteger(userId, maximumId)) &&
    (groupId === undefined || isInteger(groupId, maximumId)) &&
    (size === undefined || isInteger(size, Number.MAX_SAFE_INTEGER));
  if (!valid) throw failure('invalid-argument', 'change the attributes', path);
}

/** @throws WherryError `invalid-argument` for a negative, broken or unsafe position */
export function checkPosition(position: number, action: string): void {
  if (!isInteger(position, Number.MAX_SAFE_INTEGER)) throw failure('invalid-argument', action);
}

/** @throws WherryError `name-invalid` for an empty text or NUL, `name-too-long` beyond {@link maximumLinkLength} */
export function checkLinkText(text: string, octets: number, path: VirtualPath): void {
  if (text === '' || text.includes('\0')) throw failure('name-invalid', 'make the link', path);
  if (octets > maximumLinkLength) throw failure('name-too-long', 'make the link', path);
}

function isInteger(value: number, maximum: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= maximum;
}
