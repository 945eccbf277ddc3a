import { isAscii, isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { nameKinds } from '../directory-batch.ts';
import type { DirectoryColumns } from '../directory-batch.ts';

/** One entry before it is spread over the columns. */
export interface ScannedEntry {
  readonly name: Buffer;
  /** The type as the directory itself tells it, where the attributes could not be read. */
  readonly typeBits: number;
  readonly stats: Stats | undefined;
  readonly target: Buffer | undefined;
}

/** Spreads entries over the columns that the addon fills by itself. */
export function columnsOf(entries: readonly ScannedEntry[]): DirectoryColumns {
  const numbers = (pick: (stats: Stats) => number): Float64Array =>
    Float64Array.from(entries, ({ stats }) => (stats === undefined ? 0 : pick(stats)));
  const integers = (pick: (stats: Stats) => number): Uint32Array =>
    Uint32Array.from(entries, ({ stats }) => (stats === undefined ? 0 : pick(stats)));
  const names = entries.map(({ name }) => name);
  const targets = entries.map(({ target }) => target ?? Buffer.alloc(0));
  return {
    count: entries.length,
    names: Buffer.concat(names),
    nameOffsets: offsetsOf(names),
    kinds: Uint8Array.from(names, kindOf),
    linkTargets: Buffer.concat(targets),
    linkOffsets: offsetsOf(targets),
    sizes: numbers((stats) => stats.size),
    modifiedMs: numbers((stats) => stats.mtimeMs),
    accessedMs: numbers((stats) => stats.atimeMs),
    changedMs: numbers((stats) => stats.ctimeMs),
    createdMs: numbers((stats) => stats.birthtimeMs),
    devices: numbers((stats) => stats.dev),
    inodes: numbers((stats) => stats.ino),
    modes: Uint32Array.from(entries, ({ stats, typeBits }) => stats?.mode ?? typeBits),
    userIds: integers((stats) => stats.uid),
    groupIds: integers((stats) => stats.gid),
    linkCounts: integers((stats) => stats.nlink),
  };
}

function kindOf(name: Buffer): number {
  if (isAscii(name)) return nameKinds.ascii;
  return isUtf8(name) ? nameKinds.utf8 : nameKinds.bytes;
}

function offsetsOf(parts: readonly Buffer[]): Uint32Array {
  const offsets = new Uint32Array(parts.length + 1);
  let end = 0;
  for (const [index, part] of parts.entries()) {
    end += part.length;
    offsets[index + 1] = end;
  }
  return offsets;
}
