import { randomUUID } from 'node:crypto';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { EventBus, EventName, ServerEvent } from '#engine/events.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { checkHooks, defaultHookEvents, type EventHook } from './hook-options.ts';
import { sendToHttp } from './http-target.ts';
import { Outbox, type NewOutboxMessage, type OutboxMessage } from './outbox.ts';
import { runProgram } from './program-target.ts';

/** How hard a hook is tried. */
export interface DeliveryLimits {
  /** Waits between attempts; the last one is repeated. */
  readonly delaysMs: readonly number[];
  /** After this time a message is given up. */
  readonly longestMs: number;
  /** Messages to one hook at a time. */
  readonly atOnce: number;
  /** Messages that wait for one hook; further ones are dropped, and that is told. */
  readonly waiting: number;
}

export const defaultDeliveryLimits: DeliveryLimits = Object.freeze({
  delaysMs: Object.freeze([1000, 5000, 30_000, 120_000, 600_000, 3_600_000]),
  longestMs: 3 * 86_400_000,
  atOnce: 4,
  waiting: 100_000,
});

export interface EventHooksOptions {
  readonly hooks: readonly EventHook[];
  readonly events: EventBus;
  /** Keeps what has still to be told. */
  readonly database: StateDatabase;
  readonly limits?: Partial<DeliveryLimits> | undefined;
  /** Milliseconds since 1970 (default the system's clock). */
  readonly now?: (() => number) | undefined;
}

interface Line {
  readonly hook: EventHook;
  readonly names: ReadonlySet<EventName>;
  readonly underway: Set<number>;
  waiting: number;
}

/** Waiting messages are looked at this often; a first attempt does not wait for it. */
const lookIntervalMs = 500;
const defaultTimeoutMs = 10_000;
const problemIntervalMs = 60_000;

/**
 * Tells web servers and programs what has happened. A message is kept in the state database before the turn of the
 * event loop that brought its event is over, and stays there until it is delivered, so it is told at least once; its
 * id is the same each time. Nothing waits for a hook.
 */
export class EventHooks {
  readonly #lines: readonly Line[];
  readonly #outbox: Outbox;
  readonly #events: EventBus;
  readonly #limits: DeliveryLimits;
  readonly #now: () => number;
  readonly #stop: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #problems = new Map<string, number>();
  #gathered: NewOutboxMessage[] = [];

