import { fstatSync, readlinkSync } from 'node:fs';
import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { decodeName } from '#core/name-encoding.ts';
import { nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { chain } from './attempt.ts';
import { entryOfStats } from './entry-of-stats.ts';
import { childPath, openFlags } from './kernel.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const action = 'examine the entry';

/** Tells of what a path leads to, or of the link that it names. */
export function examine(tree: LocalTree, path: VirtualPath, followSymlink: boolean): Awaitable<Entry> {
  const { jail } = tree;
  const owners = tree.owners.current();
  if (hasTemporaryName(path)) throw failure('not-found', action, path);
  const flags = followSymlink ? openFlags.place : openFlags.placeOfLink;
  const name = nameOf(path);
  return jail.withOpen(path, flags, (opened) => {
    const stats = fstatSync(opened);
    if (!stats.isSymbolicLink()) return entryOfStats(stats, { name, linkTarget: null, owners });
    return chain(readLinkText(tree, path, action), (linkTarget) =>
      entryOfStats(stats, { name, linkTarget, owners }),
    );
  });
}

/** The text of a link as stored. */
export function readLinkText(tree: LocalTree, path: VirtualPath, action: string): Awaitable<string> {
  return tree.jail.withPlace(path, action, (place) => {
    if (place.name === '') throw failure('invalid-argument', action, path);
    return decodeName(readlinkSync(childPath(place.directory, place.name), 'buffer'));
  });
}
