import { connect, type Socket } from 'node:net';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { DialTarget } from '#core/dialer.ts';
import { printableName } from '#core/name-encoding.ts';

/** Calls somebody straight from this machine. */
export type DirectDial = (
  target: DialTarget,
  options: { readonly signal: AbortSignal; readonly family?: 4 | 6 | undefined },
) => Promise<Socket>;

/**
 * Opens a TCP connection with half-open sockets, as dialers promise.
 *
 * @throws WherryError `connection-refused`, `timeout`, `aborted`
 */
export const dialDirectly: DirectDial = ({ host, port }, { signal, family }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(stopped(signal));
      return;
    }
    const socket = connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      ...(family === undefined ? {} : { family }),
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('connect', onConnect);
    };
    const onAbort = (): void => {
      settle();
      socket.destroy();
      reject(stopped(signal));
    };
    const onError = (cause: NodeJS.ErrnoException): void => {
      settle();
      const unknown = cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN';
      const action = `connect to ${printableName(host)} port ${port}`;
      reject(
        unknown
          ? new WherryError('connection-refused', `Cannot ${action}: no such host is known`, { cause })
          : toWherryError(cause, action),
      );
    };
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once('connect', onConnect);
  });

/** Time-outs come as signals too, and are told apart by their reason. */
export function stopped(signal: AbortSignal): WherryError {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof WherryError) return reason;
  const timedOut = (reason as { name?: unknown } | null)?.name === 'TimeoutError';
  return timedOut
    ? new WherryError('timeout', 'Cannot connect: it took too long', { cause: reason })
    : new WherryError('aborted', 'Cannot connect: it was stopped', { cause: reason });
}
