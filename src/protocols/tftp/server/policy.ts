import { WherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { FilePattern, type PatternWords } from './file-pattern.ts';
import { Networks } from './networks.ts';
import type { TftpPolicy } from './options.ts';

/** A file of the account's tree, or a template and what its words stand for. */
export interface Destination {
  readonly path: VirtualPath;
  readonly words: PatternWords | null;
}

/** A policy ready for use: patterns and networks are read once, when the server starts. */
export class CompiledPolicy {
  readonly #policy: TftpPolicy;
  readonly #allowed: Networks | null;
  readonly #directories: readonly {
    readonly networks: Networks | null;
    readonly files: FilePattern | null;
    readonly directory: VirtualPath;
  }[];
  readonly #templates: readonly { readonly name: FilePattern; readonly template: VirtualPath }[];

  /** @throws WherryError `invalid-argument` for a network or a pattern that cannot be read */
  constructor(policy: TftpPolicy) {
    this.#policy = policy;
    this.#allowed = policy.allowedNetworks.length === 0 ? null : new Networks(policy.allowedNetworks);
    this.#directories = policy.directories.map(({ networks, files, directory }) => ({
      networks: networks === undefined ? null : new Networks(networks),
      files: files === undefined ? null : new FilePattern(files),
      directory: resolveVirtualPath(rootPath, directory),
    }));
    this.#templates = policy.templates.map(({ name, template }) => ({
      name: new FilePattern(name),
      template: resolveVirtualPath(rootPath, template),
    }));
  }

  /** Whether requests from there are looked at; the others get no answer, as if nobody listened. */
  admits(remoteAddress: string, remotePort: number): boolean {
    if (remotePort < this.#policy.lowestClientPort || remotePort === 0) return false;
    return this.#allowed === null || this.#allowed.includes(remoteAddress);
  }

  /**
   * Finds what a name stands for. One leading slash makes no difference: a client's root is its directory.
   *
   * @throws WherryError `permission` for a name that climbs, `name-invalid`, `name-too-long`, and `not-found` for
   *   a client that no directory is meant for
   */
  locate(
    fileName: string,
    client: { readonly remoteAddress: string; readonly home: VirtualPath },
  ): Destination {
    const slashed = this.#policy.backslashSeparates ? fileName.replaceAll('\\', '/') : fileName;
    const name = slashed.replace(/^\/+/, '');
    if (name.split('/').includes('..'))
      throw new WherryError('permission', 'The name climbs out of the tree');
    if (name === '') throw new WherryError('is-directory', 'The name is empty');
    for (const row of this.#templates) {
      const words = row.name.match(name);
      if (words !== null) return { path: row.template, words };
    }
    return { path: resolveVirtualPath(this.#rootOf(name, client), name), words: null };
  }

  #rootOf(name: string, client: { readonly remoteAddress: string; readonly home: VirtualPath }): VirtualPath {
    if (this.#directories.length === 0) return client.home;
    const row = this.#directories.find(
      ({ networks, files }) =>
        (networks === null || networks.includes(client.remoteAddress)) &&
        (files === null || files.match(name) !== null),
    );
    if (row === undefined) throw new WherryError('not-found', 'No directory is meant for this client');
    return row.directory;
  }
}
