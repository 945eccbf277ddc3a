import { bareEntry, type Entry } from '#core/entry.ts';

/** What a `C` or `D` line says of an entry. */
export interface LineFacts {
  readonly kind: 'file' | 'directory';
  readonly mode: number;
  readonly size?: number;
}

/** What a `T` line says. Times in milliseconds since 1970. */
export interface LineTimes {
  readonly modifiedAt: number;
  readonly accessedAt: number;
}

/** An entry from the lines that announce it. */
export function entryOfLine(name: string, facts: LineFacts, times: LineTimes | null): Entry {
  return bareEntry(name, facts.kind, {
    size: facts.kind === 'file' ? (facts.size ?? null) : null,
    modifiedAt: times?.modifiedAt ?? null,
    modifiedPrecision: times === null ? null : times.modifiedAt % 1000 === 0 ? 'second' : 'subsecond',
    accessedAt: times?.accessedAt ?? null,
    mode: facts.mode,
  });
}
