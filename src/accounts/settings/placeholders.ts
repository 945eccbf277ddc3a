import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';

/**
 * What stands in a setting for something of the account: its name, the group that says the setting (the account's
 * first group in a setting of its own), and the directory of the host that is its tree.
 */
export const placeholders = ['user', 'group', 'home'] as const;
export type Placeholder = (typeof placeholders)[number];

/** What the placeholders stand for; null for what there is none of. */
export type PlaceholderValues = Readonly<Record<Placeholder, string | null>>;

const pattern = /%([a-z]+)%/gu;
const known: ReadonlySet<string> = new Set(placeholders);

/** @throws WherryError `invalid-argument` for a `%word%` that stands for nothing */
export function checkPlaceholders(text: string, allowed: readonly Placeholder[] = placeholders): void {
  for (const [whole, word = ''] of text.matchAll(pattern)) {
    if (known.has(word) && allowed.includes(word as Placeholder)) continue;
    const usable = allowed.map((name) => `%${name}%`).join(', ');
    throw new WherryError('invalid-argument', `${whole} stands for nothing here: use ${usable}`);
  }
}

/**
 * Puts the values in the places of the placeholders, once: what a value holds is not looked at again. The names of
 * accounts and groups are single components of a path (`normaliseAccountName`), and are checked here once more, so
 * that a name never leads up or sideways, whatever source it comes from.
 *
 * @throws WherryError `name-invalid` for a name that is no single component, `invalid-argument` for a placeholder
 *   without a value
 */
export function fillPlaceholders(text: string, values: PlaceholderValues): string {
  if (!text.includes('%')) return text;
  return text.replace(pattern, (whole, word: string) => {
    if (!known.has(word)) return whole;
    const name = word as Placeholder;
    const value = values[name];
    if (value === null) {
      throw new WherryError('invalid-argument', `Cannot fill in ${whole}: the account has none`);
    }
    if (name !== 'home' && !isComponent(value)) {
      throw new WherryError('name-invalid', `Cannot use "${printableName(value)}" in a path`);
    }
    return value;
  });
}

/** Fills placeholders into a pattern: what a value holds stands for itself there, also where it looks like a wildcard. */
export function fillPattern(text: string, values: PlaceholderValues): string {
  const quoted = (value: string | null): string | null => value?.replaceAll(/[*?[\]{}\\,]/gu, '\\$&') ?? null;
  return fillPlaceholders(text, {
    user: quoted(values.user),
    group: quoted(values.group),
    home: values.home,
  });
}

function isComponent(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}
