import { randomUUID } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import type { Question, QuestionAnswer } from '#protocols/http/contract/page/trust.ts';
import type { Messages } from './messages.ts';

type Unasked<Kind extends Question> = Kind extends Question ? Omit<Kind, 'id' | 'askedAt'> : never;

interface Open {
  readonly question: Question;
  readonly answer: (answer: QuestionAnswer) => void;
}

/** Which answers a question takes beside `cancel`. */
const fitting: Readonly<Record<Question['kind'], QuestionAnswer['answer']>> = {
  certificate: 'trust',
  'host-key': 'trust',
  insecure: 'continue',
  login: 'login',
  'existing-file': 'existing-file',
  unlock: 'unlock',
};

/** What only a person can decide, asked of every open page until one answers. */
export class Questions {
  readonly #messages: Messages;
  readonly #open = new Map<string, Open>();

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  list(): readonly Question[] {
    return [...this.#open.values()].map(({ question }) => question);
  }

  /** Asks, and settles with the answer; with `cancel` when whoever wanted it has given up. */
  async ask(unasked: Unasked<Question>, signal?: AbortSignal): Promise<QuestionAnswer> {
    const question = { ...unasked, id: randomUUID(), askedAt: Date.now() } as Question;
    const { promise, resolve } = Promise.withResolvers<QuestionAnswer>();
    const giveUp = (): void => resolve({ answer: 'cancel' });
    if (signal?.aborted === true) return { answer: 'cancel' };
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#open.set(question.id, { question, answer: resolve });
    this.#messages.send({ type: 'question', question });
    const answer = await promise;
    signal?.removeEventListener('abort', giveUp);
    this.#open.delete(question.id);
    this.#messages.send({ type: 'question-closed', question: question.id });
    return answer;
  }

  /** @throws WherryError `not-found` when it was answered or given up, `invalid-argument` for an answer to another kind */
  answer(id: string, answer: QuestionAnswer): void {
    const open = this.#open.get(id);
    if (open === undefined) throw new WherryError('not-found', 'This question was answered already');
    if (answer.answer !== 'cancel' && answer.answer !== fitting[open.question.kind])
      throw new WherryError('invalid-argument', 'This is no answer to the question');
    open.answer(answer);
  }

  /** Answers the open questions that fit, as one answer may stand for all. */
  answerAll(fits: (question: Question) => QuestionAnswer | null): void {
    for (const { question, answer } of this.#open.values()) {
      const found = fits(question);
      if (found !== null) answer(found);
    }
  }

  /** Nobody is left to answer. */
  close(): void {
    for (const { answer } of this.#open.values()) answer({ answer: 'cancel' });
  }
}
