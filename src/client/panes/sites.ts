import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { toWherryError, WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import type {
  Bookmark,
  SiteFields,
  SiteFileFormat,
  SiteFolder,
  SiteRecord,
  SiteSecrets,
  SiteStore as SitesShown,
} from '#protocols/http/contract/page/sites.ts';
import { parseAddress } from '../address.ts';
import { configDirectory } from '../directories.ts';
import { readIfThere } from '../private-file.ts';
import { exportFileZilla, importFileZilla } from '../sites/filezilla.ts';
import { sealKindOf } from '../sites/seal.ts';
import { connectionOfSite } from '../sites/site-address.ts';
import { SiteStore } from '../sites/site-store.ts';
import { siteKey, type Site } from '../sites/site.ts';
import { importSshConfig } from '../sites/ssh-config.ts';
import { placeKey } from './access.ts';
import type { FoundSite } from './connections.ts';
import type { Messages } from './messages.ts';
import type { Questions } from './questions.ts';
import type { SettingsFile } from './settings-file.ts';
import { folderId, folderOf, siteId, siteOf, siteRecord } from './site-record.ts';

/** What the sites of the page stand on. */
export interface SitesOptions {
  readonly file?: string | undefined;
  readonly messages: Messages;
  readonly questions: Questions;
  readonly settings: SettingsFile;
}

const maximumBytes = 16 * 1024 * 1024;

/** Saved sites as the page shows and changes them. */
export class Sites {
  readonly #options: SitesOptions;
  readonly #file: string;
  #store: SiteStore;

  constructor(options: SitesOptions) {
    this.#options = options;
    this.#file = options.file ?? join(configDirectory(), 'sites.json');
    this.#store = new SiteStore({ file: this.#file });
  }

  async show(): Promise<SitesShown> {
    const { emptyFolders = [], bookmarks = [] } = this.#options.settings.current;
    const { protection, sites } = await this.#read();
    const folders = new Map<string, SiteFolder>();
    for (const folder of [...emptyFolders, ...sites.map((site) => site.folder)]) {
      for (let depth = 1; depth <= folder.length; depth += 1) {
        const id = folderId(folder.slice(0, depth)) ?? '';
        const name = folder[depth - 1] ?? '';
        folders.set(id, { id, name, parentId: folderId(folder.slice(0, depth - 1)) });
      }
    }
    return { protection, folders: [...folders.values()], sites: sites.map(siteRecord), bookmarks };
  }

  /** How a site is reached; the master password is asked for where it has to be. @throws WherryError `not-found` */
  async find(id: string): Promise<FoundSite> {
    return this.#found(await this.#require(id));
  }

  /** A site whose place and user are these; null for none. */
  async findAt(key: string): Promise<{ readonly siteId: string; readonly site: FoundSite } | null> {
    for (const site of (await this.#read()).sites) {
      const found = await this.#found(site).catch(() => null);
      if (found !== null && placeKey(parseAddress(found.address), found.options.user) === key)
        return { siteId: siteId(site), site: found };
    }
    return null;
  }

  async create(fields: SiteFields & SiteSecrets): Promise<SiteRecord> {
    const site = siteOf(fields, null);
    await this.#demandFree(site, null);
    return this.#save(site);
  }

  async change(id: string, fields: SiteFields & SiteSecrets): Promise<SiteRecord> {
    const before = await this.#require(id);
    const site = siteOf(fields, before);
    await this.#demandFree(site, before);
    if (siteKey(site) !== siteKey(before)) await this.#store.remove(siteKey(before));
    return this.#save(site);
  }

  async remove(id: string): Promise<null> {
    await this.#store.remove(siteKey(await this.#require(id)));
    return this.#told(null);
  }

  async copy(id: string): Promise<SiteRecord> {
    const site = await this.#require(id);
    const taken = new Set((await this.#store.list()).map(siteKey));
    let name = `${site.name} (copy)`;
    for (let count = 2; taken.has(siteKey({ ...site, name })); count += 1)
      name = `${site.name} (copy ${count})`;
    return this.#save({ ...site, name });
  }

  async createFolder({ name, parentId }: Omit<SiteFolder, 'id'>): Promise<SiteFolder> {
    const folder = [...folderOf(parentId), checkFolderName(name)];
    await this.#keepFolders((known) => [...known, folder]);
    return this.#told({ id: folderId(folder) ?? '', name, parentId });
  }

  /** Renames or moves a folder with everything in it. */
  async changeFolder(id: string, { name, parentId }: Omit<SiteFolder, 'id'>): Promise<SiteFolder> {
    const from = folderOf(id);
    const to = [...folderOf(parentId), checkFolderName(name)];
    if (isBelow(to, from) && to.length > from.length)
      throw new WherryError('invalid-argument', 'Cannot move a folder into itself');
    const moved = (folder: readonly string[]): readonly string[] =>
      isBelow(folder, from) ? [...to, ...folder.slice(from.length)] : folder;
    const inside = (await this.#store.list()).filter(({ folder }) => isBelow(folder, from));
    for (const site of inside) await this.#store.remove(siteKey(site));
    await this.#store.saveAll(inside.map((site) => ({ ...site, folder: moved(site.folder) })));
    await this.#keepFolders((known) => [...known.map(moved), to]);
    return this.#told({ id: folderId(to) ?? '', name, parentId });
  }

  async removeFolder(id: string): Promise<null> {
    const folder = folderOf(id);
    for (const site of await this.#store.list())
      if (isBelow(site.folder, folder)) await this.#store.remove(siteKey(site));
    await this.#keepFolders((known) => known.filter((one) => !isBelow(one, folder)));
    return this.#told(null);
  }

  async setBookmarks(bookmarks: readonly Bookmark[]): Promise<{ readonly bookmarks: readonly Bookmark[] }> {
    await this.#options.settings.change({ bookmarks });
    return this.#told({ bookmarks });
  }

  /** Takes over the sites of another program, or those of a file that this one has written. */
  async import(request: {
    readonly format: SiteFileFormat;
    readonly content?: string;
    readonly folderId: string | null;
  }): Promise<{ readonly imported: number; readonly notes: readonly string[] }> {
    const content = request.content ?? (await readOwnFile(request.format));
    const { sites, problems } =
      request.format === 'filezilla'
        ? importFileZilla(content)
        : request.format === 'ssh-config'
          ? await importSshConfig(content)
          : importOwn(content);
    const above = folderOf(request.folderId);
    await this.#store.saveAll(sites.map((site) => ({ ...site, folder: [...above, ...site.folder] })));
    return this.#told({ imported: sites.length, notes: problems });
  }

  async export(
    format: SiteFileFormat,
    withPasswords: boolean,
  ): Promise<{ readonly content: string; readonly fileName: string }> {
    const sites = await this.#store.list();
    if (format === 'filezilla')
      return { content: exportFileZilla(sites, { passwords: withPasswords }), fileName: 'sitemanager.xml' };
    if (format === 'ssh-config')
      throw new WherryError(
        'not-supported',
        'Sites cannot be written as ssh_config; choose FileZilla or wherry',
      );
    const shown = withPasswords ? sites : sites.map((site) => ({ ...site, password: null }));
    return { content: `${JSON.stringify({ sites: shown }, null, 2)}\n`, fileName: 'wherry-sites.json' };
  }

  /** @throws WherryError `permission` for a wrong password */
  async unlock(password: string): Promise<SitesShown> {
    const store = new SiteStore({
      file: this.#file,
      askMasterPassword: () => Promise.resolve(new Secret(password)),
    });
    try {
      await store.list();
    } catch {
      // Not `login-refused`, by which the page would take itself for logged out.
      throw new WherryError('permission', 'This is not the master password');
    }
    this.#store = store;
    this.#options.messages.send({ type: 'sites-changed' });
    return this.show();
  }

  async lock(): Promise<SitesShown> {
    this.#store = new SiteStore({ file: this.#file });
    this.#options.messages.send({ type: 'sites-changed' });
    return this.show();
  }

  async setMasterPassword(old: string | null, fresh: string | null): Promise<SitesShown> {
    if ((await this.#protection()) !== 'none') await this.unlock(old ?? '');
    await this.#store.setMasterPassword(fresh === null ? null : new Secret(fresh));
    return this.show();
  }

  async savePassword(id: string, password: string): Promise<void> {
    await this.#save({ ...(await this.#require(id)), password });
  }

  async #found(site: Site): Promise<FoundSite> {
    return { label: site.name, ...(await connectionOfSite(site)) };
  }

  async #require(id: string): Promise<Site> {
    const { protection, sites } = await this.#read();
    const known = sites.find((site) => siteId(site) === id);
    if (known !== undefined) return known;
    if (protection !== 'locked') throw new WherryError('not-found', 'There is no such site');
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#options.questions.ask({ kind: 'unlock', connection: null, attempt });
      if (answer.answer !== 'unlock')
        throw new WherryError('permission', 'The saved sites are locked: their master password is needed');
      const isOpen = await this.unlock(answer.password).then(
        () => true,
        () => false,
      );
      if (isOpen) return this.#require(id);
    }
  }

  async #read(): Promise<{ readonly protection: SitesShown['protection']; readonly sites: readonly Site[] }> {
    const protection = await this.#protection();
    if (protection === 'none') return { protection, sites: await this.#store.list() };
    try {
      return { protection: 'unlocked', sites: await this.#store.list() };
    } catch (error) {
      if (error instanceof WherryError && error.code === 'login-refused')
        return { protection: 'locked', sites: [] };
      throw error;
    }
  }

  async #protection(): Promise<'none' | 'locked'> {
    const text = (await readIfThere(this.#file, maximumBytes))?.toString('utf8') ?? null;
    return text === null || sealKindOf(text) === 'key-file' ? 'none' : 'locked';
  }

  async #demandFree(site: Site, before: Site | null): Promise<void> {
    const key = siteKey(site);
    if (before !== null && siteKey(before) === key) return;
    if ((await this.#store.list()).some((known) => siteKey(known) === key))
      throw new WherryError('exists', `There is a site called "${site.name}" in this folder already`);
  }

  async #save(site: Site): Promise<SiteRecord> {
    await this.#store.save(site);
    return this.#told(siteRecord(site));
  }

  async #keepFolders(
    change: (known: readonly (readonly string[])[]) => readonly (readonly string[])[],
  ): Promise<void> {
    const changed = change(this.#options.settings.current.emptyFolders ?? []);
    const unique = new Map(changed.map((folder) => [JSON.stringify(folder), folder]));
    await this.#options.settings.change({ emptyFolders: [...unique.values()] });
  }

  #told<Reply>(reply: Reply): Reply {
    this.#options.messages.send({ type: 'sites-changed' });
    return reply;
  }
}

function isBelow(folder: readonly string[], above: readonly string[]): boolean {
  return above.every((part, index) => folder[index] === part);
}

function checkFolderName(name: string): string {
  if (name === '' || name.includes('/'))
    throw new WherryError('invalid-argument', 'The name of a folder holds no slash');
  return name;
}

/** Where other programs keep their sites. */
const ownFiles: Readonly<Partial<Record<SiteFileFormat, string>>> = {
  filezilla: join(homedir(), '.config', 'filezilla', 'sitemanager.xml'),
  'ssh-config': join(homedir(), '.ssh', 'config'),
};

async function readOwnFile(format: SiteFileFormat): Promise<string> {
  const file = ownFiles[format];
  if (file === undefined) throw new WherryError('invalid-argument', 'Choose the file to import');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw toWherryError(error, 'read the sites of the other program');
  }
}

function importOwn(content: string): {
  readonly sites: readonly Site[];
  readonly problems: readonly string[];
} {
  try {
    const parsed = JSON.parse(content) as { readonly sites?: unknown };
    if (Array.isArray(parsed.sites)) return { sites: parsed.sites as readonly Site[], problems: [] };
  } catch {
    // Falls through to the one answer.
  }
  throw new WherryError('invalid-argument', 'Cannot import it: this is no file of sites');
}
