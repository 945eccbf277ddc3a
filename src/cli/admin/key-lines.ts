import { readFileSync } from 'node:fs';
import { toWherryError } from '#core/errors.ts';
import { UsageError } from '../exit-codes.ts';

/** The keys of a file in the form of authorized_keys, or of a .pub file, which is one line of it. */
export function keyLinesOf(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (thrown) {
    throw toWherryError(thrown, `read ${file === '-' ? 'standard input' : file}`);
  }
  if (text.includes('PRIVATE KEY')) {
    throw new UsageError(
      `${file} holds a private key, which stays with its owner; give the .pub file beside it`,
    );
  }
  const lines = text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new UsageError(`${file} holds no key`);
  return lines;
}
