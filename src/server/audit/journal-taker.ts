import { closeSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditDatabase } from './audit-database.ts';
import type { AuditRecord } from './audit-record.ts';
import { journalName, journalNumber, parseJournalLine, type JournalLine } from './journal-lines.ts';

/** Octets of the journal that are taken over in one commit. */
const pieceBytes = 256 * 1024;

/**
 * Takes the journal over into the database, each line once: how far it has come stands in the same commit as the
 * records. Belongs to one thread.
 */
export class JournalTaker {
  readonly #directory: string;
  readonly #database: AuditDatabase;

  constructor(directory: string, database: AuditDatabase) {
    this.#directory = directory;
    this.#database = database;
  }

  /**
   * Takes over what a former run has left, however it ended, and says of each change that it had begun and not ended
   * that its outcome is unknown.
   *
   * @returns the number of the next file
   */
  recover(): number {
    const numbers = this.#numbers();
    const begun = new Map<number, AuditRecord>();
    const taken = this.#database.position;
    for (const number of numbers) {
      const upTo =
        number < taken.file ? Number.POSITIVE_INFINITY : number === taken.file ? taken.position : 0;
      this.#read(number, 0, (lines, position) => {
        // What was taken over already still tells which changes were begun.
        for (const { line } of lines) note(begun, line);
        const fresh = lines.filter(({ end }) => end > upTo);
        if (fresh.length > 0) this.#database.add(recordsOf(fresh), { file: number, position });
      });
    }
    const next = Math.max(taken.file, ...numbers, 0) + 1;
    this.#database.add([...begun.values()], { file: next, position: 0 });
    for (const number of numbers) this.#delete(number);
    return next;
  }

  /** Takes over what has been written up to now, and deletes files that are followed by another. */
  take(current: number): void {
    for (const number of this.#numbers()) {
      const taken = this.#database.position;
      if (number < taken.file) {
        this.#delete(number);
        continue;
      }
      const from = number === taken.file ? taken.position : 0;
      this.#read(number, from, (lines, position) => {
        this.#database.add(recordsOf(lines), { file: number, position });
      });
      if (number < current) {
        this.#database.add([], { file: number + 1, position: 0 });
        this.#delete(number);
      }
    }
  }

  #numbers(): readonly number[] {
    const numbers = readdirSync(this.#directory).map((name) => journalNumber(name));
    return numbers.filter((number) => number !== null).toSorted((left, right) => left - right);
  }

  #delete(number: number): void {
    unlinkSync(join(this.#directory, journalName(number)));
  }

  /** Hands over whole lines from a position on, a piece at a time; what is cut off at the end stays for later. */
  #read(number: number, from: number, take: (lines: readonly PlacedLine[], position: number) => void): void {
    const descriptor = openSync(join(this.#directory, journalName(number)), 'r');
    try {
      let buffer = Buffer.allocUnsafe(pieceBytes);
      let position = from;
      for (;;) {
        const count = readSync(descriptor, buffer, 0, buffer.length, position);
        const whole = buffer.subarray(0, count).lastIndexOf(lineFeed) + 1;
        if (whole === 0 && count < buffer.length) return;
        if (whole === 0) {
          buffer = Buffer.allocUnsafe(buffer.length * 2);
          continue;
        }
        take(linesOf(buffer.subarray(0, whole), position), position + whole);
        position += whole;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

const lineFeed = 0x0a;

/** A line and the position behind it. */
interface PlacedLine {
  readonly line: JournalLine;
  readonly end: number;
}

function recordsOf(lines: readonly PlacedLine[]): readonly AuditRecord[] {
  return lines.flatMap(({ line }) => (line.line === 'record' ? [line.record] : []));
}

function linesOf(octets: Buffer, start: number): readonly PlacedLine[] {
  const lines: PlacedLine[] = [];
  for (let from = 0; from < octets.length;) {
    const end = octets.indexOf(lineFeed, from) + 1;
    const line = parseJournalLine(octets.toString('utf8', from, end));
    if (line !== null) lines.push({ line, end: start + end });
    from = end;
  }
  return lines;
}

function note(begun: Map<number, AuditRecord>, line: JournalLine): void {
  if (line.line === 'begun') begun.set(line.change, line.record);
  else if (line.change !== undefined) begun.delete(line.change);
}
