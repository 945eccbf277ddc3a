import { Duplex } from 'node:stream';
import type { Dialer } from '#core/dialer.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { SshChannel } from '../channels/channel.ts';
import type { SshClientConnection } from './client-connection.ts';

/**
 * Opens TCP connections from the far end of an SSH connection (`direct-tcpip`, RFC 4254 section 7.2), for FTP through
 * SSH. Which connections go this way is the caller's choice: the control connection alone, or those for data too.
 */
export function openTunnel(ssh: SshClientConnection): Dialer {
  return {
    async dial({ host, port }, { signal }) {
      signal.throwIfAborted();
      const opening = ssh.openTunnel({ host, port });
      const channel = await untilStopped(opening, signal);
      return channelStream(channel);
    },
  };
}

/** The channel, or `aborted`; one that opens after that is closed again. */
async function untilStopped(opening: Promise<SshChannel>, signal: AbortSignal): Promise<SshChannel> {
  let stopped = false;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stopped = true;
      reject(new WherryError('aborted', 'Cannot open the tunnel: it was stopped'));
    };
    signal.addEventListener('abort', stop, { once: true });
    const settle = (): void => {
      signal.removeEventListener('abort', stop);
    };
    opening.then(
      (channel) => {
        settle();
        if (stopped) channel.destroy();
        else resolve(channel);
      },
      (thrown: unknown) => {
        settle();
        const error = toWherryError(thrown, 'open the tunnel');
        const refused = error.code === 'permission' || error.code === 'unavailable';
        reject(
          refused
            ? new WherryError('connection-refused', 'The SSH server does not open a tunnel there', {
                cause: error,
              })
            : error,
        );
      },
    );
  });
}

/** A channel as one of Node's streams, each direction with an end of its own. */
export function channelStream(channel: SshChannel): Duplex {
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      void deliver(channel, stream);
    },
    write(chunk: Buffer, _encoding, done) {
      void settle(async () => channel.write(chunk), done);
    },
    final(done) {
      channel.end();
      done();
    },
    destroy(error, done) {
      channel.destroy();
      done(error);
    },
  });
  void channel.whenClosed().then(() => {
    // What was received stays readable; a channel that is closed has nothing else to say.
    if (!stream.writableFinished && !stream.destroyed && stream.readableEnded) stream.destroy();
  });
  return stream;
}

async function deliver(channel: SshChannel, stream: Duplex): Promise<void> {
  try {
    stream.push(await channel.receive());
  } catch (thrown) {
    stream.destroy(toWherryError(thrown, 'read from the tunnel'));
  }
}

async function settle(action: () => Promise<void>, done: (error?: Error | null) => void): Promise<void> {
  try {
    await action();
    done();
  } catch (thrown) {
    done(toWherryError(thrown, 'write to the tunnel'));
  }
}
