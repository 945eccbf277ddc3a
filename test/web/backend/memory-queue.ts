import type { Failure } from '#protocols/http/contract/page/common.ts';
import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import type {
  EnqueueRequest,
  QueueAction,
  QueueSettings,
  QueueTotals,
  TransferRecord,
  TransferRequest,
} from '#protocols/http/contract/page/queue.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Transfer = Mutable<TransferRecord>;

/** What the queue needs of the double around it. */
export interface QueueSurroundings {
  broadcast(message: ServerMessage): void;
  label(connection: string): string;
  /** Whether somebody must say first what becomes of the file that is there. */
  asks(transfer: TransferRecord): boolean;
  arrived(transfer: TransferRecord): void;
}

/** A queue that moves nothing but numbers: a step of time moves every running transfer by `bytesPerStep`. */
export class MemoryQueue {
  readonly transfers = new Map<string, Transfer>();
  settings: QueueSettings = {
    paused: false,
    parallel: 2,
    parallelDownloads: 0,
    parallelUploads: 0,
    downloadLimit: null,
    uploadLimit: null,
    existingDownload: 'ask',
    existingUpload: 'ask',
    preserveTimes: true,
    verify: true,
    retries: 3,
    serverToServer: 'auto',
    whenFinished: 'nothing',
    finishCommand: null,
  };
  bytesPerStep = 4_000_000;
  readonly #around: QueueSurroundings;
  readonly #timer: NodeJS.Timeout;
  #nextId = 1;

  constructor(around: QueueSurroundings) {
    this.#around = around;
    this.#timer = setInterval(() => this.step(), 100);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  totals(): QueueTotals {
    const all = [...this.transfers.values()];
    const count = (...states: string[]) => all.filter((one) => states.includes(one.state)).length;
    const open = all.filter((one) => !['done', 'failed', 'skipped'].includes(one.state));
    return {
      queued: count('queued', 'paused', 'waiting'),
      active: count('active', 'scanning'),
      done: count('done', 'skipped'),
      failed: count('failed'),
      remainingBytes: sum(open, (one) => (one.totalBytes ?? 0) - one.doneBytes),
      sessionDoneBytes: sum(all, (one) => one.doneBytes),
      sessionTotalBytes: sum(all, (one) => one.totalBytes ?? 0),
      bytesPerSecond: sum(all, (one) => one.bytesPerSecond),
    };
  }

  add(request: EnqueueRequest): string[] {
    const added = request.transfers.map((one) => this.#make(one, request));
    for (const one of added) this.transfers.set(one.id, one);
    this.#tell(added, [], []);
    return added.map(({ id }) => id);
  }

  #make(request: TransferRequest, options: EnqueueRequest): Transfer {
    const { source, targetDirectory } = request;
    const name = request.targetName ?? source.path.slice(source.path.lastIndexOf('/') + 1);
    const target = {
      connection: targetDirectory.connection,
      path: `${targetDirectory.path === '/' ? '' : targetDirectory.path}/${name}`,
    };
    const fromLocal = source.connection === 'local';
    return {
      id: `t${this.#nextId++}`,
      type: request.type,
      source,
      target,
      sourceLabel: this.#around.label(source.connection),
      targetLabel: this.#around.label(target.connection),
      direction: fromLocal ? 'upload' : target.connection === 'local' ? 'download' : 'between',
      route: null,
      state: options.paused === true ? 'paused' : 'queued',
      priority: options.priority ?? 3,
      totalBytes: request.size ?? 0,
      doneBytes: 0,
      bytesPerSecond: 0,
      attempts: 0,
      error: null,
      queuedAt: Date.now(),
      startedAt: null,
      endedAt: null,
      verified: null,
      move: options.move ?? false,
    };
  }

  act({ action, transfers, priority }: QueueAction): number {
    const chosen = [...this.transfers.values()].filter((one) =>
      'states' in transfers ? transfers.states.includes(one.state) : transfers.includes(one.id),
    );
    const removed: string[] = [];
    for (const one of chosen) {
      if (action === 'pause') Object.assign(one, { state: 'paused', bytesPerSecond: 0 });
      if (action === 'resume' || action === 'retry') Object.assign(one, { state: 'queued', error: null });
      if (action === 'priority') one.priority = priority ?? 3;
      if (action === 'remove' && this.transfers.delete(one.id)) removed.push(one.id);
    }
    this.#tell(action === 'remove' ? [] : chosen, [], removed);
    return chosen.length;
  }

  /** Ends one with a failure, as a server that went away would. */
  fail(id: string, error: Failure): void {
    const one = this.transfers.get(id);
    if (one === undefined) return;
    Object.assign(one, { state: 'failed', error, bytesPerSecond: 0, endedAt: Date.now() });
    this.#tell([one], [], []);
  }

  /** After the question of a waiting transfer was answered. */
  answered(id: string, skip: boolean): void {
    const one = this.transfers.get(id);
    if (one === undefined) return;
    Object.assign(
      one,
      skip ? { state: 'skipped', endedAt: Date.now() } : { state: 'active', startedAt: Date.now() },
    );
    this.#tell([one], [], []);
  }

  step(): void {
    const all = [...this.transfers.values()];
    const running = all.filter((one) => one.state === 'active');
    const changed: Transfer[] = [];
    for (const one of running) this.#move(one, changed);
    if (!this.settings.paused) {
      const busy = running.filter((one) => one.state === 'active').length;
      const next = all
        .filter((one) => one.state === 'queued')
        .sort((one, other) => other.priority - one.priority)
        .slice(0, Math.max(0, this.settings.parallel - busy));
      for (const one of next) {
        one.state = this.#around.asks(one) ? 'waiting' : 'active';
        one.startedAt ??= Date.now();
        changed.push(one);
      }
    }
    const moving = running.filter((one) => one.state === 'active');
    if (changed.length > 0 || moving.length > 0) this.#tell(changed, moving, []);
  }

  #move(one: Transfer, changed: Transfer[]): void {
    const total = one.totalBytes ?? 0;
    one.doneBytes = Math.min(total, one.doneBytes + this.bytesPerStep);
    one.bytesPerSecond = this.bytesPerStep * 10;
    if (one.doneBytes < total) return;
    Object.assign(one, {
      state: 'done',
      bytesPerSecond: 0,
      endedAt: Date.now(),
      verified: true,
      route: 'here',
    });
    changed.push(one);
    this.#around.arrived(one);
    const { queued, active, done, failed } = this.totals();
    if (queued + active === 0) this.#around.broadcast({ type: 'queue-finished', done, failed });
  }

  #tell(transfers: readonly Transfer[], moving: readonly Transfer[], removed: readonly string[]): void {
    this.#around.broadcast({
      type: 'queue',
      transfers: transfers.map((one) => ({ ...one })),
      progress: moving.map((one) => [one.id, one.doneBytes, one.bytesPerSecond]),
      removed,
      totals: this.totals(),
    });
  }
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
