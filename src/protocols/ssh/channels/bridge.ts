import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { SshChannel } from './channel.ts';

/** Carries octets between a channel and a socket until both directions have ended, each at the other's pace. */
export async function bridge(channel: SshChannel, socket: Duplex): Promise<void> {
  const { signal } = channel;
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  // Errors reach the loops below; without a listener they would also end the process.
  socket.on('error', stop);
  try {
    await Promise.all([fromSocket(channel, socket), fromChannel(channel, socket, signal)]);
  } catch {
    // Either end is gone. The other one learns it by the closing below; there is nobody to tell more to.
  } finally {
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
