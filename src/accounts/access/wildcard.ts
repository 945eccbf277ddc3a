/** One place of a compiled name pattern: a text, one character of a set, any one character, or any run of them. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    }
  | { readonly kind: 'one' }
  | { readonly kind: 'run' };

/** A test for one name. */
export type NameMatcher = (name: string) => boolean;

/** Whether a name pattern has characters that stand for others. */
export function hasWildcards(pattern: string): boolean {
  return /[*?[\\]/u.test(pattern);
}

/**
 * Compiles a pattern for one name: `*` any run of characters, `?` one character, `[a-z]` and `[!a-z]` one of a set,
 * `\` takes the next character as it is. Matching takes time at most proportional to the lengths of pattern and name
 * multiplied, whatever a peer names his files: after a mismatch only the last `*` is tried again, which is enough
 * for it.
 */
export function compileName(pattern: string): NameMatcher {
  const tokens = tokenise(pattern);
  const [first, second, third] = tokens;
  if (first === undefined) return (name) => name === '';
  if (tokens.length === 1 && first.kind === 'text') return (name) => name === first.text;
  if (tokens.length === 1 && first.kind === 'run') return () => true;
  if (tokens.length === 2 && first.kind === 'run' && second?.kind === 'text') {
    return (name) => name.endsWith(second.text);
  }
  if (tokens.length === 2 && first.kind === 'text' && second?.kind === 'run') {
    return (name) => name.startsWith(first.text);
  }
  if (tokens.length === 3 && first.kind === 'run' && second?.kind === 'text' && third?.kind === 'run') {
    return (name) => name.includes(second.text);
  }
  return (name) => matchTokens(tokens, name);
}

function tokenise(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  let text = '';
  const push = (token: Token): void => {
    if (text !== '') tokens.push({ kind: 'text', text });
    text = '';
    if (token.kind === 'run' && tokens.at(-1)?.kind === 'run') return;
    tokens.push(token);
  };
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const set = character === '[' ? readSet(characters, index) : null;
    if (character === '*') push({ kind: 'run' });
    else if (character === '?') push({ kind: 'one' });
    else if (set !== null) {
      push(set.token);
      index = set.end;
    } else if (character === '\\' && index + 1 < characters.length) {
      index += 1;
      text += characters[index] ?? '';
    } else text += character;
  }
  if (text !== '') tokens.push({ kind: 'text', text });
  return tokens;
}

/** The set that begins at `start`; null when it is never closed, and the bracket stands for itself. */
function readSet(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } | null {
  let at = start + 1;
  const negated = characters[at] === '!' || characters[at] === '^';
  if (negated) at += 1;
  const ranges: (readonly [number, number])[] = [];
  for (let first = true; ; first = false) {
    const from = characters[at];
    if (from === undefined) return null;
    if (from === ']' && !first) return { token: { kind: 'set', negated, ranges }, end: at };
    const to = characters[at + 1] === '-' ? characters[at + 2] : undefined;
    const isRange = to !== undefined && to !== ']';
    ranges.push([codeOf(from), codeOf(isRange ? to : from)]);
    at += isRange ? 3 : 1;
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function matchTokens(tokens: readonly Token[], name: string): boolean {
  let token = 0;
  let position = 0;
  let runToken = -1;
  let runPosition = 0;
  while (position < name.length || token < tokens.length) {
    const current = tokens[token];
    if (current?.kind === 'run') {
      runToken = token;
      runPosition = position;
      token += 1;
      continue;
    }
    const length = current === undefined ? 0 : lengthMatched(current, name, position);
    if (length > 0) {
      token += 1;
      position += length;
      continue;
    }
    if (runToken === -1 || runPosition >= name.length) return false;
    runPosition += 1;
    token = runToken + 1;
    position = runPosition;
  }
  return true;
}

/** UTF-16 units that the token takes at `position`; 0 when it does not fit. */
function lengthMatched(token: Token, name: string, position: number): number {
  if (token.kind === 'text') return name.startsWith(token.text, position) ? token.text.length : 0;
  const code = name.codePointAt(position);
  if (code === undefined || token.kind === 'run') return 0;
  const length = code > 0xffff ? 2 : 1;
  if (token.kind === 'one') return length;
  const inside = token.ranges.some(([from, to]) => code >= from && code <= to);
  return inside === token.negated ? 0 : length;
}
