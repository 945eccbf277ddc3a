import { encodeName } from '#core/name-encoding.ts';

// oxlint-disable no-control-regex -- control characters are what these look for
const lineBreakers = /[\u0000\u000a\u000d]/;
const everyLineBreaker = /[\u0000\u000a\u000d]/g;
const controls = /[\u0000-\u001f\u007f]/;
const everyControl = /[\u0000-\u001f\u007f]/g;
// oxlint-enable no-control-regex

/**
 * A name as NLST, MLSD and MLST show it: byte for byte, so that the peer can use it again, except that CR, LF and
 * NUL become `?`. A listing then has one line for each entry, whatever somebody called his file.
 */
export function lineSafeName(name: string): string {
  return lineBreakers.test(name) ? name.replace(everyLineBreaker, '?') : name;
}

/** A name as LIST shows it, which people read on terminals: every control character becomes `?`. */
export function displayName(name: string): string {
  return controls.test(name) ? name.replace(everyControl, '?') : name;
}

/** The octets of listing lines, each of which has its line end already. */
export function encodeListing(lines: readonly string[]): Buffer {
  const text = lines.join('');
  return text.isWellFormed()
    ? Buffer.from(text, 'utf8')
    : Buffer.concat(lines.map((line) => encodeName(line)));
}
