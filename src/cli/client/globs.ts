import picomatch from 'picomatch';
import type { ListedEntry, RemoteConnection } from '#client/index.ts';
import { WherryError } from '#core/errors.ts';
import { shownAddress } from './output/shown-address.ts';

/** An address whose last part may stand for several names. */
export interface Glob {
  /** The directory when there is a pattern, else the address as it was given. */
  readonly address: string;
  readonly pattern: string | null;
  matches(name: string): boolean;
  /** The address of a name that fits, as it may be shown. */
  addressOf(name: string): string;
  /** @throws WherryError `not-found` when there is a pattern and nothing fitted it */
  requireMatch(matched: boolean): void;
}

/** What makes a name a pattern; a percent sign escapes these in a URL, a backslash in a path. */
const wildcard = /(?<!\\)[*?[{]/u;

/** Takes the pattern off the end of an address, if there is one. */
export function globOf(address: string): Glob {
  const cut = address.lastIndexOf('/') + 1;
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//iu.test(address);
  const pathStart = isUrl ? address.indexOf('/', address.indexOf('://') + 3) + 1 : 0;
  const last = address.slice(cut);
  const inPath = !isUrl || (pathStart > 0 && cut >= pathStart);
  if (!inPath || !wildcard.test(last)) {
    const addressOf = (): string => shownAddress(address);
    return { address, pattern: null, matches: () => true, addressOf, requireMatch: () => undefined };
  }
  const pattern = isUrl ? decodePart(last) : last;
  const fits = picomatch(pattern, { dot: pattern.startsWith('.') });
  return {
    address: cut === 0 ? '.' : address.slice(0, cut),
    pattern,
    matches: (name) => fits(name.split('/').at(-1) ?? name),
    addressOf: (name) => `${shownAddress(address.slice(0, cut))}${isUrl ? encodeURIComponent(name) : name}`,
    requireMatch: (matched) => {
      if (matched) return;
      throw new WherryError('not-found', `Nothing fits "${pattern}"`, { path: pattern });
    },
  };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The files of a directory that a pattern fits. They are gathered first: a listing that is still open would keep the
 * only connection from moving them.
 *
 * @throws WherryError `not-found` when nothing fits
 */
export async function filesThatFit(
  place: RemoteConnection,
  glob: Glob,
  signal: AbortSignal,
): Promise<readonly ListedEntry[]> {
  const found: ListedEntry[] = [];
  for await (const entry of place.list('.', { signal })) {
    if (entry.type !== 'directory' && glob.matches(entry.name)) found.push(entry);
  }
  glob.requireMatch(found.length > 0);
  return found;
}
