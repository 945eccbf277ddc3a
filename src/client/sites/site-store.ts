import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { SiteAddress } from '../address.ts';
import { configDirectory } from '../directories.ts';
import type { ConnectOptions, SiteSource } from '../options.ts';
import { readIfThere, withLock, writePrivately } from '../private-file.ts';
import { checkSite } from './check-site.ts';
import { seal, sealKindOf, unseal, type SealKey } from './seal.ts';
import { connectionOfSite } from './site-address.ts';
import { siteKey, type Site } from './site.ts';

/** Where saved sites are and what opens them. */
export interface SiteStoreOptions {
  /** Default: `sites.json` in the user's configuration directory. */
  readonly file?: string | undefined;
  /** Octets that open the file where no master password was set; made when missing. Default: `sites.key` beside it. */
  readonly keyFile?: string | undefined;
  /** Asked for the master password when the file has one. */
  readonly askMasterPassword?: (() => Promise<Secret | null>) | undefined;
}

/** Thousands of sites with long comments fit. */
const maximumFileBytes = 16 * 1024 * 1024;
const keyLength = 32;

/**
 * Saved sites in one encrypted file. Without a master password the key lies in a file of its own, which keeps
 * passwords out of backups and synchronised folders that take the one and not the other; with one, nobody reads
 * them who does not know it. Several programs may use the file at once.
 */
export class SiteStore implements SiteSource {
  readonly #file: string;
  readonly #keyFile: string;
  readonly #askMasterPassword: (() => Promise<Secret | null>) | undefined;
  #masterPassword: Secret | null = null;

  constructor(options: SiteStoreOptions = {}) {
    this.#file = options.file ?? join(configDirectory(), 'sites.json');
    this.#keyFile = options.keyFile ?? this.#file.replace(/(?:\.json)?$/, '.key');
    this.#askMasterPassword = options.askMasterPassword;
  }

  /** All sites, by folder and name. @throws WherryError `login-refused` without the right key */
  async list(): Promise<readonly Site[]> {
    const text = await this.#text();
    if (text === null) return [];
    const opened = JSON.parse(await unseal(text, await this.#keyFor(text))) as readonly unknown[];
    return opened.map(checkSite).sort((one, other) => siteKey(one).localeCompare(siteKey(other)));
  }

  /** The site of a name; its folders may be left out where the name is the only one. @throws WherryError `not-found` */
  async get(name: string): Promise<Site> {
    const sites = await this.list();
    const exact = sites.find((site) => siteKey(site) === name);
    if (exact !== undefined) return exact;
    const [only, second] = sites.filter((site) => site.name === name);
    if (only !== undefined && second === undefined) return only;
    const why =
      only === undefined ? 'no site of this name is saved' : 'several folders have one of this name';
    throw new WherryError('not-found', `Cannot use the site "${name}": ${why}`);
  }

  /** Saves a site, in the place of an older one of the same folders and name. */
  async save(site: Site): Promise<void> {
    await this.saveAll([site]);
  }

  /** Saves several at once. */
  async saveAll(sites: readonly Site[]): Promise<void> {
    const checked = sites.map(checkSite);
    const keys = new Set(checked.map(siteKey));
    await this.#change((known) => [...known.filter((site) => !keys.has(siteKey(site))), ...checked]);
  }

  /** @throws WherryError `not-found` */
  async remove(name: string): Promise<void> {
    const { folder, name: own } = await this.get(name);
    const key = siteKey({ folder, name: own });
    await this.#change((known) => known.filter((site) => siteKey(site) !== key));
  }

  /** Closes the file with a master password from now on, or with the key file again (null). */
  async setMasterPassword(password: Secret | null): Promise<void> {
    await this.#change(
      (known) => known,
      async () =>
        password === null
          ? { kind: 'key-file', key: await this.#readKeyFile() }
          : { kind: 'password', password },
    );
    this.#masterPassword = password;
  }

  /** What `@name/path` stands for. */
  async resolve(
    address: SiteAddress,
  ): Promise<{ readonly address: string; readonly options: ConnectOptions }> {
    const { site, rest } = await this.#find(address);
    return connectionOfSite(site, { ...address, path: rest });
  }

  /** A site in folders is named with them: the longest beginning that is one counts. */
  async #find(address: SiteAddress): Promise<{ readonly site: Site; readonly rest: string }> {
    const words = [address.site, ...(address.isAbsolute ? [] : address.path.split('/'))];
    const sites = await this.list();
    for (let count = words.length; count > 1; count -= 1) {
      const site = sites.find((candidate) => siteKey(candidate) === words.slice(0, count).join('/'));
      if (site !== undefined) return { site, rest: words.slice(count).join('/') };
    }
    return { site: await this.get(address.site), rest: address.path };
  }

  async #text(): Promise<string | null> {
    return (await readIfThere(this.#file, maximumFileBytes))?.toString('utf8') ?? null;
  }

  async #keyFor(text: string): Promise<SealKey> {
    if (sealKindOf(text) === 'key-file') return { kind: 'key-file', key: await this.#readKeyFile() };
    const password = this.#masterPassword ?? (await this.#askMasterPassword?.()) ?? null;
    if (password === null) {
      throw new WherryError('login-refused', 'Cannot open the saved sites: they need the master password');
    }
    const key = { kind: 'password', password } as const;
    await unseal(text, key);
    this.#masterPassword = password;
    return key;
  }

  async #readKeyFile(): Promise<Uint8Array> {
    const found = await readIfThere(this.#keyFile, keyLength);
    if (found !== null) return found;
    const fresh = randomBytes(keyLength);
    await writePrivately(this.#keyFile, fresh);
    return fresh;
  }

  async #change(
    change: (known: readonly Site[]) => readonly Site[],
    newKey?: () => Promise<SealKey>,
  ): Promise<void> {
    await withLock(this.#file, async () => {
      const text = await this.#text();
      const key: SealKey =
        text === null ? { kind: 'key-file', key: await this.#readKeyFile() } : await this.#keyFor(text);
      const known =
        text === null ? [] : (JSON.parse(await unseal(text, key)) as readonly unknown[]).map(checkSite);
      await writePrivately(this.#file, await seal(JSON.stringify(change(known)), (await newKey?.()) ?? key));
    });
  }
}
