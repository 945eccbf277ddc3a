import type { ErrorCode } from '#core/errors.ts';
import type { AuditRetention } from './audit-database.ts';
import type { AuditQuery } from './audit-query.ts';
import type { JournalEnd } from './journal-writer.ts';

/** What the thread of the audit is started with. */
export interface AuditWorkerData {
  readonly file: string;
  /** Where the journal lies. */
  readonly directory: string;
  readonly retention: AuditRetention;
}

/** What the last run has left. */
export interface RecoveredAudit {
  /** The number of the next file of the journal. */
  readonly next: number;
  /** The time of the newest record, in milliseconds since 1970; null where there is none. */
  readonly newest: number | null;
}

/** What the thread of the audit is asked to do. */
export type AuditRequest =
  | { readonly kind: 'recover' }
  | { readonly kind: 'take'; readonly upTo: JournalEnd }
  | { readonly kind: 'search'; readonly query: AuditQuery }
  | { readonly kind: 'forget' }
  | { readonly kind: 'close' };

/** What came of it. */
export type AuditAnswer =
  | { readonly id: number; readonly outcome: 'done'; readonly value: unknown }
  | { readonly id: number; readonly outcome: 'failed'; readonly code: ErrorCode; readonly message: string };
