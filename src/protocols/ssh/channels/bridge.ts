import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SshChannel } from './channel.ts';

/**
 * Carries octets between a channel and a socket until both directions have ended, each at the other's pace.
 *
 * @param lingerMs how long the peer may keep its direction open after the socket has ended: it may have forgotten it
 */
export async function bridge(channel: SshChannel, socket: Duplex, lingerMs: number): Promise<void> {
  const { signal } = channel;
  const over = new AbortController();
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  // Errors reach the loops below; without a listener they would also end the process.
  socket.on('error', stop);
  try {
    const inward = fromChannel(channel, socket, signal);
    const outward = fromSocket(channel, socket);
    // Whichever fails first ends it; whether the other one fails for that is of no interest.
    inward.catch(() => undefined);
    await Promise.race([outward, inward.then(() => outward)]);
    // Nobody reads at the socket's far end what the peer would still send.
    await Promise.race([inward, delay(lingerMs, undefined, { signal: over.signal })]);
  } catch {
    // Either end is gone. The other one learns it by the closing below; there is nobody to tell more to.
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    socket.destroy();
    channel.destroy();
  }
}

async function fromSocket(channel: SshChannel, socket: Duplex): Promise<void> {
  // Its other direction may still have data to carry when this one ends.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) await channel.write(chunk as Buffer);
  channel.end();
}

async function fromChannel(channel: SshChannel, socket: Duplex, signal: AbortSignal): Promise<void> {
  for (let data = await channel.receive(); data !== null; data = await channel.receive()) {
    if (!socket.write(data)) await once(socket, 'drain', { signal });
  }
  socket.end();
}
