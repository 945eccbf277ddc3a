import { WherryError } from '#core/errors.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import { formatAddress, parseAddress } from '../address.ts';
import type { FilePlace } from '../copy/options.ts';
import type { Job, NewJob } from '../queue/job.ts';
import { SharedConnections } from '../queue/shared-connections.ts';
import { listTree, makeDirectories } from '../remote/tree.ts';
import type { ConnectOptions } from '../options.ts';
import type { Access } from './access.ts';

/** What reading directories for the queue stands on. */
export interface DirectoryScannerOptions {
  readonly accessTo: (address: string) => Promise<Access>;
  readonly add: (job: NewJob) => Promise<void>;
  /** What is in the queue already, maybe from an earlier try: {@link jobKey} of each. */
  readonly knownJobs: () => ReadonlySet<string>;
}

const idleTimeoutMs = 30_000;

/** Turns directories of the queue into transfers of their files, one directory after the other. */
export class DirectoryScanner {
  readonly #options: DirectoryScannerOptions;
  readonly #ways = new Map<string, ConnectOptions>();
  readonly #connections = new SharedConnections((address) => this.#ways.get(address) ?? {}, idleTimeoutMs);
  readonly #running = new Map<number, AbortController>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DirectoryScannerOptions) {
    this.#options = options;
  }

  /** Runs `action` with the place of an address, over a connection that is shared. */
  async use<T>(address: string, action: (place: FilePlace) => Promise<T>): Promise<T> {
    if (!address.startsWith('/')) this.#ways.set(address, (await this.#options.accessTo(address)).options());
    try {
      return await this.#connections.use(address, action);
    } finally {
      this.#ways.delete(address);
    }
  }

  /** Makes the directories at the target and queues the files, when those before it are done. */
  async scan(job: Job): Promise<void> {
    const controller = new AbortController();
    this.#running.set(job.id, controller);
    const { signal } = controller;
    const turn = this.#last.then(async () =>
      this.use(job.from, async (from) => this.use(job.to, async (to) => this.#read(job, from, to, signal))),
    );
    this.#last = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      if (this.#running.get(job.id) === controller) this.#running.delete(job.id);
    }
  }

  stop(id: number): void {
    this.#running.get(id)?.abort();
  }

  async close(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    await this.#last;
    await this.#connections.close();
  }

  async #read(job: Job, from: FilePlace, to: FilePlace, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new WherryError('aborted', 'The directory was taken out of the queue');
    const known = this.#options.knownJobs();
    await makeDirectories(to.fileSystem, to.path, { signal });
    for await (const entry of listTree(from.fileSystem, from.path, { signal, recursive: true })) {
      const relative = entry.path.slice(from.path === '/' ? 1 : from.path.length + 1);
      const target = relative.split('/').reduce((path: VirtualPath, part) => joinName(path, part), to.path);
      if (entry.type === 'directory') await makeDirectories(to.fileSystem, target, { signal });
      else if (entry.type === 'file' || (await leadsToFile(from, entry.path, signal))) {
        const queued = this.#jobOf(job, { path: entry.path, size: entry.size }, target);
        if (!known.has(jobKey(queued))) await this.#options.add(queued);
      }
    }
  }

  #jobOf(
    { from, to, options, priority }: Job,
    source: { readonly path: VirtualPath; readonly size: number | null },
    target: VirtualPath,
  ): NewJob {
    return {
      from: addressAt(from, source.path),
      to: addressAt(to, target),
      priority,
      options: { ...options, kind: 'file' },
      ...(source.size === null ? {} : { total: source.size }),
    };
  }
}

/** What tells transfers apart. */
export function jobKey({ from, to }: Pick<NewJob, 'from' | 'to'>): string {
  return `${from}\n${to}`;
}

/** The same place, and another path on it. */
export function addressAt(address: string, path: VirtualPath): string {
  if (address.startsWith('/')) return path;
  return formatAddress({ ...parseAddress(address), path: path.slice(1), isAbsolute: true });
}

async function leadsToFile(
  { fileSystem }: FilePlace,
  path: VirtualPath,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await fileSystem.stat(path, { signal })).type === 'file';
  } catch (error) {
    if (error instanceof WherryError && error.code !== 'aborted') return false;
    throw error;
  }
}
