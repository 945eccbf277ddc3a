import type { FastifyReply } from 'fastify';

/** Proxies close what is silent for a minute. */
const heartbeatMs = 25_000;
/** Octets that wait for a slow reader; then lines are left out and counted. */
const maximumPendingOctets = 256 * 1024;

/**
 * Answers with server-sent events (WHATWG HTML, section 9.2) until the reader leaves. A slow reader misses lines and
 * is told how many; it never fills the server.
 *
 * @param follow begins to send and returns how to stop
 */
export function streamEvents(
  reply: FastifyReply,
  follow: (send: (line: object) => void) => () => void,
): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.flushHeaders();
  let missed = 0;
  const write = (line: object): void => {
    if (raw.writableLength > maximumPendingOctets) {
      missed += 1;
      return;
    }
    if (missed > 0) raw.write(`event: missed\ndata: ${JSON.stringify({ lines: missed })}\n\n`);
    missed = 0;
    raw.write(`data: ${JSON.stringify(line)}\n\n`);
  };
  const stop = follow(write);
  const heartbeat = setInterval(() => raw.write(':\n\n'), heartbeatMs);
  raw.once('close', () => {
    clearInterval(heartbeat);
    stop();
  });
}
