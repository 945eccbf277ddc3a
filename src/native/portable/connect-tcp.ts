import { Socket, isIP } from 'node:net';
import type { ConnectOptions, TcpSocket } from '../contract.ts';
import { abortError, systemError } from '../system-error.ts';
import { PortableTcpSocket } from './tcp-socket.ts';

/** Connects to a numeric address; see {@link NativeRoom.connectTcp}. */
export async function connectTcp(options: ConnectOptions): Promise<TcpSocket> {
  const { host, port, localAddress, localPort, signal } = options;
  if (isIP(host) === 0 || (localAddress !== undefined && isIP(localAddress) === 0)) {
    throw systemError('EINVAL', 'connect');
  }
  if (signal?.aborted) throw abortError();
  // Paused before it connects, or Node would start to read on its own.
  const socket = new Socket({ allowHalfOpen: true }).pause();
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(abortError());
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('error', reject).once('connect', resolve);
      socket.connect({
        host,
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
      });
    });
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    socket.removeAllListeners('error').removeAllListeners('connect');
  }
  return new PortableTcpSocket(socket);
}
