import { printableName } from '#core/name-encoding.ts';

/** A column of a table: its title, and what stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
}

/**
 * What a command prints: a table with titles on a terminal, columns parted by tabs without titles on a pipe, and with
 * `--json` the rows as they came, an object a line.
 */
export class AdminOutput {
  readonly json: boolean;
  readonly #isTerminal: boolean;

  constructor(json: boolean, isTerminal: boolean = process.stdout.isTTY) {
    this.json = json;
    this.#isTerminal = isTerminal;
  }

  /** Rows of one kind. `empty` says on a terminal that there are none. */
  rows<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): void {
    if (this.json) {
      for (const row of rows) this.#line(JSON.stringify(row));
      return;
    }
    const cells = rows.map((row) => columns.map(({ text }) => printableName(text(row))));
    if (!this.#isTerminal) {
      for (const row of cells) this.#line(row.join('\t'));
      return;
    }
    if (rows.length === 0) {
      this.#line(empty);
      return;
    }
    const titles = columns.map(({ title }) => title);
    const widths = titles.map((title, index) =>
      Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
    );
    for (const row of [titles, ...cells]) {
      this.#line(
        row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
  }

  /** One thing with its parts: `name  value` on a terminal, parted by a tab on a pipe. */
  record(value: object, parts: readonly (readonly [name: string, text: string])[]): void {
    if (this.json) {
      this.#line(JSON.stringify(value));
      return;
    }
    const width = Math.max(...parts.map(([name]) => name.length));
    for (const [name, text] of parts) {
      const shown = printableName(text);
      this.#line(this.#isTerminal ? `${name.padEnd(width)}  ${shown}` : `${name}\t${shown}`);
    }
  }

  /** What was done, in words; with `--json` as an object. */
  done(text: string, value: object): void {
    this.#line(this.json ? JSON.stringify(value) : text);
  }

  /** Text as it is. */
  text(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** A moment: local on a terminal, ISO 8601 in UTC on a pipe; `-` for none. */
  time(milliseconds: number | null): string {
    if (milliseconds === null) return '-';
    const date = new Date(milliseconds);
    if (!this.#isTerminal) return date.toISOString();
    const local = new Date(milliseconds - date.getTimezoneOffset() * 60_000);
    return local.toISOString().slice(0, 16).replace('T', ' ');
  }

  #line(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
