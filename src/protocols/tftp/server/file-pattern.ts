import { WherryError } from '#core/errors.ts';

/** What the words of a pattern stood for in a name. */
export type PatternWords = ReadonlyMap<string, string>;

/** Expressions of the words that mean something; any other is a run of harmless characters. */
const expressions: Readonly<Record<string, string>> = {
  mac: '[0-9a-f]{2}(?:[-:.]?[0-9a-f]{2}){5}',
  ip: '[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}',
};
const anyWord = '[\\w.-]{1,64}';

/** Words and stars in one pattern: few enough that no name takes long to be held against it. */
const maximumWildcards = 4;

/** Whether a text can be a {@link FilePattern}. */
export function isFilePattern(text: string): boolean {
  try {
    return new FilePattern(text) instanceof FilePattern;
  } catch {
    return false;
  }
}

/** A pattern of names with `*` and `{words}`. What words stand for can be put into any text format unescaped. */
export class FilePattern {
  readonly #expression: RegExp;
  readonly #words: readonly string[];

  /** @throws WherryError `invalid-argument` for a word that is given twice or is no word, or for too many of them */
  constructor(pattern: string) {
    const words: string[] = [];
    if ((pattern.match(/\{[^{}]*\}|\*/gu)?.length ?? 0) > maximumWildcards) {
      throw new WherryError(
        'invalid-argument',
        `The pattern "${pattern}" has more than ${maximumWildcards} wildcards`,
      );
    }
    const source = pattern
      .replace(/^\/+/, '')
      .split(/(\{[^{}]*\}|\*)/u)
      .map((part) => {
        if (part === '*') return '[^/]*';
        if (!part.startsWith('{') || !part.endsWith('}')) return RegExp.escape(part);
        const word = part.slice(1, -1);
        if (!/^[a-z]\w{0,31}$/i.test(word) || words.includes(word)) {
          throw new WherryError(
            'invalid-argument',
            `The pattern "${pattern}" cannot be used because of "${part}"`,
          );
        }
        words.push(word);
        return `(${expressions[word] ?? anyWord})`;
      });
    this.#expression = new RegExp(`^${source.join('')}$`, 'i');
    this.#words = words;
  }

  /** @returns null when the name is another */
  match(name: string): PatternWords | null {
    const found = this.#expression.exec(name);
    return found === null ? null : new Map(this.#words.map((word, index) => [word, found[index + 1] ?? '']));
  }
}
