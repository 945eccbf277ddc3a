/**
 * Text in a column of SQLite, which is UTF-8 there: it would replace the lone surrogates by which names that are not
 * UTF-8 are written (`core/name-encoding.ts`). They are kept as four hexadecimal digits behind a character that no
 * text holds (Unicode 17, section 23.7, noncharacters).
 */
const mark = '\ufdd0';
const kept = /[\ufdd0\p{Surrogate}]/gu;
const marked = /\ufdd0([0-9a-f]{4})/gu;

/** The form in which a column keeps a text. */
export function storedText(text: string): string {
  return text.replaceAll(kept, (unit) => `${mark}${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text that a column keeps. */
export function textFromStored(stored: string): string {
  return stored.replaceAll(marked, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
