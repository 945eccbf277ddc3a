import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf, ServerEvent } from '#engine/events.ts';
import { isAudited, toAuditRecord, unfinishedRecord, type AuditRecord } from './audit-record.ts';
import { formatJournalLine, journalName, type JournalLine } from './journal-lines.ts';

export interface JournalWriterOptions {
  readonly directory: string;
  /** The number of the first file. */
  readonly first: number;
  /** A file that grows beyond this is followed by another, so that what has been taken over can be deleted. */
  readonly fileBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears that lines could not be written. */
  readonly onProblem: (thrown: unknown) => void;
}

/** Refused connections that are told in one second; a flood of them is counted, not written one by one. */
const refusalsPerSecond = 20;

/** What has changed nothing may wait this long for its line to be written. */
const gatherMs = 20;
/** Text that is gathered at most. */
const gatheredLength = 64 * 1024;

/**
 * Writes what the audit is to tell into a file. What changes files is written at once, with a system call of its own,
 * so that it is the kernel's before anything else happens: whatever kills the process, it is kept. That a change is
 * about to be made is written before it is made. Downloads, logins and the like are gathered for some milliseconds, and
 * written before the next change at the latest, so that the order stays.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  /** The changes under way, by what they are, with their line for the next file. */
  readonly #begun = new Map<string, { readonly change: number; readonly line: string }>();
  #number: number;
  #descriptor: number;
  #written = 0;
  #torn = false;
  #changes = 0;
  #second = 0;
  #refusals = 0;
  #gathered = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#number = options.first;
    this.#descriptor = this.#open(options.first);
  }

  /** The file that is written now. */
  get number(): number {
    return this.#number;
  }

  /** Takes an event; whatever cannot be written is lost, and the server goes on. */
  take(event: ServerEvent): void {
    if (event.event === 'change-begun') this.#begin(event);
    else if (event.event === 'change-failed') this.#drop(event);
    else if (isAudited(event)) {
      if (event.event === 'session-refused' && this.#isFlood()) return;
      const record = toAuditRecord(event, this.#options.now());
      if (record !== null) this.#record(record);
    }
  }

  /** Writes what is gathered. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered !== '') this.#write('');
  }

  close(): void {
    this.flush();
    closeSync(this.#descriptor);
  }

  #begin(event: EventOf<'change-begun'>): void {
    const record = unfinishedRecord(event, this.#options.now());
    this.#changes += 1;
    const change = this.#changes;
    const line = formatJournalLine({ line: 'begun', change, record });
    this.#begun.set(keyOf(record), { change, line });
    this.#write(line);
  }

  #drop({ session, action, path }: EventOf<'change-failed'>): void {
    const begun = this.#settle(keyOf({ session, event: action, path }));
    if (begun !== undefined) this.#write(formatJournalLine({ line: 'dropped', change: begun }));
  }

  #record(record: AuditRecord): void {
    const change = this.#begun.size === 0 ? undefined : this.#settle(keyOf(record));
    const line: JournalLine =
      change === undefined ? { line: 'record', record } : { line: 'record', record, change };
    if (change === undefined) this.#gather(formatJournalLine(line));
    else this.#write(formatJournalLine(line));
  }

  #gather(line: string): void {
    this.#gathered += line;
    if (this.#gathered.length >= gatheredLength) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), gatherMs).unref();
  }

  #settle(key: string): number | undefined {
    const begun = this.#begun.get(key);
    if (begun !== undefined) this.#begun.delete(key);
    return begun?.change;
  }

  #isFlood(): boolean {
    const second = Math.floor(this.#options.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    return this.#refusals > refusalsPerSecond;
  }

  #write(text: string): void {
    const line = this.#gathered + text;
    this.#gathered = '';
    try {
      if (this.#written >= this.#options.fileBytes) this.#rotate();
      this.#append(line);
    } catch (thrown) {
      this.#options.onProblem(thrown);
    }
  }

  #append(line: string): void {
    // What a full disk has cut off is closed first, so that it spoils no other line.
    const octets = Buffer.from(this.#torn ? `\n${line}` : line, 'utf8');
    const count = writeSync(this.#descriptor, octets);
    this.#torn = count < octets.length;
    this.#written += count;
    if (this.#torn) throw Object.assign(new Error('The disk took a part of a line'), { code: 'ENOSPC' });
  }

  /** Goes on in another file, beginning with the changes that are under way. */
  #rotate(): void {
    const next = this.#open(this.#number + 1);
    closeSync(this.#descriptor);
    this.#descriptor = next;
    this.#number += 1;
    this.#written = 0;
    this.#torn = false;
    for (const { line } of this.#begun.values()) this.#append(line);
  }

  #open(number: number): number {
    return openSync(join(this.#options.directory, journalName(number)), 'ax', 0o600);
  }
}

function keyOf({ session, event, path }: Pick<AuditRecord, 'session' | 'event' | 'path'>): string {
  return `${session ?? ''} ${event} ${path ?? ''}`;
}
