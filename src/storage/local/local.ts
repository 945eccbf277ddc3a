import { existsSync, openSync, readFileSync } from 'node:fs';
import { toWherryError, WherryError } from '#core/errors.ts';
import { DiskPace } from './disk-pace.ts';
import { Jail } from './jail.ts';
import { openFlags } from './kernel.ts';
import { LocalFileSystem } from './local-file-system.ts';
import { OwnerNames } from './owners.ts';
import type { Durability } from './tree.ts';

/** How {@link local} makes a tree. */
export interface LocalOptions {
  /**
   * `os` (default): a finished upload is in the kernel's hands, as with every other server. `disk`: `finish()`
   * waits until file and name are on the disk.
   */
  readonly durability?: Durability;
  /** Permission bits that new files and directories lack; the process's own by default. */
  readonly umask?: number;
}

/**
 * Opens a directory of the host as a tree of its own. It is opened once: renaming it later, or putting another in
 * its place, does not change what is served.
 *
 * @throws WherryError `not-found`, `not-directory`, `permission` for the directory; `not-supported` on a system
 * without Linux's `/proc/self/fd`, on which being confined to the tree rests
 */
export function local(root: string, options: LocalOptions = {}): LocalFileSystem {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd')) {
    throw new WherryError(
      'not-supported',
      'Cannot open a local directory: this needs Linux with /proc mounted',
    );
  }
  const processUmask = readProcessUmask();
  const umask = options.umask ?? processUmask;
  return new LocalFileSystem({
    jail: new Jail(openRoot(root)),
    owners: new OwnerNames(),
    pace: new DiskPace(),
    durability: options.durability ?? 'os',
    umask,
    excessUmask: processUmask & ~umask,
  });
}

function openRoot(root: string): number {
  try {
    return openSync(root, openFlags.directoryPlace);
  } catch (error) {
    throw toWherryError(error, 'open the root directory');
  }
}

/** Reads the mask where asking the kernel would have to change it for a moment (proc(5), `status`). */
function readProcessUmask(): number {
  const found = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return found?.[1] === undefined ? 0o022 : Number.parseInt(found[1], 8);
}
