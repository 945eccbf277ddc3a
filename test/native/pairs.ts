import assert from 'node:assert/strict';
import type { Awaitable, TcpListener, TcpSocket } from '#native/index.ts';
import type { NativeRoom } from '#native/contract.ts';

type Context = { after(action: () => void): void };

/** A listener on the loopback address, closed with the test. */
export async function listening(
  context: Context,
  room: NativeRoom,
  host = '127.0.0.1',
): Promise<TcpListener> {
  const listener = await room.TcpListener.bind({ host, port: 0 });
  context.after(() => listener.close());
  await listener.listen();
  return listener;
}

/** Both ends of a connection, destroyed with the test. */
export async function pair(context: Context, room: NativeRoom): Promise<{ near: TcpSocket; far: TcpSocket }> {
  const listener = await listening(context, room);
  const connecting = room.connectTcp({ host: '127.0.0.1', port: listener.port });
  const near = await listener.accept();
  const far = await connecting;
  listener.close();
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}

/** Everything up to the end of the stream. */
export async function readAll(socket: TcpSocket, chunkLength = 64 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(chunkLength);
    const length = await socket.read(chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
  }
}

/** Asserts a failure, whether it is thrown at once or rejects. */
export async function fails(
  action: () => Awaitable<unknown>,
  expected: { code?: string; name?: string },
): Promise<void> {
  await assert.rejects(async () => {
    await action();
  }, expected);
}

/** Octets that tell a place in the stream from every other. */
export function patternOf(length: number): Buffer {
  const octets = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) octets[index] = (index * 31 + (index >>> 8) * 17) & 0xff;
  return octets;
}
