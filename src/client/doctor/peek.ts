import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';

/**
 * The first octets that come on a connection; they stay there for whoever reads it next. Empty when the other side
 * ends it without a word, null when nothing comes in time.
 *
 * @throws WherryError `connection-lost`
 */
export function peek(socket: Duplex, timeoutMs: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', look).off('error', fail).off('close', fail);
    };
    const look = (): void => {
      const octets = socket.read() as Buffer | null;
      if (octets === null && !socket.readableEnded) return;
      settle();
      if (octets !== null) socket.unshift(octets);
      resolve(octets ?? Buffer.alloc(0));
    };
    const fail = (cause?: Error): void => {
      settle();
      reject(new WherryError('connection-lost', 'The server cut the connection off', { cause }));
    };
    const timer = setTimeout(() => {
      settle();
      resolve(null);
    }, timeoutMs);
    socket.on('readable', look).on('end', look).on('error', fail).on('close', fail);
  });
}
