import { join } from 'node:path';
import { configDirectory } from '../directories.ts';
import { readIfThere, withLock, writePrivately } from '../private-file.ts';

/** A host that somebody sends passwords to in the clear, knowing it. */
export interface PlainHost {
  readonly host: string;
  readonly port: number;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
}

const maximumBytes = 1024 * 1024;

/** Hosts to which a user lets passwords go in the clear, in a file. */
export class PlainHosts {
  readonly #file: string;

  constructor(file = join(configDirectory(), 'plain-hosts.json')) {
    this.#file = file;
  }

  async list(): Promise<readonly PlainHost[]> {
    const content = await readIfThere(this.#file, maximumBytes);
    if (content === null) return [];
    try {
      return (JSON.parse(content.toString('utf8')) as readonly PlainHost[]).filter(
        ({ host, port }) => typeof host === 'string' && typeof port === 'number',
      );
    } catch {
      // A damaged file allows nothing.
      return [];
    }
  }

  async has(host: string, port: number): Promise<boolean> {
    return (await this.list()).some((row) => row.host === host && row.port === port);
  }

  async add(host: string, port: number): Promise<void> {
    await this.#change((rows) => [...rows, { host, port, addedAt: Date.now() }]);
  }

  async remove(host: string, port: number): Promise<void> {
    await this.#change((rows) => rows.filter((row) => row.host !== host || row.port !== port));
  }

  async #change(change: (rows: readonly PlainHost[]) => readonly PlainHost[]): Promise<void> {
    await withLock(this.#file, async () => {
      await writePrivately(this.#file, `${JSON.stringify(change(await this.list()), null, 2)}\n`);
    });
  }
}
