import { EventBus, type EventName, type ServerEvent } from '#engine/events.ts';

const changes: Readonly<Partial<Record<EventName, 1 | -1>>> = {
  'transfer-started': 1,
  'transfer-finished': -1,
};

/**
 * The events of one connection on their way to the server's bus, which tell on passing whether a transfer runs: a
 * client may keep SFTP open for hours without one, so open channels say nothing about that.
 */
export class Activity extends EventBus {
  readonly #parent: EventBus;
  readonly #onIdle: () => void;
  #running = 0;

  constructor(parent: EventBus, onIdle: () => void) {
    super();
    this.#parent = parent;
    this.#onIdle = onIdle;
  }

  /** Whether something runs that a shutdown should wait for. */
  get busy(): boolean {
    return this.#running > 0;
  }

  override wants(name: EventName): boolean {
    return changes[name] !== undefined || this.#parent.wants(name);
  }

  override emit(event: ServerEvent): void {
    const change = changes[event.event] ?? 0;
    this.#parent.emit(event);
    if (change !== 0) this.#change(change);
  }

  /** Counts something else as running, until the returned function is called. */
  enter(): () => void {
    this.#change(1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#change(-1);
    };
  }

  #change(by: 1 | -1): void {
    this.#running += by;
    if (this.#running === 0) this.#onIdle();
  }
}
