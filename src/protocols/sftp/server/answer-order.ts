import { isPending, type Awaitable } from '#core/awaitable.ts';

/**
 * Keeps the answers of one file in the order of the requests, however their work ends. The protocol allows any order,
 * but OpenSSH's scp and sftp count only what was acknowledged without a gap, and cut what they wrote in place there.
 */
export class AnswerOrder {
  #last: Promise<void> | null = null;
  #open = 0;

  /** The same answer, not before those that were given here earlier. */
  after<T>(answer: Awaitable<T>): Awaitable<T> {
    const previous = this.#last;
    if (previous === null && !isPending(answer)) return answer;
    this.#open += 1;
    const mine = inTurn(previous, answer);
    this.#last = this.#settle(mine);
    return mine;
  }

  async #settle(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch {
      // Whoever asked hears of it; here only the moment counts.
    }
    this.#open -= 1;
    if (this.#open === 0) this.#last = null;
  }
}

async function inTurn<T>(previous: Promise<void> | null, answer: Awaitable<T>): Promise<T> {
  try {
    return await answer;
  } finally {
    await previous;
  }
}
