import { mkdirSync } from 'node:fs';
import type { EffectiveAccount } from '#accounts/index.ts';
import { toWherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { local, mountTree, type LocalFileSystem, type LocalOptions } from '#storage/index.ts';

/**
 * Opens the trees of accounts: the directory that an account or its groups name, made when it is not there, or the
 * server's own, with the directories that are mounted into it. Accounts with the same directory share it. Each directory that somebody has logged in to costs a
 * descriptor until the server stops, since sessions and caches hold on to it.
 */
export class AccountTrees {
  readonly #shared: FileSystem;
  readonly #options: LocalOptions;
  readonly #open = new Map<string, LocalFileSystem>();

  /** @param shared the tree of accounts that name none; closed by whoever opened it */
  constructor(shared: FileSystem, options: LocalOptions) {
    this.#shared = shared;
    this.#options = options;
  }

  /** The tree of an account. @throws WherryError what the file system says of its directory */
  of({ settings }: EffectiveAccount): FileSystem {
    const { home, mounts } = settings;
    const root = home === null ? this.#shared : this.#directory(home);
    if (mounts.length === 0) return root;
    return mountTree({
      root,
      mounts: mounts.map(({ path, directory, readOnly }) => ({
        path,
        fileSystem: this.#directory(directory),
        readOnly,
      })),
    });
  }

  #directory(path: string): FileSystem {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    try {
      mkdirSync(path, { recursive: true, mode: 0o750 });
    } catch (thrown) {
      throw toWherryError(thrown, 'make the directory of the account');
    }
    const opened = local(path, this.#options);
    this.#open.set(path, opened);
    return opened;
  }

  /** Closes what was opened here. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(async (tree) => tree.close?.()));
    this.#open.clear();
  }
}
