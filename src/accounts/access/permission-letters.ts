import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { permissions, type Permission } from '#core/permission.ts';

/**
 * The letters in which pyftpdlib's users write rights, and what they grant here. `e`, to enter a directory, goes with
 * `l`: a directory that may not be listed is not entered either, so that by itself `e` grants nothing.
 */
export const permissionLetters: Readonly<Record<string, readonly Permission[]>> = Object.freeze({
  e: [],
  l: ['list'],
  r: ['download', 'checksum'],
  a: ['append'],
  d: ['delete', 'remove-directory'],
  f: ['rename'],
  m: ['make-directory'],
  w: ['upload', 'overwrite'],
  M: ['change-mode'],
  T: ['change-time'],
});

const known: ReadonlySet<string> = new Set(permissions);

/**
 * Reads rights as people write them: `all`, letters of {@link permissionLetters}, or names of rights, one by one in a
 * list or with commas in a text. Each comes once, in the order of {@link permissions}.
 *
 * @throws WherryError `invalid-argument` for what is none of these
 */
export function parsePermissions(given: readonly string[] | string): readonly Permission[] {
  const words = typeof given === 'string' ? given.split(',').map((word) => word.trim()) : given;
  const found = new Set<Permission>();
  for (const word of words) for (const permission of parseWord(word)) found.add(permission);
  return Object.freeze(permissions.filter((permission) => found.has(permission)));
}

function parseWord(word: string): readonly Permission[] {
  if (word === '') return [];
  if (word === 'all') return permissions;
  if (known.has(word)) return [word as Permission];
  return Array.from(word).flatMap((letter) => {
    const granted = Object.hasOwn(permissionLetters, letter) ? permissionLetters[letter] : undefined;
    if (granted !== undefined) return granted;
    throw new WherryError(
      'invalid-argument',
      `"${printableName(word.slice(0, 40))}" is no right: use all, letters of ` +
        `${Object.keys(permissionLetters).join('')}, or names of ${permissions.join(', ')}`,
    );
  });
}
