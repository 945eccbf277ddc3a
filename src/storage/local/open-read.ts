import { closeSync, fstatSync } from 'node:fs';
import type { Awaitable } from '#core/awaitable.ts';
import type { EntryType } from '#core/entry.ts';
import type { ErrorCode } from '#core/errors.ts';
import { nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { chain, onFailure } from './attempt.ts';
import { Descriptor } from './descriptor.ts';
import { entryOfStats, typeOfMode } from './entry-of-stats.ts';
import { openFlags } from './kernel.ts';
import { LocalReadHandle } from './read-handle.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const refusals: Readonly<Record<EntryType, ErrorCode | null>> = {
  file: null,
  directory: 'is-directory',
  symlink: 'not-regular',
  other: 'not-regular',
};

/** @throws WherryError `is-directory` or `not-regular` for anything that holds no data of its own */
export function requireRegular(mode: number, action: string, path: VirtualPath): void {
  const refusal = refusals[typeOfMode(mode)];
  if (refusal !== null) throw failure(refusal, action, path);
}

export function openLocalRead(tree: LocalTree, path: VirtualPath): Awaitable<LocalReadHandle> {
  const action = 'open the file';
  if (hasTemporaryName(path)) throw failure('not-found', action, path);
  return chain(tree.jail.open(path, openFlags.read), (opened) =>
    onFailure(
      () => {
        const stats = fstatSync(opened);
        requireRegular(stats.mode, action, path);
        const extras = { name: nameOf(path), linkTarget: null, owners: tree.owners.current() };
        return new LocalReadHandle(new Descriptor(opened), entryOfStats(stats, extras));
      },
      () => {
        closeSync(opened);
      },
    ),
  );
}
