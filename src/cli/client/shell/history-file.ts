import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stateDirectory } from '#client/directories.ts';

/** Lines that are kept: some weeks of a busy person. */
const keptLines = 2000;

/** Commands whose words may hold a password. */
const secretLine = /^\s*(?:user|open\s.*\/\/[^/]*:[^/]*@|.*:\/\/[^/\s]*:[^/\s]*@)/u;

function historyFile(): string {
  return join(stateDirectory(), 'shell-history');
}

/** The lines that were typed in earlier conversations, the newest last. */
export async function readHistory(): Promise<readonly string[]> {
  try {
    return (await readFile(historyFile(), 'utf8')).split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Keeps the newest lines, but none that could hold a password. */
export async function writeHistory(lines: readonly string[]): Promise<void> {
  const kept = lines.filter((line) => !secretLine.test(line)).slice(-keptLines);
  const file = historyFile();
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${kept.join('\n')}\n`, { mode: 0o600 });
    await chmod(file, 0o600);
  } catch {
    // A conversation is worth more than its history.
  }
}
