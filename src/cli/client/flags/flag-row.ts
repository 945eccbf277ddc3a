import type { FlagSpec } from '../../words.ts';

/** A flag of a client command as the help shows it and as words are read. */
export interface FlagRow {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; absent for a flag that is there or not. */
  readonly value?: string;
  readonly multiple?: true;
  readonly help: string;
}

/** The rows in the form that reading words wants. */
export function specsOf(rows: readonly FlagRow[]): Readonly<Record<string, FlagSpec>> {
  return Object.fromEntries(
    rows.map(({ name, short, value, multiple }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
        ...(multiple === undefined ? {} : { multiple }),
      },
    ]),
  );
}

/** The lines of the help for the rows. */
export function helpOf(rows: readonly FlagRow[]): string {
  const left = rows.map(
    ({ name, short, value }) =>
      `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  );
  const width = Math.max(...left.map((text) => text.length));
  return rows.map(({ help }, index) => `${(left[index] ?? '').padEnd(width)}  ${help}`).join('\n');
}

/** The values of flags as they were given: text, all texts of one that repeats, or true. */
export class GivenFlags {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : [];
  }
}
