import { createServer, type AddressInfo, type Socket } from 'node:net';
import { rootPath, resolveVirtualPath } from '#core/virtual-path.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { EventOf, ServerEvent } from '#engine/events.ts';
import { dial, type RawClient } from './harness.ts';

/**
 * More than the kernel keeps for a peer that does not read: the send buffer and the largest receive buffer of one
 * connection on loopback.
 */
export const unbufferable = 48 * 1024 * 1024;

/** Puts a file into a tree without the server. */
export async function putFile(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const handle = await fileSystem.openWrite(resolveVirtualPath(rootPath, path));
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
}

/** The octets of a file as the tree has them; null when it is missing. */
export async function contentOf(fileSystem: FileSystem, path: string): Promise<Buffer | null> {
  try {
    const handle = await fileSystem.openRead(resolveVirtualPath(rootPath, path));
    const target = Buffer.alloc(handle.entry.size ?? 0);
    const count = await handle.read(target, 0);
    await handle.close();
    return target.subarray(0, count);
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return null;
    throw thrown;
  }
}

/** The names in a directory of a tree, sorted. */
export async function namesIn(fileSystem: FileSystem, path = '/'): Promise<string[]> {
  const names: string[] = [];
  for await (const batch of fileSystem.readDirectory(resolveVirtualPath(rootPath, path))) {
    names.push(...batch.map(({ name }) => name));
  }
  return names.sort();
}

/** A text as RawClient shows it: one character an octet of its UTF-8 form. */
export function octetsOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The numbers of a 227 reply: host and port. */
export function parsePassive(text: string): { readonly host: string; readonly port: number } {
  const fields = /\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)/.exec(text)?.slice(1).map(Number);
  if (fields === undefined) throw new Error(`No address in ${text}`);
  const [a, b, c, d, high = 0, low = 0] = fields;
  return { host: `${a}.${b}.${c}.${d}`, port: high * 256 + low };
}

/** The port of a 229 reply. */
export function parseExtendedPassive(text: string): number {
  const port = /\(\|\|\|(\d+)\|\)/.exec(text)?.[1];
  if (port === undefined) throw new Error(`No port in ${text}`);
  return Number(port);
}

/** Asks for a passive port and connects to it by PASV, as old clients do. */
export async function dialPassive(client: RawClient): Promise<Socket> {
  const { host, port } = parsePassive((await client.command('PASV', 227)).text);
  return dial(host, port);
}

/** A listener of a client in active mode. */
export interface ActiveListener extends AsyncDisposable {
  readonly port: number;
  /** The arguments that name it. */
  readonly portArgument: string;
  readonly eprtArgument: string;
  /** The next connection. */
  accept(): Promise<Socket>;
  close(): Promise<void>;
}

/** Listens for data connections of the server. */
export async function listenActive(host = '127.0.0.1'): Promise<ActiveListener> {
  const arrived: Socket[] = [];
  let wake: (() => void) | null = null;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    arrived.push(socket);
    wake?.();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  return {
    port,
    portArgument: `${host.replaceAll('.', ',')},${port >> 8},${port & 255}`,
    eprtArgument: `|${host.includes(':') ? 2 : 1}|${host}|${port}|`,
    accept: async () => {
      for (;;) {
        const socket = arrived.shift();
        if (socket !== undefined) return socket;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close,
    [Symbol.asyncDispose]: async () => {
      for (const socket of arrived) socket.destroy();
      await close();
    },
  };
}

/** A port of loopback on which nothing listens, below those that the system gives out by itself. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => resolve(true));
    });
    if (!free) continue;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    return port;
  }
}

/** Settles when a socket is closed, by whichever side. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  if (socket.readableEnded) {
    socket.destroy();
    return;
  }
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => socket.destroy());
  });
}

/** Accepts the event that tells how a transfer of a path ended. */
export function finished(path: string) {
  return (event: ServerEvent): event is EventOf<'transfer-finished'> =>
    event.event === 'transfer-finished' && event.path === path;
}
