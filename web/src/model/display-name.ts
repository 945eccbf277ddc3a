/**
 * What would be shown as something else, or would change how its surroundings are shown: controls, what is not text,
 * the marks that turn the writing direction, and characters without width.
 */
const deceptive =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/u;
const deceptiveRuns = new RegExp(`(${deceptive.source})`, 'gu');

/** A piece of a name: as it is, or escaped. */
export interface NamePart {
  readonly text: string;
  readonly escaped: boolean;
}

/** Writes one character visibly: `\x0a`, `\u202e`. Escaped bytes of a name that is not UTF-8 become `\xe9`. */
function escapeCharacter(character: string): string {
  const unit = character.charCodeAt(0);
  const value = unit >= 0xdc00 && unit <= 0xdcff ? unit - 0xdc00 : unit;
  return value <= 0xff
    ? `\\x${value.toString(16).padStart(2, '0')}`
    : `\\u${value.toString(16).padStart(4, '0')}`;
}

/** The parts of a name, so that what deceives stands apart from what is there. */
export function namePartsOf(name: string): readonly NamePart[] {
  if (!deceptive.test(name)) return [{ text: name, escaped: false }];
  return name
    .split(deceptiveRuns)
    .filter((text) => text !== '')
    .map((text) =>
      deceptive.test(text) ? { text: escapeCharacter(text), escaped: true } : { text, escaped: false },
    );
}

/** The name as plain text, for titles and announcements. */
export function displayName(name: string): string {
  return namePartsOf(name)
    .map(({ text }) => text)
    .join('');
}
