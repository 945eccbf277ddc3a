import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { stateDirectory } from '../directories.ts';
import { readIfThere, writePrivately } from '../private-file.ts';

/** What one name was at both sides after the last synchronisation. */
export type BaseRow =
  | { readonly type: 'directory' }
  | {
      readonly type: 'file';
      readonly size: number | null;
      /** Times at each side; they differ where one cannot keep those of the other. */
      readonly a: number | null;
      readonly b: number | null;
    };

/** By path below the tops. */
export type Base = ReadonlyMap<string, BaseRow>;

/** Rows of a million files with long names. */
const maximumBytes = 512 * 1024 * 1024;

/** Where the base of two sides is kept. */
export function baseFileOf(a: string, b: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([a, b]))
    .digest('hex');
  return join(stateDirectory(), 'sync', `${digest.slice(0, 32)}.jsonl`);
}

/** Reads a base; null where there is none, or none that can be read: nothing is known of the past then. */
export async function readBase(file: string | null): Promise<Base | null> {
  if (file === null) return null;
  const content = await readIfThere(file, maximumBytes);
  if (content === null) return null;
  const base = new Map<string, BaseRow>();
  for (const line of content.toString('utf8').split('\n')) {
    if (line === '') continue;
    const row = parseRow(line);
    if (row === null) return null;
    base.set(row.path, row.row);
  }
  return base;
}

function parseRow(line: string): { readonly path: string; readonly row: BaseRow } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [path, size, a, b] = value as readonly unknown[];
  const isNumber = (part: unknown): part is number | null => part === null || typeof part === 'number';
  if (typeof path !== 'string') return null;
  if (size === 'directory') return { path, row: { type: 'directory' } };
  if (!isNumber(size) || !isNumber(a) || !isNumber(b)) return null;
  return { path, row: { type: 'file', size, a, b } };
}

/** Writes a base, in the place of the old one at once. */
export async function writeBase(file: string, base: Base): Promise<void> {
  const lines: string[] = [];
  for (const [path, row] of base) {
    const fields = row.type === 'directory' ? [path, row.type] : [path, row.size, row.a, row.b];
    lines.push(JSON.stringify(fields));
  }
  await writePrivately(file, lines.length === 0 ? '' : `${lines.join('\n')}\n`);
}
