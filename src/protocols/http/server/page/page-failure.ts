import { errorFacts, toWherryError } from '#core/errors.ts';
import type { Failure } from '../../contract/page/common.ts';

/** Whatever was thrown, as the contract tells of it. */
export function failureOf(thrown: unknown, action: string): Failure {
  return errorFacts(toWherryError(thrown, action));
}
