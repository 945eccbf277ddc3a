import { useEffect, useRef, useState } from 'react';
import { describe } from '../api/call.ts';
import { notify } from '../state/notices.ts';
import { followAudit, matches, readAudit, type AuditLine, type AuditQuery } from './audit.ts';

/** Lines kept on show; the audit on the server keeps all. */
const keptLines = 20_000;
/** Read by themselves for the curves; more comes when it is asked for. */
const readLines = 5000;
/** Somebody who types is not asked after each letter. */
const settleMs = 300;

export interface Audit {
  /** The latest first. */
  readonly lines: readonly AuditLine[];
  readonly reading: boolean;
  /** Whether there are older lines that were not read. */
  readonly more: boolean;
  readonly readMore: () => void;
}

/** What fits a query, read page by page, and what comes meanwhile unless it is held back. */
export function useAudit(query: AuditQuery, held: boolean): Audit {
  const [lines, setLines] = useState<readonly AuditLine[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [reading, setReading] = useState(true);
  const controller = useRef(new AbortController());
  const state = useRef({ query, held });
  state.current = { query, held };
  const read = async (from: string | null, wanted: number): Promise<void> => {
    const { signal } = controller.current;
    setReading(true);
    try {
      let next = from;
      for (let count = 0; count < wanted;) {
        const page = await readAudit(query, next, signal);
        if (signal.aborted) return;
        setLines((before) => [...before, ...page.lines].slice(0, keptLines));
        setCursor(page.cursor);
        next = page.cursor;
        count += page.lines.length;
        if (next === null) break;
      }
    } catch (error) {
      if (!signal.aborted) notify('error', describe(error));
    }
    if (!signal.aborted) setReading(false);
  };
  const { account, remoteAddress, path, from } = query;
  useEffect(() => {
    controller.current = new AbortController();
    const { current } = controller;
    const timer = setTimeout(() => {
      setLines([]);
      void read(null, readLines);
    }, settleMs);
    return () => {
      clearTimeout(timer);
      current.abort();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the parts of the query say when it is another
  }, [account, remoteAddress, path, from]);
  useEffect(
    () =>
      followAudit((fresh) => {
        if (state.current.held) return;
        const wanted = fresh.filter((line) => matches(line, state.current.query));
        if (wanted.length > 0) setLines((before) => [...wanted, ...before].slice(0, keptLines));
      }),
    [],
  );
  return { lines, reading, more: cursor !== null, readMore: () => void read(cursor, 1) };
}
