import type { FtpConnection } from './connection.ts';
import { reply, type Reply } from '../wire/reply.ts';

/**
 * Runs something that may take long and that nobody wants any more once the client is gone. `signal` is aborted
 * when the connection is over, or the client has ended its side of it without QUIT.
 */
export async function untilClosed<T>(
  connection: FtpConnection,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  connection.onceUnwanted(() => controller.abort());
  return run(controller.signal);
}

/** Sooner than the half minute after which impatient clients give up on a reply. */
const keepAliveMs = 8_000;

/**
 * As {@link untilClosed}, for a reply that may be minutes away: meanwhile a line of it goes out now and then, so
 * that neither the client nor a router takes the connection for dead (draft-bryan-ftpext-hash section 3.2). A reply
 * that has begun can only end with its own code, so that a failure behind such a line ends the connection.
 */
export async function withKeepAlive(
  connection: FtpConnection,
  {
    code,
    words,
    everyMs = keepAliveMs,
  }: { readonly code: number; readonly words: string; readonly everyMs?: number },
  run: (signal: AbortSignal) => Promise<Reply>,
): Promise<Reply | null> {
  let begun = false;
  const timer = setInterval(() => {
    begun = true;
    connection.control.write(`${code}-${words}\r\n`);
    connection.control.flush();
  }, everyMs);
  try {
    const message = await untilClosed(connection, run);
    if (!begun || message.code === code) return message;
  } catch (thrown) {
    if (!begun) throw thrown;
  } finally {
    clearInterval(timer);
  }
  const reason = 'it failed behind the beginning of its reply';
  connection.close(reply(421, 'It could not be completed, closing control connection'), reason);
  return null;
}
