import { WherryError } from './errors.ts';
import { printableName } from './name-encoding.ts';

declare const canonical: unique symbol;

/**
 * A canonical absolute path in the tree that a user sees: starts with `/`, no empty, `.` or `..` component, no
 * trailing slash but for the root, no NUL. {@link resolveVirtualPath} is its only maker, so whoever holds one may
 * rely on that. It never names a place of the host by itself.
 */
export type VirtualPath = string & { readonly [canonical]: true };

/** The top of the tree. */
export const rootPath = '/' as VirtualPath;

/** Longest path in UTF-16 units: Linux's own limit (PATH_MAX), which no storage here exceeds. */
export const maximumPathLength = 4096;

/** How a plain name looks that needs no canonicalising: the common case, decided without splitting. */
const simpleRelative = /^(?!\.\.?(?:$|\/))[^/\0]+$/;

/**
 * Makes the canonical path that `input` names when seen from `base`. `..` stops at the root (RFC 959 leaves it
 * open; every jailed server does so). Backslashes, drive letters and percent signs are ordinary characters.
 *
 * @throws WherryError `name-invalid` for NUL, `name-too-long` beyond {@link maximumPathLength}
 */
export function resolveVirtualPath(base: VirtualPath, input: string): VirtualPath {
  if (input.length > maximumPathLength || base.length + input.length > 2 * maximumPathLength)
    throw tooLong(input);
  if (simpleRelative.test(input)) return checkLength(joinName(base, input));
  if (input.includes('\0')) {
    throw new WherryError('name-invalid', 'The path holds a NUL character', { path: printableName(input) });
  }
  const kept: string[] = input.startsWith('/') ? [] : pathSegments(base);
  for (const segment of input.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return checkLength(`/${kept.join('/')}` as VirtualPath);
}

function checkLength(path: VirtualPath): VirtualPath {
  if (path.length > maximumPathLength) throw tooLong(path);
  return path;
}

function tooLong(path: string): WherryError {
  return new WherryError('name-too-long', `The path is longer than ${maximumPathLength} characters`, {
    path: `${printableName(path.slice(0, 60))}…`,
  });
}

/** The path of a child; `name` must be a single component (not empty, `.`, `..`, nor with `/` or NUL). */
export function joinName(directory: VirtualPath, name: string): VirtualPath {
  return (directory === rootPath ? `/${name}` : `${directory}/${name}`) as VirtualPath;
}

/** The last component; empty for the root. */
export function nameOf(path: VirtualPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The directory that holds `path`; the root holds itself. */
export function parentOf(path: VirtualPath): VirtualPath {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as VirtualPath;
}

/** The components from the root down; none for the root. */
export function pathSegments(path: VirtualPath): string[] {
  return path === rootPath ? [] : path.slice(1).split('/');
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: VirtualPath, ancestor: VirtualPath): boolean {
  return ancestor === rootPath || path === ancestor || path.startsWith(`${ancestor}/`);
}
