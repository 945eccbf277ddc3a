import type { TcpSocket } from './contract.ts';
import { abortError } from './system-error.ts';

const scratchLength = 16 * 1024;

/** Reads and drops until the peer has closed or reset; see {@link TcpSocket.waitForPeerClose}. */
export async function drainUntilClosed(socket: TcpSocket, signal?: AbortSignal): Promise<void> {
  const scratch = new Uint8Array(scratchLength);
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(abortError());
  });
  // Without a signal nobody ever looks at it.
  stopped.catch(() => undefined);
  const read = async (): Promise<void> => {
    try {
      while ((await socket.read(scratch)) > 0);
    } catch (error) {
      if ((error as Error).name === 'AbortError') throw error;
    }
  };
  if (signal?.aborted) throw abortError();
  if (stop !== undefined) signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([read(), stopped]);
  } finally {
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}
