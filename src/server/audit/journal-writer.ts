import { join } from 'node:path';
import { mapFile } from '#native/index.ts';
import type { EventOf, ServerEvent } from '#engine/events.ts';
import { isAudited, toAuditRecord, unfinishedRecord, type AuditRecord } from './audit-record.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import { JournalLineWriter, journalName } from './journal-lines.ts';

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
  /** How a file is mapped (as the system can). */
  readonly mapFile?: typeof mapFile | undefined;
}

/** How far the journal has come: all of the files before, and so many octets of this one. */
export interface JournalEnd {
  readonly number: number;
  readonly written: number;
}

/** A change under way, with its line for the next file. */
interface BegunChange {
  readonly change: number;
  readonly session: string | null;
  readonly event: string;
  readonly path: string | null;
  readonly line: string;
}

/** Refused connections that are told in one second; a flood of them is counted, not written one by one. */
const refusalsPerSecond = 20;

/**
 * Writes what the audit is to tell into a file. What changes files is the kernel's before anything else happens: whatever
 * kills the process, it is kept. That a change is about to be made is written before it is made. Where the file is written
 * by system calls, downloads, logins and the like are gathered for some milliseconds, and written before the next change at
 * the latest, so that the order stays.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #lines = new JournalLineWriter();
  /** Few at a time: a change is begun when all that it waits for has come. */
  readonly #begun: BegunChange[] = [];
  #number: number;
  #file: JournalFile;
  #changes = 0;
  #second = 0;
  #refusals = 0;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#number = options.first;
    this.#file = this.#open(options.first, options.fileBytes);
  }

  /** What is in the kernel's hands. */
  get end(): JournalEnd {
    return { number: this.#number, written: this.#file.written };
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
    this.#attempt(() => this.#file.flush());
  }

  close(): void {
    this.#attempt(() => this.#file.close());
  }

  #begin(event: EventOf<'change-begun'>): void {
    const record = unfinishedRecord(event, this.#options.now());
    this.#changes += 1;
    const change = this.#changes;
    const line = this.#lines.begun(change, record);
    this.#write(line, false);
    const { session, action, path } = event;
    this.#begun.push({ change, session, event: action, path, line });
  }

  #drop({ session, action, path }: EventOf<'change-failed'>): void {
    const change = this.#settle(session, action, path);
    if (change !== null) this.#write(this.#lines.dropped(change), false);
  }

  #record(record: AuditRecord): void {
    const change = this.#settle(record.session, record.event, record.path);
    this.#write(this.#lines.record(record, change), change === null);
  }

  /** The number of a change that is under way no more; null when none of that kind was. */
  #settle(session: string | null, event: string, path: string | null): number | null {
    const begun = this.#begun;
    for (let index = begun.length - 1; index >= 0; index -= 1) {
      const change = begun[index];
      if (change?.session !== session || change.event !== event || change.path !== path) continue;
      const last = begun.pop();
      if (last !== undefined && last !== change) begun[index] = last;
      return change.change;
    }
    return null;
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

  #write(line: string, waits: boolean): void {
    this.#attempt(() => {
      if (this.#file.append(line, waits)) return;
      this.#rotate(line.length);
      this.#file.append(line, waits);
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#options.onProblem(thrown);
    }
  }

  /**
   * Goes on in another file, beginning with the changes that are under way.
   *
   * @param length of the line that is to come, in UTF-16
   */
  #rotate(length: number): void {
    let carried = length;
    for (const { line } of this.#begun) carried += line.length;
    // However much there is to begin with, more than that has room.
    const next = this.#open(this.#number + 1, Math.max(this.#options.fileBytes, carried * octetsPerUnit * 2));
    const before = this.#file;
    this.#file = next;
    this.#number += 1;
    this.#attempt(() => {
      for (const { line } of this.#begun) next.append(line, true);
      next.flush();
    });
    this.#attempt(() => before.close());
  }

  #open(number: number, fileBytes: number): JournalFile {
    const { directory, onProblem, mapFile: map = mapFile } = this.#options;
    return openJournalFile(join(directory, journalName(number)), { fileBytes, onProblem, mapFile: map });
  }
}

/** Octets that a unit of UTF-16 and its share of a line's end take at most. */
const octetsPerUnit = 4;
