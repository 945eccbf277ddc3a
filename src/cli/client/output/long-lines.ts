import type { Entry } from '#core/entry.ts';
import { groupText, ownerText } from './owner-text.ts';
import { visibleText } from './visible-text.ts';

const typeLetters = { file: '-', directory: 'd', symlink: 'l', other: '?' } as const;

const rightsOfDigit = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'] as const;

function modeText({ type, mode }: Entry): string {
  if (mode === null) return `${typeLetters[type]}?????????`;
  const rights = [6, 3, 0].map((shift) => rightsOfDigit[(mode >> shift) & 7] ?? '');
  return typeLetters[type] + rights.join('');
}

/** `2026-11-21 15:04`, as exactly as the server told it; local time, as a person reads clocks. */
export function timeText({ modifiedAt, modifiedPrecision }: Entry): string {
  if (modifiedAt === null) return '';
  const time = new Date(modifiedAt);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (modifiedPrecision === 'year') return String(time.getUTCFullYear());
  if (modifiedPrecision === 'day')
    return `${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`;
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

interface Column {
  readonly alignRight?: true;
  readonly of: (entry: Entry) => string;
}

const columns: readonly Column[] = [
  { of: modeText },
  { of: (entry) => visibleText(ownerText(entry) ?? '') },
  { of: (entry) => visibleText(groupText(entry) ?? '') },
  { alignRight: true, of: ({ size, type }) => (size === null || type === 'directory' ? '' : String(size)) },
  { of: timeText },
];

/** Entries as `ls -l` shows them, in columns as wide as they need to be; a column that nobody fills is left out. */
export function longLines(entries: readonly (readonly [name: string, entry: Entry])[]): readonly string[] {
  const cells = columns.map(({ of }) => entries.map(([, entry]) => of(entry)));
  const widths = cells.map((column) => column.reduce((width, text) => Math.max(width, text.length), 0));
  return entries.map(([name, { linkTarget }], row) => {
    const filled = columns.flatMap(({ alignRight }, index) => {
      const width = widths[index] ?? 0;
      const text = cells[index]?.[row] ?? '';
      return width === 0 ? [] : [alignRight === true ? text.padStart(width) : text.padEnd(width)];
    });
    const target = linkTarget === null ? '' : ` -> ${visibleText(linkTarget)}`;
    return `${filled.join('  ')}  ${visibleText(name)}${target}`;
  });
}
