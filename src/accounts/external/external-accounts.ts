import type { Accounts, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import { sourceNetwork } from '#core/source-network.ts';
import { HashQueue } from '../argon2/hash-queue.ts';
import type { PlanOptions } from '../login/login-plan.ts';
import { refuse } from '../refusal.ts';
import { readAnswer } from './answer.ts';
import { questionOf, type Question } from './question.ts';

/** What every external source of accounts takes. */
export interface ExternalOptions extends PlanOptions {
  /** Longest wait for an answer in milliseconds (default 5000). */
  readonly timeoutMs?: number | undefined;
  /** The clock, in milliseconds since 1970; the system's by default. */
  readonly now?: (() => number) | undefined;
}

export const defaultTimeoutMs = 5000;

/**
 * Questions put at a time, so that a flood of logins neither buries the other side nor starts programs without end;
 * networks take turns for their places, as for password hashes.
 */
const limits = Object.freeze({ running: 16, waiting: 128, waitingPerSource: 32 });

/** Accounts that somebody else answers for. How the question gets there is `ask`; it gives back the answer's text. */
export class ExternalAccounts implements Accounts {
  readonly #options: ExternalOptions;
  readonly #ask: (question: Question, signal: AbortSignal) => Promise<string>;
  readonly #queue = new HashQueue(limits);

  constructor(options: ExternalOptions, ask: (question: Question, signal: AbortSignal) => Promise<string>) {
    this.#options = options;
    this.#ask = ask;
  }

  async authenticate(attempt: LoginAttempt, signal: AbortSignal): Promise<LoginOutcome> {
    const question = questionOf(attempt);
    if (typeof question === 'string') return refuse(question);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs ?? defaultTimeoutMs)]);
    try {
      return await this.#queue.run(sourceNetwork(attempt.remoteAddress), limit, async () => {
        const text = await this.#ask(question, limit);
        const now = this.#options.now ?? (() => knownTime.forExpiry());
        return readAnswer(text, attempt, { ...this.#options, user: question.user, now });
      });
    } catch (thrown) {
      if (signal.aborted) throw new WherryError('aborted', 'Cannot check the login: it was stopped');
      const error = toWherryError(thrown, 'check the login');
      throw error.code === 'unavailable'
        ? error
        : new WherryError('unavailable', 'Cannot check the login: the external source does not answer', {
            cause: thrown,
          });
    }
  }
}
