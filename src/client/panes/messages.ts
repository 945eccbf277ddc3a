import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import type { LogLine } from '#protocols/http/contract/page/log.ts';
import type { QueueTotals, TransferProgress, TransferRecord } from '#protocols/http/contract/page/queue.ts';

/** Time for which small messages are gathered into one. */
const gatherMs = 100;

interface Gathered {
  readonly lines: LogLine[];
  readonly transfers: Map<string, TransferRecord>;
  readonly progress: Map<string, TransferProgress>;
  readonly removed: Set<string>;
  readonly directories: Map<string, { readonly connection: string; readonly path: string }>;
}

/** Tells every open page what happens; what happens often is gathered, so that no page drowns in it. */
export class Messages {
  readonly #listeners = new Set<(message: ServerMessage) => void>();
  readonly #totals: () => QueueTotals;
  #gathered = nothing();
  #timer: NodeJS.Timeout | null = null;

  constructor(totals: () => QueueTotals) {
    this.#totals = totals;
  }

  subscribe(listener: (message: ServerMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells it at once. */
  send(message: ServerMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  line(line: LogLine): void {
    this.#gather().lines.push(line);
  }

  /** A transfer is new, or stands elsewhere. */
  transfer(record: TransferRecord): void {
    const { transfers, removed } = this.#gather();
    transfers.set(record.id, record);
    removed.delete(record.id);
  }

  progress(progress: TransferProgress): void {
    this.#gather().progress.set(progress[0], progress);
  }

  transferRemoved(id: string): void {
    const { transfers, progress, removed } = this.#gather();
    transfers.delete(id);
    progress.delete(id);
    removed.add(id);
  }

  directoryChanged(connection: string, path: string): void {
    this.#gather().directories.set(`${connection}\n${path}`, { connection, path });
  }

  /** Tells what was gathered. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { lines, transfers, progress, removed, directories } = this.#gathered;
    this.#gathered = nothing();
    if (lines.length > 0) this.send({ type: 'log', lines });
    if (transfers.size + progress.size + removed.size > 0) {
      this.send({
        type: 'queue',
        transfers: [...transfers.values()],
        progress: [...progress.values()],
        removed: [...removed],
        totals: this.#totals(),
      });
    }
    for (const directory of directories.values()) this.send({ type: 'directory-changed', ...directory });
  }

  #gather(): Gathered {
    this.#timer ??= setTimeout(() => this.flush(), gatherMs);
    return this.#gathered;
  }
}

function nothing(): Gathered {
  return {
    lines: [],
    transfers: new Map(),
    progress: new Map(),
    removed: new Set(),
    directories: new Map(),
  };
}
