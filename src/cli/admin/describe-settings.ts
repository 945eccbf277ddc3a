import { describeLimit, limitAt, limitRows, none, type Limits } from './limit-flags.ts';

/** Settings that are said, in words, by their flags. */
export function describeSettings(
  settings: Readonly<Record<string, unknown>>,
): readonly (readonly [string, string])[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, describeSetting(name, value)] as const],
  );
}

/** As `describeSettings`, of what holds in the end: also what nobody has said, and who says the rest. */
export function describeEffective(
  settings: Readonly<Record<string, unknown>>,
  originOf: (name: string) => string,
): readonly (readonly [string, string])[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (name === 'limits') return describeLimits(value as Limits, originOf);
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    return [[name, `${isEmpty ? '-' : describeSetting(name, value)}  (${originOf(name)})`] as const];
  });
}

/** Each limit by itself, since each may come from somewhere else; those that nobody has set are left out. */
function describeLimits(
  limits: Limits,
  originOf: (name: string) => string,
): readonly (readonly [string, string])[] {
  const rowsOfLimits = limitRows.flatMap((row) => {
    const found = limitAt(limits, row.path);
    if (typeof found !== 'number') return [];
    const origin = originOf(['limits', ...row.path].join('.'));
    return [[row.flag, `${describeLimit(found, row)}  (${origin})`] as const];
  });
  return rowsOfLimits.length > 0 ? rowsOfLimits : [['limits', `-  (${originOf('limits')})`]];
}

interface SaidRule {
  readonly path: string;
  readonly allow?: readonly string[] | string;
  readonly deny?: readonly string[] | string;
}

function describeRule({ path, allow = [], deny = [] }: SaidRule): string {
  const words = (rights: readonly string[] | string): string =>
    typeof rights === 'string' ? rights : rights.join(', ');
  const parts = [
    ...(allow.length > 0 ? [`allows ${words(allow)}`] : []),
    ...(deny.length > 0 ? [`denies ${words(deny)}`] : []),
  ];
  return `${path} ${parts.join(', ')}`;
}

function describeSetting(name: string, value: unknown): string {
  if (name === 'limits') {
    return limitRows
      .flatMap((row) => {
        const found = limitAt(value as Limits, row.path);
        if (found === undefined) return [];
        return [`${row.flag} ${typeof found === 'number' ? describeLimit(found, row) : none}`];
      })
      .join(', ');
  }
  if (name === 'expiresAt' && typeof value === 'number') return new Date(value).toISOString();
  if (name === 'rules') return (value as readonly SaidRule[]).map(describeRule).join('; ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
