import type { Stats } from 'node:fs';

/**
 * Files that are written in place, by device and inode, in this process whatever tree they were opened through.
 * Two sessions that write one file at once would mix their octets.
 */
const held = new Set<string>();

/** Takes the right to write a file in place; returns what gives it back, or undefined if somebody has it. */
export function takeUpdateLock({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): (() => void) | undefined {
  const key = `${dev}:${ino}`;
  if (held.has(key)) return undefined;
  held.add(key);
  return () => {
    held.delete(key);
  };
}
