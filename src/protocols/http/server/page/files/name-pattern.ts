import { WherryError } from '#core/errors.ts';

/** Whether a name fits what was asked for. */
export type NameTest = (name: string) => boolean;

/** Makes a test of a pattern with `*` and `?`; a text without either is looked for anywhere in the name. */
export function globTest(pattern: string, caseSensitive: boolean): NameTest {
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const wanted = fold(pattern);
  if (!/[*?]/u.test(wanted)) return (name) => fold(name).includes(wanted);
  return (name) => fits(wanted, fold(name));
}

/** @throws WherryError `invalid-argument` for what is no regular expression */
export function regexTest(pattern: string, caseSensitive: boolean): NameTest {
  try {
    const expression = new RegExp(pattern, caseSensitive ? 'u' : 'iu');
    return (name) => expression.test(name);
  } catch {
    throw new WherryError('invalid-argument', 'Cannot search: this is not a regular expression');
  }
}

/** Goes back to the last star only, so that no pattern takes longer than pattern times name. */
function fits(pattern: string, name: string): boolean {
  let [at, wanted, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[wanted] === '*') {
      star = wanted;
      wanted += 1;
      retry = at;
    } else if (wanted < pattern.length && (pattern[wanted] === '?' || pattern[wanted] === name[at])) {
      wanted += 1;
      at += 1;
    } else if (star >= 0) {
      wanted = star + 1;
      retry += 1;
      at = retry;
    } else return false;
  }
  while (pattern[wanted] === '*') wanted += 1;
  return wanted === pattern.length;
}
