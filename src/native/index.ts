/**
 * What Node lacks or does slowly on Linux: opening beneath a root, reading what is cached, scanning directories,
 * sockets whose octets go between kernel and file directly, and files written as memory. By the addon where it was built,
 * else by Node's own means with the same behaviour. `WHERRY_NATIVE=off` in the environment leaves the addon alone.
 */
import type { NativeRoom, TcpListener as Listener } from './contract.ts';
import { linuxRoom } from './linux/room.ts';
import { portableRoom } from './portable/room.ts';
import { PortableTcpListener } from './portable/tcp-listener.ts';

const room: NativeRoom = linuxRoom ?? portableRoom;

/** Whether the addon is in use. */
export const nativeAvailable: boolean = linuxRoom !== undefined;

export const { openBeneath, readCached, directoryNames, scanDirectory, mapFile, connectTcp } = room;
export const TcpListener: NativeRoom['TcpListener'] = room.TcpListener;
/** Takes over a descriptor that listens already. @throws the system's errors, as `ENOTSOCK` */
export async function adoptTcpListener(descriptor: number, backlog: number): Promise<Listener> {
  return PortableTcpListener.adopt(descriptor, backlog);
}
export type TcpListener = Listener;
export type {
  BindOptions,
  ConnectOptions,
  MappedFile,
  ScanOptions,
  TcpSocket,
  ZeroCopy,
} from './contract.ts';
export type { Awaitable } from './awaitable.ts';
export { DirectoryBatch, nameKinds } from './directory-batch.ts';
export type { DirectoryColumns } from './directory-batch.ts';
