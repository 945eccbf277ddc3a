/**
 * Passes batches through and asks for the next one before the current one is used, so that reading a directory
 * and writing its lines go on at the same time. Never more than one batch waits.
 */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const asked = iterator.next();
    // Its failure is told when its turn comes, which may be never.
    asked.catch(() => undefined);
    return asked;
  };
  let coming = ask();
  try {
    for (let result = await coming; result.done !== true; result = await coming) {
      coming = ask();
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
