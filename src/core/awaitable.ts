/**
 * A value that is there already, or will be. Interfaces on the hot path return it so that an answer which needs
 * no waiting (a cached name, data already in the socket) costs neither a promise nor a turn of the event loop.
 * Callers `await` it as they would a promise.
 */
export type Awaitable<T> = T | Promise<T>;

/** Whether an {@link Awaitable} has still to be waited for. */
export function isPending<T>(value: Awaitable<T>): value is Promise<T> {
  return value instanceof Promise;
}
