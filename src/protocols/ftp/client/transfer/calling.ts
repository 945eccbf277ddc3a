import { classifyAddress, parseAddress } from '../../wire/address.ts';
import type { DataPorts } from '../data/data-ports.ts';
import type { DataWay } from '../host-memory.ts';
import type { FtpSession } from '../session.ts';

/** Where the system's firewall asks the user about every program that listens, only who wants active mode gets it. */
const askingPlatforms: ReadonlySet<string> = new Set(['darwin', 'win32']);
/** A way shorter than this is not worth finding out whether the server can call. */
const callingFromMs = askingPlatforms.has(process.platform) ? Number.POSITIVE_INFINITY : 20;
/** Small files in a row, on one connection, that are taken for a sign of many more. */
const manyFiles = 4;
/** What a server that can call needs from the command to its call: a lost SYN, sent again after a second, fits. */
const roundTripsToCall = 4;
const repetitionMs = 1_000;

/**
 * Whether the server is to call for a small file. `ahead`: it is, and is told so together with the command, behind what
 * it still has to do; `trial`: it is not known whether it can, and this file shows.
 */
export type Call = 'none' | 'trial' | 'ahead';

/** A way to try, and whether it is tried because of {@link Calling}, which then hears what came of it. */
export interface WayToTry {
  readonly way: DataWay;
  readonly calling: boolean;
}

/**
 * Decides when the server calls. Called by the client, it has to tell a port first, and an EPSV replaces the port of
 * the last one: three round trips a file. Where it calls, port and command of several files wait for it together, and
 * a file takes two. So it is asked to on a long way, for many small files, where no NAT can be in between as far as
 * the two addresses show; a firewall may still be, which one connection finds out for all.
 */
export class Calling {
  readonly #session: FtpSession;
  readonly #ports: DataPorts;

  constructor(session: FtpSession, ports: DataPorts) {
    this.#session = session;
    this.#ports = ports;
  }

  /**
   * @param row small files that have followed each other without a pause, while more wait
   */
  choose(direction: 'download' | 'upload', row: number): Call {
    const { options, memory, link, profile } = this.#session;
    if (link.depth === 'none') return 'none';
    if (options.dataMode === 'active') return this.#ports.isProven(this.#ports.activeWay) ? 'ahead' : 'none';
    // An upload takes three round trips either way.
    if (direction === 'upload' || memory.calling === 'trying' || memory.calling === 'fails') return 'none';
    if (link.depth === 'commands' && !profile.waitsAfterData) return 'none';
    if (!this.#isWorthwhile() || !this.#isDirect()) return 'none';
    if (memory.calling === 'works') return 'ahead';
    return row >= manyFiles ? 'trial' : 'none';
  }

  /** Whether several small files may be on their way at once. */
  shares(direction: 'download' | 'upload'): boolean {
    return this.#session.link.depth === 'transfers' && this.choose(direction, 0) === 'ahead';
  }

  /** The ways for a file, the most promising first. */
  ways(call: Call): WayToTry[] {
    const ordinary = this.#ports.ways().map((way) => ({ way, calling: false }));
    if (call === 'none' || this.#session.options.dataMode === 'active') return ordinary;
    return [{ way: this.#ports.activeWay, calling: true }, ...ordinary];
  }

  /** How long the server has for its call, from when it has got to the command. */
  patienceMs({ calling }: WayToTry): number {
    const { link, times } = this.#session;
    if (!calling) return times.dataConnectMs;
    return Math.min(times.dataConnectMs, roundTripsToCall * link.roundTripMs + repetitionMs);
  }

  prove({ way, calling }: WayToTry): void {
    if (calling) this.#session.memory.calling = 'works';
    else this.#ports.prove(way);
  }

  reject({ way, calling }: WayToTry): void {
    if (calling) this.#session.memory.calling = 'fails';
    else this.#ports.reject(way);
  }

  #isWorthwhile(): boolean {
    const { options, link, portsAhead, protectData } = this.#session;
    const { dataMode = 'auto', dialer } = options;
    if (dataMode !== 'auto' || dialer !== undefined || portsAhead > 1) return false;
    // In TLS the client speaks first, as in an upload; what is left to save is the wait for a port asked for late.
    if (protectData && link.depth === 'transfers') return false;
    const { roundTripMs } = link;
    return Number.isFinite(roundTripMs) && roundTripMs >= (options.callingFromMs ?? callingFromMs);
  }

  /** Addresses of different kinds, one of them private, show that somebody translates in between. */
  #isDirect(): boolean {
    const { localAddress, remoteAddress } = this.#session;
    const [local, remote] = [localAddress, remoteAddress].map((text) => parseAddress(text ?? ''));
    if (local === null || remote === null || local === undefined || remote === undefined) return false;
    return classifyAddress(local) === classifyAddress(remote);
  }
}
