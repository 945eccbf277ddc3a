import { join } from 'node:path';
import { WherryError } from '#core/errors.ts';
import type { Bookmark } from '#protocols/http/contract/page/sites.ts';
import type { QueueSettings } from '#protocols/http/contract/page/queue.ts';
import { stateDirectory } from '../directories.ts';
import { readIfThere, writePrivately } from '../private-file.ts';

/** What the page keeps for its user beside sites and transfers. */
export interface PageSettings {
  /** The page's own: tabs, columns, theme. */
  readonly page?: Readonly<Record<string, unknown>>;
  readonly queue?: Partial<QueueSettings>;
  /** Folders of sites in which there is no site. */
  readonly emptyFolders?: readonly (readonly string[])[];
  readonly bookmarks?: readonly Bookmark[];
}

const maximumBytes = 4 * 1024 * 1024;

/** Settings of the page in a file of the user's. */
export class SettingsFile {
  readonly #file: string;
  #settings: PageSettings = {};
  #writing: Promise<void> = Promise.resolve();

  constructor(file = join(stateDirectory(), 'page.json')) {
    this.#file = file;
  }

  /** Reads them; a damaged file is none. @throws WherryError when it cannot be read */
  async load(): Promise<void> {
    const content = await readIfThere(this.#file, maximumBytes);
    try {
      const parsed: unknown = content === null ? {} : JSON.parse(content.toString('utf8'));
      this.#settings = typeof parsed === 'object' && parsed !== null ? parsed : {};
    } catch {
      this.#settings = {};
    }
  }

  get current(): PageSettings {
    return this.#settings;
  }

  /** Changes some of them, on the disk when it settles. */
  async change(change: PageSettings): Promise<void> {
    const settings = { ...this.#settings, ...change };
    const text = JSON.stringify(settings);
    if (text.length > maximumBytes)
      throw new WherryError('too-large', 'The settings of the page are too large');
    this.#settings = settings;
    this.#writing = this.#writing.then(
      () => writePrivately(this.#file, text),
      () => writePrivately(this.#file, text),
    );
    await this.#writing;
  }
}
