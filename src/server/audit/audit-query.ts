import { WherryError } from '#core/errors.ts';
import type { AuditOutcome, AuditRecord } from './audit-record.ts';

/** Which records are looked for; all that is given must fit. */
export interface AuditQuery {
  /** Milliseconds since 1970, the first that fits. */
  readonly from?: number | undefined;
  /** The first that does not fit any more. */
  readonly to?: number | undefined;
  readonly account?: string | undefined;
  /** An address, exactly. */
  readonly remoteAddress?: string | undefined;
  readonly protocol?: string | undefined;
  readonly session?: string | undefined;
  /** Names of events, as in {@link AuditRecord.event}; any of them. */
  readonly events?: readonly string[] | undefined;
  readonly outcomes?: readonly AuditOutcome[] | undefined;
  /** A path, and everything below it. */
  readonly pathPrefix?: string | undefined;
  /** A pattern of whole paths with `*`, `?` and `[…]`; `*` also stands for slashes. */
  readonly pathGlob?: string | undefined;
  /** Records at most (100), up to 1000. */
  readonly limit?: number | undefined;
  /** Where the page before has ended. */
  readonly cursor?: string | undefined;
}

/** A record that was found. */
export interface FoundAuditRecord extends AuditRecord {
  readonly id: number;
}

/** Records, the latest first. */
export interface AuditPage {
  readonly records: readonly FoundAuditRecord[];
  /** For the page behind this one; null when there is none. */
  readonly cursor: string | null;
}

const longestText = 4096;
const largestPage = 1000;
const defaultPage = 100;

/** How many records a page has. @throws WherryError `invalid-argument` */
export function pageLength(query: AuditQuery): number {
  const { limit = defaultPage } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
    throw new WherryError('invalid-argument', `A page has 1 to ${largestPage} records`);
  }
  return limit;
}

/** The record that the page before ended with; null for the first page. @throws WherryError `invalid-argument` */
export function readCursor(query: AuditQuery): number | null {
  if (query.cursor === undefined) return null;
  if (!/^\d{1,15}$/.test(query.cursor)) {
    throw new WherryError('invalid-argument', 'The cursor is none that a page has given');
  }
  return Number(query.cursor);
}

/** @throws WherryError `invalid-argument` for a query longer than anything that is kept */
export function checkQuery(query: AuditQuery): void {
  const { account, remoteAddress, pathPrefix, pathGlob, events = [], outcomes = [] } = query;
  const texts = [account, remoteAddress, pathPrefix, pathGlob, ...events, ...outcomes];
  if (texts.some((text) => text !== undefined && text.length > longestText) || texts.length > 100) {
    throw new WherryError('invalid-argument', 'The search is longer than anything that could be found');
  }
}
