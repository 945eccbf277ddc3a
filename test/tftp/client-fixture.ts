import { createSocket } from 'node:dgram';
import type { TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { TftpClientOptions } from '#protocols/tftp/client/options.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { loopback, neverTimes } from './harness.ts';

/** A path of the served directory. */
export function path(name: string): VirtualPath {
  return resolveVirtualPath(rootPath, name);
}

/** A client that tries nothing again while a test runs, unless it says so. */
export function client(
  t: TestContext,
  port: number,
  options: Partial<TftpClientOptions> = {},
): TftpFileSystem {
  const fileSystem = new TftpFileSystem({ host: loopback, port, times: neverTimes, ...options });
  t.after(() => {
    fileSystem.close();
  });
  return fileSystem;
}

/** Reads a file to its end. */
export async function get(remote: FileSystem, name: string, pieceBytes = 100_000): Promise<Buffer> {
  const handle = await remote.openRead(path(name));
  const parts: Buffer[] = [];
  let position = 0;
  try {
    for (;;) {
      const target = Buffer.alloc(pieceBytes);
      const count = await handle.read(target, position);
      if (count === 0) return Buffer.concat(parts);
      parts.push(target.subarray(0, count));
      position += count;
    }
  } finally {
    await handle.close();
  }
}

/** Writes a file, and tells its size where one is given. */
export async function put(
  remote: TftpFileSystem,
  name: string,
  content: Buffer,
  size?: number,
): Promise<void> {
  const handle = await remote.openWrite(path(name), { size });
  try {
    for (let position = 0; position < content.length; position += 70_000) {
      await handle.write(content.subarray(position, position + 70_000), position);
    }
    await handle.finish();
  } catch (thrown) {
    handle.abort();
    throw thrown;
  }
}

/** A server of a few lines that answers the request, and then whatever the function says. */
export function answering(
  t: TestContext,
  answer: (packet: Buffer, count: number) => readonly Buffer[],
): { readonly port: number; readonly packets: Buffer[] } {
  const socket = createSocket('udp4');
  const packets: Buffer[] = [];
  const { port } = socket.bindSync({ address: loopback, port: 0 });
  socket.on('message', (packet, from) => {
    packets.push(packet);
    for (const reply of answer(packet, packets.length)) socket.send(reply, from.port, from.address);
  });
  t.after(() => {
    socket.close();
  });
  return { port, packets };
}

/** An OACK of names and values. */
export function optionAcknowledgement(...strings: readonly string[]): Buffer {
  return Buffer.concat([
    Buffer.from([0, 6]),
    Buffer.from(strings.map((text) => `${text}\0`).join(''), 'latin1'),
  ]);
}

/** An ERROR packet. */
export function error(number: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 5, 0, number]), Buffer.from(`${text}\0`, 'latin1')]);
}
