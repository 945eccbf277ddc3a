import type { AuditRecord } from './audit-record.ts';

/**
 * A line of the journal: a record, the beginning of a change (with the record to keep if nothing more is heard of it),
 * or the end of one that did not come about. `change` numbers a change within one run of the server.
 */
export type JournalLine =
  | { readonly line: 'record'; readonly record: AuditRecord; readonly change?: number }
  | { readonly line: 'begun'; readonly change: number; readonly record: AuditRecord }
  | { readonly line: 'dropped'; readonly change: number };

type Kind = JournalLine['line'];

const kinds: ReadonlySet<unknown> = new Set<Kind>(['record', 'begun', 'dropped']);

/** The fields of a line: its kind, the number of the change or 0, and the record in the order of {@link toRecord}. */
const lineFields = 15;

/**
 * Writes lines of the journal, as arrays and by hand, since a busy server writes ten thousand a second: what all lines of
 * a session have in common is put into words once for those that follow one another.
 */
export class JournalLineWriter {
  #protocol: string | null = null;
  #account: string | null = null;
  #remoteAddress: string | null = null;
  #session: string | null = null;
  #who = 'null,null,null,null';

  /** A record, at the end of a change where it has a number. Without the line's end, as all that this class gives. */
  record(record: AuditRecord, change: number | null): string {
    return this.#line('record', change ?? 0, record);
  }

  /** The beginning of a change. */
  begun(change: number, record: AuditRecord): string {
    return this.#line('begun', change, record);
  }

  /** The end of a change that did not come about. */
  dropped(change: number): string {
    return `["dropped",${change}]`;
  }

  #line(kind: Kind, change: number, record: AuditRecord): string {
    const { time, event, outcome, path, target, bytes, durationMs, sha256, detail } = record;
    const what = `${words(path)},${words(target)},${bytes},${durationMs},${words(sha256)},${words(detail)}`;
    return `["${kind}",${change},${time},${words(event)},"${outcome}",${this.#whoOf(record)},${what}]`;
  }

  #whoOf({ protocol, account, remoteAddress, session }: AuditRecord): string {
    if (
      session !== this.#session ||
      account !== this.#account ||
      remoteAddress !== this.#remoteAddress ||
      protocol !== this.#protocol
    ) {
      this.#session = session;
      this.#account = account;
      this.#remoteAddress = remoteAddress;
      this.#protocol = protocol;
      this.#who = [protocol, account, remoteAddress, session].map(words).join(',');
    }
    return this.#who;
  }
}

function words(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

/**
 * Reads a line of the journal, also as versions before wrote it: objects with names. Null for one that is cut off or was
 * never one. What a power cut has left of a file may be zeros; a line begins behind them.
 */
export function parseJournalLine(text: string): JournalLine | null {
  try {
    const line = JSON.parse(text.slice(text.lastIndexOf('\0') + 1)) as unknown;
    if (Array.isArray(line)) return fromFields(line);
    if (line === null || typeof line !== 'object') return null;
    return kinds.has((line as JournalLine).line) ? (line as JournalLine) : null;
  } catch {
    return null;
  }
}

/** False for lines that surely are no records: whoever looks for nothing else need not read them. */
export function mayBeRecord(text: string): boolean {
  return !text.startsWith('["begun"') && !text.startsWith('["dropped"');
}

function fromFields(fields: readonly unknown[]): JournalLine | null {
  const [kind, change] = fields as readonly [Kind, number];
  if (kind === 'dropped') return { line: kind, change };
  if (fields.length !== lineFields || !kinds.has(kind)) return null;
  const record = toRecord(fields);
  if (kind === 'begun') return { line: kind, change, record };
  return change === 0 ? { line: kind, record } : { line: kind, record, change };
}

function toRecord(fields: readonly unknown[]): AuditRecord {
  return {
    time: fields[2] as AuditRecord['time'],
    event: fields[3] as AuditRecord['event'],
    outcome: fields[4] as AuditRecord['outcome'],
    protocol: fields[5] as AuditRecord['protocol'],
    account: fields[6] as AuditRecord['account'],
    remoteAddress: fields[7] as AuditRecord['remoteAddress'],
    session: fields[8] as AuditRecord['session'],
    path: fields[9] as AuditRecord['path'],
    target: fields[10] as AuditRecord['target'],
    bytes: fields[11] as AuditRecord['bytes'],
    durationMs: fields[12] as AuditRecord['durationMs'],
    sha256: fields[13] as AuditRecord['sha256'],
    detail: fields[14] as AuditRecord['detail'],
  };
}

/** The number of a journal file by its name; null for other files. */
export function journalNumber(name: string): number | null {
  const match = /^audit-journal-(\d{1,15})\.ndjson$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** The name of a journal file. */
export function journalName(number: number): string {
  return `audit-journal-${number}.ndjson`;
}
