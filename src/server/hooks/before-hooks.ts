import { randomUUID } from 'node:crypto';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { EventBus } from '#engine/events.ts';
import type { BeforeAction, BeforeCheck, BeforeFacts } from '#engine/session-controls.ts';
import { checkHooks, type BeforeHook } from './hook-options.ts';
import { sendToHttp } from './http-target.ts';
import { runProgram } from './program-target.ts';

export interface BeforeHooksOptions {
  readonly hooks: readonly BeforeHook[];
  /** Hears of hooks that do not answer. */
  readonly events: EventBus;
  /** Questions that are asked at a time, and that wait for that (32 and 1024); past it a hook counts as failed. */
  readonly atOnce?: number | undefined;
  readonly waiting?: number | undefined;
}

const defaultTimeoutMs = 5000;
const defaultAtOnce = 32;
const defaultWaiting = 1024;
const problemIntervalMs = 60_000;
const longestReason = 200;
const failureWords = { refuse: 'refused', allow: 'allowed' } as const;
const plainRefusal = 'This is not allowed here';

/** Asks web servers and programs before something is done; any of them may forbid it. */
export class BeforeHooks implements BeforeCheck {
  readonly #hooks: readonly BeforeHook[];
  readonly #actions: ReadonlySet<BeforeAction>;
  readonly #events: EventBus;
  readonly #atOnce: number;
  readonly #longestQueue: number;
  readonly #queue: (() => void)[] = [];
  readonly #problems = new Map<string, number>();
  #asking = 0;

  /** @throws WherryError `invalid-argument` for hooks that cannot be */
  constructor(options: BeforeHooksOptions) {
    checkHooks(options.hooks);
    this.#hooks = options.hooks;
    this.#actions = new Set(options.hooks.flatMap(({ actions }) => actions));
    this.#events = options.events;
    this.#atOnce = options.atOnce ?? defaultAtOnce;
    this.#longestQueue = options.waiting ?? defaultWaiting;
  }

  asks(action: BeforeAction): boolean {
    return this.#actions.has(action);
  }

  async refusal(facts: BeforeFacts): Promise<string | null> {
    for (const hook of this.#hooks) {
      if (!hook.actions.includes(facts.action)) continue;
      const reason = await this.#ask(hook, facts);
      if (reason !== null) return reason;
    }
    return null;
  }

  async #ask(hook: BeforeHook, facts: BeforeFacts): Promise<string | null> {
    const signal = AbortSignal.timeout(hook.timeoutMs ?? defaultTimeoutMs);
    try {
      return await this.#inTurn(signal, () => ask(hook, facts, signal));
    } catch (thrown) {
      const fails = hook.onFailure ?? 'refuse';
      this.#tell(
        hook,
        `${toWherryError(thrown, 'ask the hook').message}; what it was asked about is ${failureWords[fails]}`,
      );
      return fails === 'refuse' ? 'This cannot be checked now, try again later' : null;
    }
  }

  async #inTurn(signal: AbortSignal, work: () => Promise<string | null>): Promise<string | null> {
    if (this.#asking >= this.#atOnce) await this.#wait(signal);
    this.#asking += 1;
    try {
      return await work();
    } finally {
      this.#asking -= 1;
      this.#queue.shift()?.();
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.length >= this.#longestQueue) {
      throw new WherryError('too-many', 'It is asked more than it can answer');
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#queue.splice(this.#queue.indexOf(go), 1);
        reject(new WherryError('timeout', 'Its turn did not come in time'));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(go);
    });
  }

  #tell({ name }: BeforeHook, problem: string): void {
    const nowMs = performance.now();
    if (nowMs - (this.#problems.get(name) ?? Number.NEGATIVE_INFINITY) < problemIntervalMs) return;
    this.#problems.set(name, nowMs);
    this.#events.emit({ event: 'warning', message: `Hook "${name}": ${problem}` });
  }
}

/**
 * A web server allows with 2xx, unless its JSON says `{"allow": false, "reason": "…"}`, and forbids with 403. A
 * program allows with exit code 0 and forbids with 1, the first line of its output being the reason.
 */
async function ask({ target }: BeforeHook, facts: BeforeFacts, signal: AbortSignal): Promise<string | null> {
  const id = `ask_${randomUUID()}`;
  const body = JSON.stringify({ id, ask: facts.action, ...facts });
  if (target.kind === 'program') {
    const { exitCode, output } = await runProgram(target, { body, fields: { ...facts } }, signal);
    if (exitCode === 0) return null;
    if (exitCode === 1) return reasonOf(output.split('\n', 1)[0]);
    throw new WherryError('unavailable', `Its program ended with ${exitCode ?? 'a signal'}`);
  }
  const answer = await sendToHttp(target, { id, body }, signal);
  const said = parseAnswer(answer.body);
  if (answer.status === 403) return reasonOf(said.reason);
  if (answer.status < 200 || answer.status > 299) {
    throw new WherryError('unavailable', `It answered with status ${answer.status}`);
  }
  return said.allow === false ? reasonOf(said.reason) : null;
}

function parseAnswer(body: string): { readonly allow?: unknown; readonly reason?: unknown } {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** Words for a peer, in one line that forges no other. */
function reasonOf(reason: unknown): string {
  if (typeof reason !== 'string' || reason.trim() === '') return plainRefusal;
  return printableName(reason.trim()).slice(0, longestReason);
}
