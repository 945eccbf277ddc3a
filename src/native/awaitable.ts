/** A value that is there already, or will be; the twin of the core's word, since this room imports nothing. */
export type Awaitable<T> = T | Promise<T>;
