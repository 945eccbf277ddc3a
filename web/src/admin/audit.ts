import { formatBytes } from '../model/format.ts';
import { callAdmin } from './call-admin.ts';

/** A line of the server's log: its event, and fields by its kind. */
export interface AuditLine {
  readonly id: number;
  readonly at: number;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** What is looked for; empty texts ask for nothing. */
export interface AuditQuery {
  readonly account: string;
  readonly remoteAddress: string;
  /** A path and all below it, or a pattern with `*`. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly from: number;
}

const pageSize = 500;
/** How often lines that come one by one are handed on. */
const gatherMs = 250;

let nextId = 1;

/** A page of the audit, the latest first, and where the next one begins; null behind the last. */
export async function readAudit(
  { account, remoteAddress, path, from }: AuditQuery,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly AuditLine[]; readonly cursor: string | null }> {
  const given = Object.entries({ account, remoteAddress, path }).filter(([, text]) => text.trim() !== '');
  const query = {
    limit: pageSize,
    from,
    ...Object.fromEntries(given),
    ...(cursor === null ? {} : { cursor }),
  };
  const page = await callAdmin('GET /log', { query, signal });
  return { lines: page.records.map((record) => lineOf({ ...record })), cursor: page.cursor };
}

/** Whether a line that has just come is one that is looked for, as the server would tell. */
export function matches({ fields }: AuditLine, { account, remoteAddress, path }: AuditQuery): boolean {
  const isEqual = (wanted: string, field: string): boolean =>
    wanted.trim() === '' || wordOf(fields[field]) === wanted.trim();
  const prefix = path.trim().replace(/\*.*$/u, '');
  return (
    isEqual(account, 'account') &&
    isEqual(remoteAddress, 'remoteAddress') &&
    wordOf(fields['path']).startsWith(prefix)
  );
}

/** Follows the log by server-sent events, a few times a second however much comes; returns how to stop. */
export function followAudit(take: (lines: readonly AuditLine[]) => void): () => void {
  const source = new EventSource('/api/v1/log/follow');
  let pending: AuditLine[] = [];
  source.addEventListener('message', ({ data }) => {
    pending.push(lineOf(JSON.parse(String(data)) as Record<string, unknown>));
  });
  const timer = setInterval(() => {
    if (pending.length === 0) return;
    take(pending.toReversed());
    pending = [];
  }, gatherMs);
  return () => {
    clearInterval(timer);
    source.close();
  };
}

export function isTransfer({ event }: AuditLine): boolean {
  return /^(?:transfer|upload|download)/u.test(event);
}

export function isTransferEnd(line: AuditLine): boolean {
  return isTransfer(line) && !/start|began|progress/u.test(line.event);
}

export function isLogin({ event }: AuditLine): boolean {
  return event.startsWith('login');
}

/** Kinds of lines, as somebody looks for them. */
export const auditKinds: Readonly<
  Record<string, readonly [label: string, fits: (line: AuditLine) => boolean]>
> = {
  all: ['Everything', () => true],
  transfer: ['Transfers', isTransfer],
  login: ['Logins and sessions', ({ event }) => /^(?:login|logout|session)/u.test(event)],
  // Changes by an administrator are named by their request.
  administration: [
    'Administration',
    ({ event }) => event.startsWith('administration') || /^(?:POST|PUT|PATCH|DELETE) /u.test(event),
  ],
};

export function bytesOf({ fields }: AuditLine): number {
  const { bytes } = fields;
  return typeof bytes === 'number' ? bytes : 0;
}

/** Sums of what lines count, in so many buckets from one moment to another, oldest first. */
export function sumOver(
  lines: readonly AuditLine[],
  span: { readonly from: number; readonly to: number; readonly buckets: number },
  amount: (line: AuditLine) => number,
): readonly number[] {
  const { from, to, buckets } = span;
  const sums = Array.from({ length: buckets }, () => 0);
  for (const line of lines) {
    const index = Math.floor(((line.at - from) / (to - from)) * buckets);
    if (index >= 0 && index < buckets) sums[index] = (sums[index] ?? 0) + amount(line);
  }
  return sums;
}

/** A field as a word; nothing for what is none. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Fields that have a column of their own, or say nothing to people. */
const told = new Set(
  'id event time at account user actor remoteAddress remotePort session bytes path target outcome'.split(' '),
);

function lineOf(fields: Record<string, unknown>): AuditLine {
  const time = fields['time'] ?? fields['at'];
  const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Date.now();
  const { path, target, bytes, outcome } = fields;
  const way = [path, target].filter((part) => typeof part === 'string').join(' → ');
  const rest = Object.entries(fields)
    .filter(([key, value]) => !told.has(key) && value !== null && value !== '')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [way, typeof bytes === 'number' ? formatBytes(bytes) : '', wordOf(outcome), ...rest]
    .filter((part) => part !== '')
    .join(' · ');
  return {
    id: nextId++,
    at: Number.isNaN(at) ? Date.now() : at,
    event: wordOf(fields['event']),
    fields,
    text,
  };
}
