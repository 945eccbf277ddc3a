import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import type { ConnectOptions, Question } from '../options.ts';

/** A secret that may have been given as text. */
export function toSecret(value: string | Secret): Secret {
  return typeof value === 'string' ? new Secret(value) : value;
}

/** Puts a question to the user; null where there is nobody to ask, or no answer. */
export async function askUser(options: ConnectOptions, question: Question): Promise<Secret | null> {
  const answer = (await options.ask?.(question, options.signal)) ?? null;
  if (options.signal?.aborted === true) throw new WherryError('aborted', 'Cannot connect: it was stopped');
  return answer === null ? null : toSecret(answer);
}
