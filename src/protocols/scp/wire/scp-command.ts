/** What a client asks for with its `scp` command line. */
export interface ScpCommand {
  /** The server receives (`-t`) or sends (`-f`). */
  readonly role: 'sink' | 'source';
  readonly recursive: boolean;
  /** Times and modes are kept (`-p`). */
  readonly preserve: boolean;
  /** The target has to be a directory (`-d`). */
  readonly targetIsDirectory: boolean;
  readonly paths: readonly string[];
}

/** Words of a command line at most; a shell would take more, no client sends more. */
const maximumWords = 1024;

/**
 * Takes a command line into words as a shell would, without doing anything else that a shell does: quotes and
 * backslashes are taken off, `$(…)`, variables, pipes and semicolons are ordinary characters. Null where a quote
 * is left open.
 */
export function splitCommandLine(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && '"\\$`'.includes(line.charAt(index + 1) || ' ')) {
        index += 1;
        word += line.charAt(index);
      } else word += character;
    } else if (character === ' ' || character === '\t') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word ??= '';
      if (character === "'" || character === '"') {
        quote = character;
      } else if (character === '\\') {
        index += 1;
        word += line.charAt(index);
      } else word += character;
    }
  }
  if (word !== null) words.push(word);
  return quote === '' && words.length <= maximumWords ? words : null;
}

/** Reads the command that an scp client has the server run; null for anything else. */
export function parseScpCommand(line: string): ScpCommand | null {
  const words = splitCommandLine(line);
  const [program, ...rest] = words ?? [];
  if (program === undefined || !/^(?:\/(?:[\w.-]+\/)*)?scp$/.test(program)) return null;
  const letters = new Set<string>();
  let index = 0;
  for (; index < rest.length; index += 1) {
    const word = rest[index] ?? '';
    if (word === '--') {
      index += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    for (const letter of word.slice(1)) letters.add(letter);
  }
  for (const letter of letters) if (!'vprdtfq'.includes(letter)) return null;
  const paths = rest.slice(index);
  if (letters.has('t') === letters.has('f') || paths.length === 0) return null;
  const role = letters.has('t') ? 'sink' : 'source';
  if (role === 'sink' && paths.length !== 1) return null;
  return {
    role,
    recursive: letters.has('r'),
    preserve: letters.has('p'),
    targetIsDirectory: letters.has('d'),
    paths,
  };
}
