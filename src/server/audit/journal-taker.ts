import { closeSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditDatabase } from './audit-database.ts';
import type { AuditRecord } from './audit-record.ts';
import { journalName, journalNumber, mayBeRecord, parseJournalLine } from './journal-lines.ts';
import type { JournalEnd } from './journal-writer.ts';

/** Octets of the journal that are taken over in one commit: large ones write a page of an index once for many records. */
const pieceBytes = 1024 * 1024;

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
      const fresh = number < taken.file ? endless : number === taken.file ? taken.position : 0;
      // What was taken over already still tells which changes were begun.
      this.#read({ number, from: 0, to: fresh }, (lines) => note(begun, lines));
      this.#read({ number, from: fresh, to: endless }, (lines, position) => {
        note(begun, lines);
        this.#database.add(recordsOf(lines), { file: number, position });
      });
    }
    const next = Math.max(taken.file, ...numbers, 0) + 1;
    this.#database.add([...begun.values()], { file: next, position: 0 });
    for (const number of numbers) this.#delete(number);
    return next;
  }

  /** Takes over what has been written up to now, and deletes files that are followed by another. */
  take(end: JournalEnd): void {
    for (const number of this.#numbers()) {
      const taken = this.#database.position;
      if (number < taken.file) {
        this.#delete(number);
        continue;
      }
      const from = number === taken.file ? taken.position : 0;
      const to = number < end.number ? endless : number === end.number ? end.written : 0;
      this.#read({ number, from, to }, (lines, position) => {
        this.#database.add(recordsOf(lines), { file: number, position });
      });
      if (number < end.number) {
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

  /** Hands over whole lines of a part, a piece at a time; what is cut off at its end stays for later. */
  #read({ number, from, to }: Part, take: (lines: readonly string[], position: number) => void): void {
    if (from >= to) return;
    const descriptor = openSync(join(this.#directory, journalName(number)), 'r');
    try {
      let length = pieceBytes;
      let position = from;
      for (;;) {
        const wanted = Math.min(length, to - position);
        const piece = readPiece(descriptor, wanted, position);
        const whole = piece.lastIndexOf(lineFeed) + 1;
        if (whole > 0) {
          take(linesOf(piece.subarray(0, whole)), position + whole);
          position += whole;
          length = pieceBytes;
        } else if (piece.length < wanted || position + piece.length >= to) return;
        else if (isEmpty(piece)) position += piece.length;
        else length *= 2;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

/** A part of a file, in octets. */
interface Part {
  readonly number: number;
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

const endless = Number.POSITIVE_INFINITY;
const lineFeed = 0x0a;

function readPiece(descriptor: number, length: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
}

/** Whether it is room that nothing was written to. */
function isEmpty(piece: Buffer): boolean {
  return piece.every((octet) => octet === 0);
}

function linesOf(octets: Buffer): readonly string[] {
  return octets.toString('utf8').split('\n');
}

function recordsOf(lines: readonly string[]): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const text of lines) {
    const line = mayBeRecord(text) ? parseJournalLine(text) : null;
    if (line?.line === 'record') records.push(line.record);
  }
  return records;
}

function note(begun: Map<number, AuditRecord>, lines: readonly string[]): void {
  for (const text of lines) {
    const line = parseJournalLine(text);
    if (line?.line === 'begun') begun.set(line.change, line.record);
    else if (line?.change !== undefined) begun.delete(line.change);
  }
}
