import type { OperationOptions } from '#core/file-system.ts';
import type { ExclusiveControl, FtpConnection } from '../ftp-connection.ts';

const ranks = new WeakMap<FtpConnection, number>();
let nextRank = 0;

/** A number of each connection's own, in the order in which they were first seen. */
function rankOf(connection: FtpConnection): number {
  const known = ranks.get(connection);
  if (known !== undefined) return known;
  nextRank += 1;
  ranks.set(connection, nextRank);
  return nextRank;
}

/**
 * Has two connections to oneself. They are taken in an order of their own, so that transfers in both directions, or
 * round a ring of servers, wait for each other and not for ever.
 */
export async function holdBoth<T>(
  first: FtpConnection,
  second: FtpConnection,
  options: OperationOptions,
  run: (first: ExclusiveControl, second: ExclusiveControl) => Promise<T>,
): Promise<T> {
  return rankOf(first) < rankOf(second)
    ? first.exclusive((one) => second.exclusive((two) => run(one, two), options), options)
    : second.exclusive((two) => first.exclusive((one) => run(one, two), options), options);
}
