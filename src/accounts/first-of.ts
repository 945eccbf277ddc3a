import type { Account } from '#core/account.ts';
import type { Accounts, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { isPending } from '#core/awaitable.ts';
import { refuse, refusals } from './refusal.ts';

/**
 * Several sources of accounts behind one, asked in order: the first that accepts, or that wants more, decides. A
 * refusal is given only after every source was asked, so it takes the same time whichever source knows the user.
 * A source that fails does not shut out the accounts of the others; its error is thrown when none of them accepts.
 */
export function firstOf(...sources: readonly Accounts[]): Accounts {
  const [only, ...others] = sources;
  return only !== undefined && others.length === 0 ? only : new FirstOf(sources);
}

interface Progress {
  readonly reasons: string[];
  failure: { readonly thrown: unknown } | null;
}

class FirstOf implements Accounts {
  readonly #sources: readonly Accounts[];

  constructor(sources: readonly Accounts[]) {
    this.#sources = sources;
  }

  authenticate(attempt: LoginAttempt, signal: AbortSignal): Awaitable<LoginOutcome> {
    const progress: Progress = { reasons: [], failure: null };
    for (const [index, source] of this.#sources.entries()) {
      try {
        const outcome = source.authenticate(attempt, signal);
        if (isPending(outcome)) return this.#continue(outcome, { index, attempt, signal, progress });
        if (outcome.outcome !== 'refused') return outcome;
        progress.reasons.push(outcome.reason);
      } catch (thrown) {
        progress.failure ??= { thrown };
      }
    }
    return conclude(progress);
  }

  async #continue(first: Promise<LoginOutcome>, at: Position): Promise<LoginOutcome> {
    const { attempt, signal, progress } = at;
    let pending: Awaitable<LoginOutcome> = first;
    for (let next = at.index + 1; ; next += 1) {
      try {
        const outcome = await pending;
        if (outcome.outcome !== 'refused') return outcome;
        progress.reasons.push(outcome.reason);
      } catch (thrown) {
        progress.failure ??= { thrown };
      }
      const source = this.#sources[next];
      if (source === undefined) return conclude(progress);
      pending = ask(source, attempt, signal);
    }
  }

  async lookup(name: string): Promise<Account | null> {
    for (const source of this.#sources) {
      const found = (await source.lookup?.(name)) ?? null;
      if (found !== null) return found;
    }
    return null;
  }

  watch(listener: (name: string, account: Account | null) => void): () => void {
    const stops = this.#sources.map((source) => source.watch?.(listener));
    return () => {
      for (const stop of stops) stop?.();
    };
  }

  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#sources.map(async (source) => source.close?.()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

interface Position {
  readonly index: number;
  readonly attempt: LoginAttempt;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Asks a source so that what it throws at once is a rejection too. */
async function ask(source: Accounts, attempt: LoginAttempt, signal: AbortSignal): Promise<LoginOutcome> {
  return source.authenticate(attempt, signal);
}

/** The most telling reason: a wrong password of a known user says more to the administrator than "no such account". */
function conclude({ reasons, failure }: Progress): LoginOutcome {
  if (failure !== null) throw failure.thrown;
  const telling = reasons.find(
    (reason) => reason !== refusals.unknownUser && reason !== refusals.unsupportedCredential,
  );
  return refuse(telling ?? reasons[0] ?? refusals.unknownUser);
}
