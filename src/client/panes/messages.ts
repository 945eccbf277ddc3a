import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import type { LogLine } from '#protocols/http/contract/page/log.ts';
import type { PlanRun } from '#protocols/http/contract/page/synchronise.ts';
import type { QueueTotals, TransferProgress, TransferRecord } from '#protocols/http/contract/page/queue.ts';

/** Time for which small messages are gathered into one. */
const gatherMs = 100;
/** Transfers, and lines, of one message: a page shows them within a frame. The rest comes with the next. */
const maximumInMessage = 1000;

interface Gathered {
  readonly lines: LogLine[];
  readonly transfers: Map<string, TransferRecord>;
  readonly progress: Map<string, TransferProgress>;
  readonly removed: Set<string>;
  readonly directories: Map<string, { readonly connection: string; readonly path: string }>;
  readonly plans: Map<string, PlanRun>;
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

  plan(run: PlanRun): void {
    this.#gather().plans.set(run.plan, run);
  }

  /** Tells what was gathered. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { lines, transfers, progress, removed, directories, plans } = this.#gathered;
    this.#gathered = nothing();
    if (lines.length > 0) this.send({ type: 'log', lines: lines.splice(0, maximumInMessage) });
    if (transfers.size + progress.size + removed.size > 0) {
      this.send({
        type: 'queue',
        transfers: takeFirst(transfers),
        progress: [...progress.values()].filter(([id]) => !transfers.has(id)),
        removed: [...removed],
        totals: this.#totals(),
      });
    }
    for (const directory of directories.values()) this.send({ type: 'directory-changed', ...directory });
    for (const run of plans.values()) this.send({ type: 'plan', run });
    if (lines.length === 0 && transfers.size === 0) return;
    const { lines: restOfLines, transfers: rest } = this.#gather();
    restOfLines.push(...lines);
    for (const [id, record] of transfers) rest.set(id, record);
  }

  /** Tells all that was gathered, in as many messages as it takes. */
  flushAll(): void {
    do this.flush();
    while (this.#timer !== null);
  }

  #gather(): Gathered {
    this.#timer ??= setTimeout(() => this.flush(), gatherMs);
    return this.#gathered;
  }
}

/** Takes as many as one message holds out of what was gathered. */
function takeFirst(transfers: Map<string, TransferRecord>): readonly TransferRecord[] {
  const taken: TransferRecord[] = [];
  for (const [id, record] of transfers) {
    if (taken.length === maximumInMessage) break;
    taken.push(record);
    transfers.delete(id);
  }
  return taken;
}

function nothing(): Gathered {
  return {
    lines: [],
    transfers: new Map(),
    progress: new Map(),
    removed: new Set(),
    directories: new Map(),
    plans: new Map(),
  };
}
