import type { Address } from '../address.ts';
import { localDisk, localPlace } from '../connect/local.ts';
import { connect, pathAt, resolveAddress } from '../connect/connect.ts';
import type { FilePlace } from '../copy/options.ts';
import type { ConnectOptions } from '../options.ts';
import type { RemoteConnection } from '../remote/remote-connection.ts';

interface Shared {
  readonly opening: Promise<RemoteConnection>;
  users: number;
  timer: NodeJS.Timeout | null;
}

/** Connections that several transfers share, one for each place and user; closed when nobody has used them for a while. */
export class SharedConnections {
  readonly #options: (address: string) => ConnectOptions;
  readonly #idleTimeoutMs: number;
  readonly #open = new Map<string, Shared>();

  constructor(options: (address: string) => ConnectOptions, idleTimeoutMs: number) {
    this.#options = options;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /** Runs `action` with the place that an address names. */
  async use<T>(address: string, action: (place: FilePlace) => Promise<T>): Promise<T> {
    const found = await resolveAddress(address, this.#options(address));
    if (found.address.scheme === 'file') {
      const { isAbsolute, path } = found.address;
      return action({ fileSystem: localDisk(), path: localPlace(isAbsolute ? `/${path}` : path).path });
    }
    const key = placeOf(found.address, found.options);
    const shared = this.#take(key, found.address, found.options);
    shared.users += 1;
    if (shared.timer !== null) clearTimeout(shared.timer);
    shared.timer = null;
    try {
      const { fileSystem } = await shared.opening;
      return await action({ fileSystem, path: pathAt(fileSystem, found.address) });
    } finally {
      shared.users -= 1;
      if (shared.users === 0) this.#closeLater(key, shared);
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { timer } of all) if (timer !== null) clearTimeout(timer);
    await Promise.all(
      all.map(async ({ opening }) => {
        const remote = await opening.catch(() => null);
        await remote?.close();
      }),
    );
  }

  #take(key: string, address: Address, options: ConnectOptions): Shared {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const shared = {
      opening: connect({ ...address, path: '', isAbsolute: false }, options),
      users: 0,
      timer: null,
    };
    this.#open.set(key, shared);
    // A connection that could not be made is made anew by whoever comes next.
    shared.opening.catch(() => {
      if (this.#open.get(key) === shared) this.#open.delete(key);
    });
    return shared;
  }

  #closeLater(key: string, shared: Shared): void {
    shared.timer = setTimeout(() => {
      if (this.#open.get(key) === shared) this.#open.delete(key);
      void shared.opening.then(
        (remote) => remote.close(),
        () => undefined,
      );
    }, this.#idleTimeoutMs);
    shared.timer.unref();
  }
}

/** What two addresses have in common that one connection serves. */
function placeOf({ scheme, host, port, user }: Address, options: ConnectOptions): string {
  return JSON.stringify([scheme, options.user ?? user, host, port]);
}
