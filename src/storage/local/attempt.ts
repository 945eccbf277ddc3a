import type { NoParamCallback } from 'node:fs';
import { isPending } from '#core/awaitable.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { toWherryError } from '#core/errors.ts';

/** Goes on at once where there is nothing to wait for. */
export function chain<T, R>(value: Awaitable<T>, proceed: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPending(value) ? value.then(proceed) : proceed(value);
}

/** Runs `cleanUp` after `run` ended in whatever way. */
export function always<T>(run: () => Awaitable<T>, cleanUp: () => void): Awaitable<T> {
  let result: Awaitable<T>;
  try {
    result = run();
  } catch (error) {
    cleanUp();
    throw error;
  }
  if (isPending(result)) return result.finally(cleanUp);
  cleanUp();
  return result;
}

/** Runs `cleanUp` if `run` fails, and passes the failure on. */
export function onFailure<T>(run: () => Awaitable<T>, cleanUp: () => void): Awaitable<T> {
  const rethrow = (error: unknown): never => {
    cleanUp();
    throw error;
  };
  try {
    const result = run();
    return isPending(result) ? result.catch(rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}

/** Translates whatever `run` throws into a WherryError that names the virtual path only. */
export function attempt<T>(action: string, path: string | undefined, run: () => Awaitable<T>): Awaitable<T> {
  try {
    const result = run();
    if (!isPending(result)) return result;
    return result.catch((error: unknown) => {
      throw toWherryError(error, action, path);
    });
  } catch (error) {
    throw toWherryError(error, action, path);
  }
}

/** Starts a call of `node:fs` that runs in the thread pool. */
export function inBackground(start: (done: NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** As {@link inBackground}, for a call that answers. */
export function answerInBackground<T>(
  start: (done: (error: NodeJS.ErrnoException | null, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error === null) resolve(value);
      else reject(error);
    });
  });
}
