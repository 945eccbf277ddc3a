import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { transfer } from '#engine/transfer.ts';
import { ownPath } from './shares/share-session.ts';

/** A browser that takes nothing for so long is gone. */
const stallTimeoutMs = 300_000;

/**
 * The octets of an open file as a download of a session: its limits, its log and its progress hold for it. The file is
 * closed at the end.
 */
export function downloadOf(
  session: Session,
  {
    path,
    handle,
    start,
    length,
  }: {
    readonly path: VirtualPath;
    readonly handle: ReadHandle;
    readonly start: number;
    readonly length: number | null;
  },
): Readable {
  const stream = new PassThrough({ highWaterMark: 512 * 1024 });
  transfer({
    direction: 'download',
    session,
    path: ownPath(session, path),
    open: () => handle,
    announce: () => channelInto(stream),
    complete: (channel) => channel.end(),
    codec: null,
    position: start,
    length,
    stallTimeoutMs,
    digest: session.digests('download'),
  }).catch((thrown: unknown) => stream.destroy(thrown as Error));
  return stream;
}

/** A stream as the one-way channel of a download. */
function channelInto(stream: Writable): ByteChannel {
  return {
    zeroCopy: null,
    read: () => Promise.reject(new WherryError('not-supported', 'Nothing is read from a browser here')),
    write: async (source) => {
      // The caller takes its memory back when this settles, and the stream may hold on to it.
      const isRoom = stream.write(Buffer.from(source));
      if (isRoom) return;
      await new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          stream.off('drain', settle).off('close', settle);
          if (stream.destroyed) reject(new WherryError('connection-lost', 'The browser has gone'));
          else resolve();
        };
        stream.on('drain', settle).on('close', settle);
        if (stream.destroyed) settle();
      });
    },
    end: () => {
      stream.end();
    },
    destroy: () => {
      stream.destroy();
    },
  };
}
