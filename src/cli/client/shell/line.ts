/** Where a command's results go instead of the terminal. */
export type ShellOutput =
  | { readonly kind: 'file'; readonly path: string; readonly append: boolean }
  /** What stands behind a bar is a command of this machine, which reads them. */
  | { readonly kind: 'program'; readonly command: string };

/** One command of a line of the shell. */
export interface ShellLine {
  readonly words: readonly string[];
  /** Which of the words were written with quotes or backslashes, so that their wildcards are ordinary characters. */
  readonly quoted: ReadonlySet<number>;
  /** Ended by `&`: goes on while the next is typed. */
  readonly inBackground: boolean;
  /** Null for the terminal. */
  readonly output: ShellOutput | null;
}

/** Longer lines are no work of a person, nor of a script that anybody could read. */
const maximumLine = 65_536;

/**
 * Takes a line apart as lftp and POSIX shells do: words at blanks, quotes and backslashes, commands at `;`, `&&` and `&`,
 * a remark behind `#` at the start of a word, results to a file behind `>` or `>>`. What stands behind `|`, and a line
 * that begins with `!`, is for the shell of the system, to the end of the line.
 *
 * @throws RangeError for quotes without an end, and for `>` without a name
 */
export function parseLine(text: string): readonly ShellLine[] {
  if (text.length > maximumLine) throw new RangeError('the line is too long');
  const trimmed = text.trim();
  if (trimmed.startsWith('!')) {
    return [{ words: ['!', trimmed.slice(1).trim()], quoted: new Set(), inBackground: false, output: null }];
  }
  return new LineParser(trimmed).parse();
}

/** Words as a line that is taken apart into the same words again; wildcards in them stay wildcards. */
export function formatLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:@%+=,*?[\]{}-]+$/u.test(word) ? word : `"${word.replaceAll(/["\\]/gu, '\\$&')}"`))
    .join(' ');
}

class LineParser {
  readonly #text: string;
  readonly #lines: ShellLine[] = [];
  #at = 0;
  #words: string[] = [];
  #quoted = new Set<number>();
  #word: string | null = null;
  #isQuoted = false;
  #output: ShellOutput | null = null;
  /** The sign behind which the name of a file is to come. */
  #redirection: '>' | '>>' | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly ShellLine[] {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text.charAt(this.#at);
      if (character === '#' && this.#word === null) break;
      this.#take(character);
    }
    this.#endCommand(false);
    return this.#lines;
  }

  #take(character: string): void {
    switch (character) {
      case ' ':
      case '\t':
        this.#endWord();
        break;
      case ';':
        this.#endCommand(false);
        break;
      case '&':
        if (this.#text.charAt(this.#at + 1) === '&') {
          // As in any shell the next command is for when this one has done its work; a failure ends the line anyway.
          this.#at += 1;
          this.#endCommand(false);
        } else {
          this.#endCommand(true);
        }
        break;
      case '|':
        this.#endWord();
        this.#output = { kind: 'program', command: this.#text.slice(this.#at + 1).trim() };
        this.#at = this.#text.length;
        break;
      case '>':
        this.#endWord();
        this.#redirection = this.#text.charAt(this.#at + 1) === '>' ? '>>' : '>';
        this.#at += this.#redirection.length - 1;
        break;
      case '\\':
        this.#at += 1;
        this.#add(this.#text.charAt(this.#at), true);
        break;
      case '"':
      case "'":
        this.#takeQuoted(character);
        break;
      default:
        this.#add(character, false);
    }
  }

  #takeQuoted(quote: string): void {
    const from = this.#at;
    this.#add('', true);
    for (this.#at += 1; this.#text.charAt(this.#at) !== quote; this.#at += 1) {
      if (this.#at >= this.#text.length) {
        throw new RangeError(`the quote ${quote} at character ${from + 1} has no end`);
      }
      if (quote === '"' && this.#text.charAt(this.#at) === '\\') this.#at += 1;
      this.#add(this.#text.charAt(this.#at), true);
    }
  }

  #add(text: string, isQuoted: boolean): void {
    this.#word = (this.#word ?? '') + text;
    this.#isQuoted ||= isQuoted;
  }

  #endWord(): void {
    if (this.#word === null) return;
    if (this.#redirection !== null) {
      this.#output = { kind: 'file', path: this.#word, append: this.#redirection === '>>' };
      this.#redirection = null;
    } else {
      if (this.#isQuoted) this.#quoted.add(this.#words.length);
      this.#words.push(this.#word);
    }
    this.#word = null;
    this.#isQuoted = false;
  }

  #endCommand(inBackground: boolean): void {
    this.#endWord();
    if (this.#redirection !== null)
      throw new RangeError(`behind ${this.#redirection} comes the name of a file`);
    if (this.#words.length > 0) {
      this.#lines.push({ words: this.#words, quoted: this.#quoted, inBackground, output: this.#output });
    }
    this.#words = [];
    this.#quoted = new Set();
    this.#output = null;
  }
}