  /** @throws WherryError `invalid-argument` for hooks that cannot be */
  constructor(options: EventHooksOptions) {
    checkHooks(options.hooks);
    this.#events = options.events;
    this.#limits = Object.freeze({ ...defaultDeliveryLimits, ...options.limits });
    this.#now = options.now ?? (() => Date.now());
    this.#outbox = new Outbox(options.database, this.#now);
    this.#outbox.keepOnly(options.hooks.map(({ name }) => name));
    const waiting = this.#outbox.waiting();
    this.#lines = options.hooks.map((hook) => ({
      hook,
      names: new Set(hook.events ?? defaultHookEvents),
      underway: new Set<number>(),
      waiting: waiting.get(hook.name) ?? 0,
    }));
    const names = new Set(this.#lines.flatMap((line) => [...line.names]));
    this.#stop = options.events.subscribe(
      (event) => {
        this.#take(event);
      },
      [...names],
    );
    this.#timer = setInterval(() => {
      this.#deliver();
    }, lookIntervalMs).unref();
  }

  /** Messages that wait, by the name of their hook. */
  get waiting(): ReadonlyMap<string, number> {
    return new Map(this.#lines.map(({ hook, waiting }) => [hook.name, waiting]));
  }

  /** Stops; what is under way is broken off and tried again with the next start. */
  async close(): Promise<void> {
    this.#stop();
    clearInterval(this.#timer);
    this.#keep();
    this.#ending.abort();
    await Promise.allSettled(this.#running);
  }

  #take(event: ServerEvent): void {
    const time = new Date(this.#now()).toISOString();
    for (const line of this.#lines) {
      if (!line.names.has(event.event)) continue;
      if (line.waiting >= this.#limits.waiting) {
        this.#tell(line.hook, 'more waits for it than is kept; what is new is dropped');
        continue;
      }
      line.waiting += 1;
      const messageId = `msg_${randomUUID()}`;
      const payload = JSON.stringify({ id: messageId, hook: line.hook.name, time, ...event });
      this.#gathered.push({ hook: line.hook.name, messageId, payload });
    }
    if (this.#gathered.length > 0) setImmediate(() => this.#keepAndDeliver());
  }

  #keepAndDeliver(): void {
    if (this.#gathered.length === 0 || this.#ending.signal.aborted) return;
    this.#keep();
    this.#deliver();
  }

  #keep(): void {
    const messages = this.#gathered;
    this.#gathered = [];
    if (messages.length === 0) return;
    try {
      this.#outbox.add(messages);
    } catch (thrown) {
      for (const line of this.#lines) {
        line.waiting -= messages.filter(({ hook }) => hook === line.hook.name).length;
      }
      const [line] = this.#lines;
      if (line !== undefined)
        this.#tell(line.hook, `its messages are lost: ${toWherryError(thrown, 'keep them').message}`);
    }
  }

  #deliver(): void {
    for (const line of this.#lines) {
      const room = this.#limits.atOnce - line.underway.size;
      if (room <= 0 || line.waiting <= line.underway.size) continue;
      try {
        for (const message of this.#outbox.due(line.hook.name, line.underway, room))
          this.#start(line, message);
      } catch (thrown) {
        this.#tell(line.hook, toWherryError(thrown, 'look for its messages').message);
      }
    }
  }

  #start(line: Line, message: OutboxMessage): void {
    line.underway.add(message.id);
    const running = this.#attempt(line, message).finally(() => {
      line.underway.delete(message.id);
      this.#running.delete(running);
      if (!this.#ending.signal.aborted) this.#deliver();
    });
    this.#running.add(running);
  }

  async #attempt(line: Line, message: OutboxMessage): Promise<void> {
    const { hook } = line;
    const timeUp = AbortSignal.timeout(hook.timeoutMs ?? defaultTimeoutMs);
    const signal = AbortSignal.any([timeUp, this.#ending.signal]);
    let failure: WherryError | null = null;
    try {
      await deliver(hook, message, signal);
    } catch (thrown) {
      failure = toWherryError(thrown, 'tell the hook');
    }
    if (this.#ending.signal.aborted && failure !== null) return;
    try {
      this.#settle(line, message, failure);
    } catch (thrown) {
      this.#tell(hook, toWherryError(thrown, 'note its messages').message);
    }
  }

  #settle(line: Line, message: OutboxMessage, failure: WherryError | null): void {
    const { delaysMs, longestMs } = this.#limits;
    const attempts = message.attempts + 1;
    const givesUp = this.#now() - message.createdAt > longestMs;
    if (failure !== null && !givesUp) {
      const delayMs = delaysMs[Math.min(message.attempts, delaysMs.length - 1)] ?? 0;
      this.#outbox.postpone(message.id, { attempts, delayMs });
      this.#tell(line.hook, `${failure.message}; it is tried again`);
      return;
    }
    this.#outbox.remove(message.id);
    line.waiting -= 1;
    if (failure !== null)
      this.#tell(line.hook, `a message was given up after ${attempts} attempts: ${failure.message}`);
  }

  #tell({ name }: EventHook, problem: string): void {
    const nowMs = performance.now();
    if (nowMs - (this.#problems.get(name) ?? Number.NEGATIVE_INFINITY) < problemIntervalMs) return;
    this.#problems.set(name, nowMs);
    this.#events.emit({ event: 'warning', message: `Hook "${name}": ${problem}` });
  }
}

async function deliver({ target }: EventHook, message: OutboxMessage, signal: AbortSignal): Promise<void> {
  const { messageId, payload } = message;
  if (target.kind === 'http') {
    const { status } = await sendToHttp(target, { id: messageId, body: payload }, signal);
    if (status >= 200 && status < 300) return;
    throw new WherryError('unavailable', `it answered with status ${status}`);
  }
  const fields = JSON.parse(payload) as Record<string, unknown>;
  const { exitCode } = await runProgram(target, { body: payload, fields }, signal);
  if (exitCode !== 0)
    throw new WherryError('unavailable', `its program ended with ${exitCode ?? 'a signal'}`);
}
