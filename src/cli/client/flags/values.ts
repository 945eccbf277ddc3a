/** Reads the values of flags. What cannot be read is told to a list, so that every problem is heard of at once. */
export class ValueReader {
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  /** One of some words. */
  word<const Word extends string>(
    flag: string,
    text: string | undefined,
    words: readonly Word[],
  ): Word | undefined {
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found === undefined) this.#refuse(flag, text, `choose ${listed(words)}`);
    return found;
  }

  /** A whole number of a range, both ends with it. */
  integer(
    flag: string,
    text: string | undefined,
    [lowest, highest]: readonly [number, number],
  ): number | undefined {
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
    if (value >= lowest && value <= highest) return value;
    this.#refuse(flag, text, `give a whole number from ${lowest} to ${highest}`);
    return undefined;
  }

  /** Seconds, also with a fraction or with a unit, as milliseconds. */
  milliseconds(flag: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const value = readMilliseconds(text);
    if (value !== null && value > 0) return value;
    this.#refuse(flag, text, 'give seconds, or a time with its unit, as in 1.5s, 5m or 2h');
    return undefined;
  }

  /** A date (UTC unless it says otherwise), or an age: milliseconds since 1970. */
  moment(flag: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const isDate = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/u.test(text);
    if (!isDate) {
      const age = readMilliseconds(text);
      if (age !== null) return Date.now() - age;
    }
    const value = isDate ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(value)) return value;
    this.#refuse(flag, text, 'give a date as in 2026-11-01 or 2026-11-01T12:00Z, or an age as in 2h or 30d');
    return undefined;
  }

  /** Octets, also with a unit: K, M, G and T are powers of 1,024, as in `ls -h` and curl. */
  bytes(flag: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const match = /^(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)(?:i?b)?$/iu.exec(text);
    const power = ' kmgt'.indexOf((match?.[2] ?? '').toLowerCase() || ' ');
    const value = Math.round(Number(match?.[1] ?? Number.NaN) * 1024 ** power);
    if (Number.isSafeInteger(value) && value > 0) return value;
    this.#refuse(flag, text, 'give octets, or a size with its unit, as in 500K, 2M or 1G');
    return undefined;
  }

  #refuse(flag: string, text: string, remedy: string): void {
    this.#problems.push(`--${flag} cannot be "${text}"; ${remedy}`);
  }
}

/** Reads seconds, or a time with its unit (`500ms`, `1.5s`, `5m`, `2h`, `30d`), as milliseconds; null for anything else. */
export function readMilliseconds(text: string): number | null {
  const match = timePattern.exec(text);
  const factor = timeUnits[match?.[2] ?? 's'];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

const timePattern = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/u;

const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
