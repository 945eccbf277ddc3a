import { WherryError } from '#core/errors.ts';
import { maximumGlobAlternatives, maximumGlobLength, maximumGlobWildComponents } from './limits.ts';

/** One component of a path pattern. */
export interface GlobComponent {
  /** The name it stands for when it holds no wildcard, escapes undone; null when it does. */
  readonly literal: string | null;
  /** Whether a name fits, at a cost of at most its length times the pattern's. */
  matches(name: string): boolean;
}

/** A path pattern without braces: from the root or from the current directory, component by component. */
export interface GlobPattern {
  readonly absolute: boolean;
  /** Without `.` and with `..` already taken off against what it follows; leading `..` stay in a relative one. */
  readonly components: readonly GlobComponent[];
}

/** Whether a text holds any character that could make it a pattern. */
export function hasWildcards(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

/**
 * Reads a pattern with `*`, `?`, `[a-z]`, `[!a-z]`, `{one,two}` and backslash escapes into the paths that it stands
 * for. Names with a leading dot need one in the pattern. `*` stays within a component.
 *
 * @throws WherryError `invalid-argument` past the limits on length, braces and components with wildcards
 */
export function parseGlob(pattern: string): GlobPattern[] {
  const collapsed = pattern.replaceAll(/\*{2,}/g, '*');
  if (collapsed.length > maximumGlobLength) throw tooMuch('The pattern is too long');
  return expandBraces(collapsed).map(parsePath);
}

/**
 * The texts that the braces of a pattern stand for, in order; braces without a comma or without their partner stand
 * for themselves.
 *
 * @throws WherryError `too-many` past `maximumGlobAlternatives`
 */
export function expandBraces(pattern: string): string[] {
  const waiting = [pattern];
  const expanded: string[] = [];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    const group = findBraces(text);
    if (group === null) {
      expanded.push(text);
    } else {
      const { start, end, parts } = group;
      for (const part of parts.toReversed()) waiting.push(text.slice(0, start) + part + text.slice(end + 1));
    }
    if (expanded.length + waiting.length > maximumGlobAlternatives) {
      throw tooMuch('The braces of the pattern stand for too many names');
    }
  }
  return expanded;
}

interface BraceGroup {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly string[];
}

/** The first outermost group that holds a comma; one pass, with the groups that are open on a stack. */
function findBraces(text: string): BraceGroup | null {
  const open: { start: number; commas: number[] }[] = [];
  let found: { start: number; end: number; commas: number[] } | null = null;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') {
      index += 1;
    } else if (character === '{') {
      open.push({ start: index, commas: [] });
    } else if (character === ',') {
      open.at(-1)?.commas.push(index);
    } else if (character === '}') {
      const group = open.pop();
      if (group !== undefined && group.commas.length > 0 && (found === null || group.start < found.start)) {
        found = { ...group, end: index };
      }
    }
    if (found !== null && open.length === 0) break;
  }
  if (found === null) return null;
  const { start, end, commas } = found;
  const cuts = [start, ...commas, end];
  return { start, end, parts: cuts.slice(1).map((cut, index) => text.slice((cuts[index] ?? 0) + 1, cut)) };
}

function parsePath(pattern: string): GlobPattern {
  const components: GlobComponent[] = [];
  const absolute = pattern.startsWith('/');
  for (const text of pattern.split('/')) {
    if (text === '') continue;
    const component = compileComponent(text);
    if (component.literal === '.') continue;
    if (component.literal !== '..') components.push(component);
    else if (components.length > 0 && components.at(-1)?.literal !== '..') components.pop();
    else if (!absolute) components.push(component);
  }
  if (components.filter(({ literal }) => literal === null).length > maximumGlobWildComponents) {
    throw tooMuch('Too many parts of the pattern hold wildcards');
  }
  return { absolute, components };
}

/** A single character, any one, any number, or one of a class. */
type Token =
  | { readonly kind: 'one'; readonly code: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** Compiles one component, which holds no slash. A bracket without its partner stands for itself. */
export function compileComponent(pattern: string): GlobComponent {
  const tokens = tokenize(pattern);
  const codes = tokens.map((token) => (token.kind === 'one' ? token.code : -1));
  if (!codes.includes(-1)) {
    const literal = codes.map((code) => String.fromCodePoint(code)).join('');
    return { literal, matches: (name) => name === literal };
  }
  const shortest = tokens.filter(({ kind }) => kind !== 'star').length;
  const dotted = tokens[0]?.kind === 'one' && tokens[0].code === dot;
  return {
    literal: null,
    matches: (name) =>
      name.length >= shortest && (dotted || !name.startsWith('.')) && matchTokens(tokens, name),
  };
}

const dot = 0x2e;

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const parsed = parseClass(characters, index);
      tokens.push(parsed?.token ?? one(character));
      index = parsed?.end ?? index;
    } else if (character === '\\' && index + 1 < characters.length) {
      index += 1;
      tokens.push(one(characters[index] ?? ''));
    } else {
      tokens.push(one(character));
    }
  }
  return tokens;
}

function one(character: string): Token {
  return { kind: 'one', code: character.codePointAt(0) ?? 0 };
}

/** Longest class that is looked for; without it a row of `[` would be read to its end from each of them. */
const longestClass = 128;

function parseClass(characters: readonly string[], start: number): { token: Token; end: number } | null {
  let index = start + 1;
  const negated = characters[index] === '!' || characters[index] === '^';
  if (negated) index += 1;
  const ranges: [number, number][] = [];
  const first = index;
  const end = Math.min(characters.length, start + longestClass);
  while (index < end) {
    if (characters[index] === ']' && index > first) {
      return { token: { kind: 'class', negated, ranges }, end: index };
    }
    if (characters[index] === '\\') index += 1;
    const low = characters[index]?.codePointAt(0);
    if (low === undefined) return null;
    let high = low;
    if (characters[index + 1] === '-' && characters[index + 2] !== ']') {
      index += characters[index + 2] === '\\' ? 3 : 2;
      high = characters[index]?.codePointAt(0) ?? low;
    }
    ranges.push([low, high]);
    index += 1;
  }
  return null;
}

/**
 * Goes through the name once and comes back only to the last star, which takes one character more: no earlier star
 * ever has to take more, so nothing grows faster than name times pattern.
 */
function matchTokens(tokens: readonly Token[], name: string): boolean {
  let position = 0;
  let token = 0;
  let starToken = -1;
  let starPosition = 0;
  while (position < name.length) {
    const code = name.codePointAt(position) ?? 0;
    const current = tokens[token];
    if (current?.kind === 'star') {
      starToken = token;
      starPosition = position;
      token += 1;
    } else if (current !== undefined && fits(current, code)) {
      position += code > 0xffff ? 2 : 1;
      token += 1;
    } else if (starToken >= 0) {
      starPosition += (name.codePointAt(starPosition) ?? 0) > 0xffff ? 2 : 1;
      position = starPosition;
      token = starToken + 1;
    } else {
      return false;
    }
  }
  return tokens.length === token || (tokens.length === token + 1 && tokens[token]?.kind === 'star');
}

function fits(token: Token, code: number): boolean {
  if (token.kind === 'one') return token.code === code;
  if (token.kind !== 'class') return token.kind === 'any';
  return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated;
}

/** The same pattern will be as much work later: 5yz, not 4yz. */
function tooMuch(message: string): WherryError {
  return new WherryError('invalid-argument', message);
}
