import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { resolveVirtualPath } from '#core/virtual-path.ts';
import { hasWildcards, parseGlob } from '../../wire/glob.ts';
import type { ListOptions, ListRequest } from '../../wire/list-arguments.ts';
import type { FtpConnection } from '../connection.ts';
import { expandGlob, isAbsence, type ListMatch } from './expand-glob.ts';

/** What LIST, NLST or `STAT path` was asked about: what a directory holds, or things by their names. */
export type ListSubject =
  | { readonly kind: 'directory'; readonly path: VirtualPath; readonly shown: string }
  | { readonly kind: 'matches'; readonly matches: AsyncIterable<readonly ListMatch[]> };

/**
 * Finds what an argument means: an existing name as it stands, a home directory written `~`, a name in quotes as for a
 * shell, or else a pattern.
 * What a pattern finds is told of by itself and never opened, so that `LIST *` is one line a match.
 *
 * @throws WherryError `not-found` and the like when nothing is meant
 */
export async function findListSubject(
  connection: FtpConnection,
  { path: given, options }: ListRequest,
): Promise<ListSubject> {
  const { fileSystem, state } = connection;
  const { directory } = state;
  if (given === null && !options.directoryItself) return { kind: 'directory', path: directory, shown: '' };
  const text = given ?? '.';
  try {
    return await namedSubject(connection, connection.resolve(text), { shown: text, options });
  } catch (thrown) {
    if (!isAbsence(thrown)) throw thrown;
    const home = connection.session.account?.home;
    if (home !== undefined && /^~(?:\/|$)/.test(text)) {
      const path = resolveVirtualPath(home, text.slice(1).replace(/^\/+/, ''));
      return await namedSubject(connection, path, { shown: text, options });
    }
    const quoted = /^"(.+)"$/.exec(text)?.[1];
    if (quoted !== undefined) {
      return await namedSubject(connection, connection.resolve(quoted), { shown: quoted, options });
    }
    if (!hasWildcards(text)) throw thrown;
    const matches = expandGlob(fileSystem, directory, parseGlob(text));
    const first = await matches.next();
    if (first.done === true) throw new WherryError('not-found', 'No such file or directory');
    return { kind: 'matches', matches: resumed(first.value, matches) };
  }
}

async function namedSubject(
  { fileSystem }: FtpConnection,
  path: VirtualPath,
  { shown, options }: { readonly shown: string; readonly options: ListOptions },
): Promise<ListSubject> {
  if (!options.directoryItself) {
    const { type } = await fileSystem.stat(path);
    if (type === 'directory') return { kind: 'directory', path, shown };
  }
  const entry = await fileSystem.stat(path, { followSymlink: options.followLinks });
  return { kind: 'matches', matches: resumed([{ path, shown, entry }]) };
}

async function* resumed(
  first: readonly ListMatch[],
  rest?: AsyncIterable<readonly ListMatch[]>,
): AsyncGenerator<readonly ListMatch[]> {
  yield first;
  if (rest !== undefined) yield* rest;
}
