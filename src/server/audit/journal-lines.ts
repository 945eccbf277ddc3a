import type { AuditRecord } from './audit-record.ts';

/**
 * A line of the journal: a record, the beginning of a change (with the record to keep if nothing more is heard of it),
 * or the end of one that did not come about. `change` numbers a change within one run of the server.
 */
export type JournalLine =
  | { readonly line: 'record'; readonly record: AuditRecord; readonly change?: number }
  | { readonly line: 'begun'; readonly change: number; readonly record: AuditRecord }
  | { readonly line: 'dropped'; readonly change: number };

/** A line of the journal as it is written, its end included. */
export function formatJournalLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line of the journal; null for one that is cut off or was never one. */
export function parseJournalLine(text: string): JournalLine | null {
  try {
    const line = JSON.parse(text) as JournalLine | null;
    return line !== null && typeof line === 'object' && kinds.has(line.line) ? line : null;
  } catch {
    return null;
  }
}

const kinds: ReadonlySet<unknown> = new Set<JournalLine['line']>(['record', 'begun', 'dropped']);

/** The number of a journal file by its name; null for other files. */
export function journalNumber(name: string): number | null {
  const match = /^audit-journal-(\d{1,15})\.ndjson$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** The name of a journal file. */
export function journalName(number: number): string {
  return `audit-journal-${number}.ndjson`;
}
