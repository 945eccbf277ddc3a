import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';

/** Longest account name in UTF-16 units: what a file name may have, since a name often becomes a directory's. */
export const maximumAccountNameLength = 255;

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\\p{Cs}\p{Cn}]|\.\./u;

/**
 * The one form of an account name that is stored and compared: Unicode NFC, as RFC 8265 section 3 wants it. Case
 * matters, as it does for the login names of Unix.
 *
 * @throws WherryError `name-invalid` for an empty name, one with control or direction characters, unassigned code
 *   points, slashes, `..` or space at an end, one that is `.`; `name-too-long` beyond {@link maximumAccountNameLength}
 */
export function normaliseAccountName(name: string, what = 'an account'): string {
  if (name.length > maximumAccountNameLength) {
    throw new WherryError(
      'name-too-long',
      `Cannot use the name: it is longer than ${maximumAccountNameLength} characters`,
    );
  }
  const normal = name.normalize('NFC');
  if (normal.length > maximumAccountNameLength) {
    throw new WherryError(
      'name-too-long',
      `Cannot use the name: it is longer than ${maximumAccountNameLength} characters`,
    );
  }
  if (normal === '' || normal === '.' || normal !== normal.trim() || forbidden.test(normal)) {
    throw new WherryError(
      'name-invalid',
      `Cannot use "${printableName(name)}" as the name of ${what}: slashes, "..", control characters, and spaces at an end are not possible`,
    );
  }
  return normal;
}

/**
 * The form of a name that an account or a group is newly given: as {@link normaliseAccountName}, and refused beside
 * that are names that look like others. Those are characters that are not seen, that stand for others (full-width
 * letters, ligatures: PRECIS's HasCompat, RFC 8264 section 9.17) or have no meaning of their own, and letters of the
 * scripts that look alike most (Latin, Greek, Cyrillic) in one name. Names that are there already still log in.
 *
 * @param what whose name it is, as in "an account"
 * @throws WherryError `name-invalid`, `name-too-long`
 */
export function newAccountName(name: string, what = 'an account'): string {
  const normal = normaliseAccountName(name, what);
  const scripts = alikeScripts.filter((script) => script.test(normal));
  const reason = unseen.test(normal)
    ? 'it has characters that are not seen'
    : normal.normalize('NFKC') !== normal
      ? 'it has characters that stand for others'
      : scripts.length > 1
        ? 'it mixes letters of scripts that look alike'
        : null;
  if (reason === null) return normal;
  throw new WherryError(
    'name-invalid',
    `Cannot use "${printableName(name)}" as the name of ${what}: ${reason}`,
  );
}

const alikeScripts = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u] as const;
const unseen = /[\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** The form in which a name that somebody logs in with is looked up; null for one that no account can have. */
export function lookupAccountName(name: string): string | null {
  if (plainName.test(name)) return name;
  try {
    return normaliseAccountName(name);
  } catch {
    return null;
  }
}

/** Names that need no normalising, decided without it. */
const plainName = /^[A-Za-z0-9_@-][A-Za-z0-9_@-]{0,254}$/u;
