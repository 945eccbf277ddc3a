import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Awaitable } from '../awaitable.ts';

/** A scan that the addon has under way. */
export interface ScanHandle {
  readonly scan: never;
}

/** A file that the addon has mapped. */
export interface MapHandle {
  readonly map: never;
}

/**
 * The functions of the addon. Numbers below zero are negated errnos; `-EAGAIN` says that the call would have had
 * to wait. Addresses are 20 octets: 4 or 6, 0, the port, the address.
 */
export interface Binding {
  readonly revision: number;

  canOpenBeneath(): boolean;
  openCached(rootFd: number, path: string | Uint8Array, flags: number, mode: number): number;
  openInPool(rootFd: number, path: string | Uint8Array, flags: number, mode: number): Awaitable<number>;
  readCached(fileDescriptor: number, target: Uint8Array, position: number): number;

  /** 1 or 0. */
  nameIsFree(directoryFd: number, name: string | Uint8Array): number;
  nameCreate(directoryFd: number, name: string | Uint8Array, mode: number): number;
  nameReplace(directoryFd: number, from: string | Uint8Array, to: string | Uint8Array): number;

  scanOpen(directoryFd: number): ScanHandle | number;
  /** The columns of a batch as `scan.c` lays them out, undefined at the end. */
  scanNext(scan: ScanHandle, maximumEntries: number): Awaitable<ArrayBuffer | number | undefined>;
  scanClose(scan: ScanHandle): void;

  /**
   * `ready` takes pairs of descriptor and events before `onReady` is called with their count. `onUnsent` gets the rest of
   * what was queued for a descriptor and not taken, and the octets taken or a negative errno.
   */
  reactorStart(
    ready: Int32Array,
    onReady: (count: number) => void,
    onUnsent: (fd: number, result: number, rest: Buffer) => void,
  ): number;
  reactorHold(held: boolean): void;
  reactorArm(fd: number, events: number): number;

  tcpBind(host: string, port: number, ipv6Only: boolean, address: Uint8Array): number;
  tcpListen(fd: number, backlog: number): number;
  /** `addresses` takes the peer's address and, where there is room, the own; `likely` spares a look whether anybody waits. */
  tcpAccept(fd: number, addresses: Uint8Array, likely: boolean): number;
  tcpConnect(host: string, port: number, localHost?: string, localPort?: number): number;
  tcpConnected(fd: number, addresses: Uint8Array): number;
  formatIpv6(address: Uint8Array): string | undefined;
  tcpReceive(fd: number, target: Uint8Array): number;
  tcpSend(fd: number, source: Uint8Array, offset: number): number;
  /**
   * One octet a character; takes less than all where the text is long. While `onReady` runs, it is queued, to go out with
   * the others of the turn. `-EINPROGRESS` from here, `tcpSend` and `tcpShutdown`: what was queued before for this socket
   * has been sent now, and nothing else done.
   */
  tcpSendLatin1(fd: number, text: string): number;
  tcpShutdown(fd: number, how: number): number;
  tcpClose(fd: number, reset: boolean): number;
  tcpRelease(fd: number): void;

  /** `-ENODATA` when the page cache does not hold the place. */
  sendCached(socket: number, fileDescriptor: number, position: number, length: number, last: boolean): number;
  sendTurn(
    socket: number,
    fileDescriptor: number,
    position: number,
    length: number,
    copied: boolean,
  ): Awaitable<number>;
  /** 1 when there is something to receive, 0 at the end. */
  tcpPeek(socket: number): number;
  /** Failures of the file are lower by {@link fileErrorOffset}. */
  receiveTurn(socket: number, fileDescriptor: number, position: number, length: number): Awaitable<number>;

  mapOpen(fileDescriptor: number, octets: number): MapHandle | number;
  /** Octets used so far, or `-ENOSPC` without having changed anything. */
  mapAppend(map: MapHandle, line: string): number;
  mapClose(map: MapHandle): number;
}

/** What `transfer.c` adds to an errno that came from the file and not from the socket. */
export const fileErrorOffset = 10_000;

/** The revision of the addon that this code was written for (`INTERFACE_REVISION` in `addon.h`). */
const revision = 9;

/** The addon, or undefined when it was not built, is of another revision, does not load, or is turned off. */
export function loadBinding(): Binding | undefined {
  if (process.platform !== 'linux' || process.env['WHERRY_NATIVE'] === 'off') return undefined;
  try {
    const path = fileURLToPath(new URL('../../../build/wherry.node', import.meta.url));
    const binding = createRequire(import.meta.url)(path) as Binding;
    return binding.revision === revision ? binding : undefined;
  } catch {
    return undefined;
  }
}
