import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { connectTcp, type TcpSocket } from '#native/index.ts';
import { classifyAddress, parseAddress, sameAddress } from '../../wire/address.ts';
import { parseExtendedPassiveText, parsePassiveText } from '../../wire/host-port.ts';
import type { Reply } from '../../wire/reply.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import type { DataWay } from '../host-memory.ts';
import { replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { ActivePort } from './active-port.ts';

/** A place where the next data connection can come about. It serves one transfer. */
export type DataPort =
  | {
      readonly way: DataWay;
      readonly kind: 'passive';
      readonly host: string;
      readonly port: number;
      readonly askedAhead: boolean;
    }
  | {
      readonly way: DataWay;
      readonly kind: 'active';
      readonly local: ActivePort;
      /** The command that tells the server, when its reply was not waited for. */
      readonly told: PendingCommand | null;
    };

/** How a port is to be had. */
export interface PortWishes {
  /** It must not be one that was asked for ahead. */
  readonly fresh?: boolean;
  /** The server is told of an active one together with the command that uses it. */
  readonly together?: boolean;
}

/** A port asked for ahead; servers give up waiting on theirs after some ten seconds. */
interface SparePort {
  readonly command: PendingCommand;
  readonly way: DataWay;
  readonly askedAtMs: number;
}

const maximumSpareAgeMs = 8_000;

/**
 * Arranges data connections: EPSV, PASV, then active, in the order that has worked with this server before. Passive
 * ones always go to the server of the control connection, whatever a reply says, unless told to trust it.
 */
export class DataPorts {
  readonly #session: FtpSession;
  /** In the order in which the server takes them; more than one only where it queues them. */
  #spares: SparePort[] = [];
  #othersAsked = false;

  constructor(session: FtpSession) {
    this.#session = session;
  }

  /** The way to have the server call. */
  get activeWay(): DataWay {
    return this.#isIpv6 ? 'EPRT' : 'PORT';
  }

  get #isIpv6(): boolean {
    const { remoteAddress } = this.#session;
    return remoteAddress !== null && isIP(remoteAddress) === 6;
  }

  /** The ways to try in this session, the most promising first. */
  ways(): readonly DataWay[] {
    const { options, memory } = this.#session;
    const passive: readonly DataWay[] = this.#isIpv6 ? ['EPSV'] : ['EPSV', 'PASV'];
    const active: readonly DataWay[] = this.#isIpv6 ? ['EPRT'] : ['PORT', 'EPRT'];
    const { dataMode = 'auto', dialer } = options;
    const all =
      dialer !== undefined || dataMode === 'passive'
        ? passive
        : dataMode === 'active'
          ? [...active, ...passive]
          : [...passive, ...active];
    const rank = (way: DataWay): number =>
      memory.failedWays.has(way) ? 2 : memory.provenWay === way && dataMode !== 'active' ? 0 : 1;
    return all.toSorted((left, right) => rank(left) - rank(right));
  }

  /** Whether a way has led to a data connection before, so that connecting need not be waited for. */
  isProven(way: DataWay): boolean {
    return this.#session.memory.provenWay === way;
  }

  /** Remembers that a way works. */
  prove(way: DataWay): void {
    const { memory } = this.#session;
    memory.provenWay = way;
    memory.failedWays.delete(way);
  }

  /** Remembers that a way does not work here. */
  reject(way: DataWay): void {
    const { memory } = this.#session;
    memory.failedWays.add(way);
    if (memory.provenWay === way) memory.provenWay = null;
  }

  /** Asks for the ports of the next transfers while this one runs: as many as the server prepares. */
  askAhead(): void {
    const { memory, link, portsAhead } = this.#session;
    const way = memory.provenWay;
    if ((way !== 'EPSV' && way !== 'PASV') || link.failure !== null) return;
    while (this.#spares.length < portsAhead) {
      this.#spares.push({ command: link.send(way), way, askedAtMs: performance.now() });
    }
  }

  /**
   * Forgets what was asked for ahead, because something else comes between. A server that queues ports is told, or the
   * transfers would take them one after the other all the same.
   */
  forgetSpares(): void {
    if (this.#spares.length === 0 && !this.#othersAsked) return;
    const { link, portsAhead } = this.#session;
    this.#spares = [];
    this.#othersAsked = false;
    if (portsAhead > 1 && link.failure === null) link.send('OPTS', 'EPSV-AHEAD ON');
  }

  /** Others have had the control connection, and may have asked for ports that nobody has used. */
  noteOthers(): void {
    this.#othersAsked = true;
  }

  /**
   * A port by one way, or null when the server refuses that way. The command that uses it must be sent before another
   * port is asked for.
   *
   * @throws WherryError why the connection is lost
   */
  async open(way: DataWay, { fresh = false, together = false }: PortWishes = {}): Promise<DataPort | null> {
    const [spare] = this.#spares;
    const isOld = (spare?.askedAtMs ?? 0) + maximumSpareAgeMs < performance.now();
    if (spare !== undefined && spare.way === way && !isOld && !fresh) {
      const port = this.#read(way, await spare.command.reply, true);
      if (port !== null) {
        this.#spares.shift();
        return port;
      }
    }
    this.forgetSpares();
    if (way === 'EPSV' || way === 'PASV') {
      return this.#read(way, await this.#session.link.command(way), false);
    }
    return this.#listen(way, together);
  }

  /**
   * The connection at a port: called, or in active mode waited for.
   *
   * @throws WherryError `connection-refused`, `timeout`, `aborted`
   */
  async connect(
    port: DataPort,
    signal: AbortSignal,
    timeoutMs = this.#session.times.dataConnectMs,
  ): Promise<TcpSocket | Duplex> {
    const either = new AbortController();
    const stop = (): void => either.abort();
    const timeout = { passed: false };
    const timer = setTimeout(() => {
      timeout.passed = true;
      stop();
    }, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      if (port.kind === 'active') return await port.local.accept(either.signal);
      const { dialer } = this.#session.options;
      if (dialer !== undefined)
        return await dialer.dial({ host: port.host, port: port.port }, { signal: either.signal });
      const { localAddress } = this.#session.options;
      return await connectTcp({ host: port.host, port: port.port, localAddress, signal: either.signal });
    } catch (thrown) {
      if (signal.aborted)
        throw new WherryError('aborted', 'The data connection was not needed any more', { cause: thrown });
      if (timeout.passed) throw new WherryError('timeout', timeoutText(port), { cause: thrown });
      const error = toWherryError(thrown, 'open a data connection');
      throw error.code === 'connection-refused'
        ? new WherryError(
            'connection-refused',
            'The data connection was refused: a firewall may stand between',
            { cause: thrown },
          )
        : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (port.kind === 'active') port.local.close();
    }
  }

  #read(way: DataWay, reply: Reply, askedAhead: boolean): DataPort | null {
    const { options, remoteAddress, conversation } = this.#session;
    if (reply.code >= 300) return null;
    const host = remoteAddress ?? options.host;
    const passive = { way, kind: 'passive', host, askedAhead } as const;
    try {
      if (way === 'EPSV') {
        return { ...passive, port: parseExtendedPassiveText(reply.lines.join(' ')) };
      }
      const announced = parsePassiveText(reply.lines.join(' '));
      if (sameAddress(announced.address, host)) return { ...passive, port: announced.port };
      if (options.trustPassiveAddress === true && isReachable(announced.address)) {
        return { ...passive, host: announced.address, port: announced.port };
      }
      conversation.status(
        `The server names ${announced.address} for data; its own address ${host} is used instead`,
      );
      return { ...passive, port: announced.port };
    } catch (thrown) {
      conversation.error((thrown as Error).message);
      return null;
    }
  }

  async #listen(way: DataWay, together: boolean): Promise<DataPort | null> {
    const local = await ActivePort.open(this.#session);
    if (local === null) return null;
    try {
      const told = this.#session.link.send(way, local.argumentFor(way));
      if (together) return { way, kind: 'active', local, told };
      const reply = await told.reply;
      if (reply.code < 300) return { way, kind: 'active', local, told: null };
    } catch (thrown) {
      local.close();
      throw thrown;
    }
    local.close();
    return null;
  }
}

/** Whether a foreign address is one that data can be fetched from at all. */
function isReachable(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === null) return false;
  const kind = classifyAddress(parsed);
  return kind !== 'unspecified' && kind !== 'multicast' && kind !== 'reserved';
}

function timeoutText(port: DataPort): string {
  return port.kind === 'passive'
    ? `No data connection to port ${port.port} came about in time: a firewall on the way may let only the control connection through`
    : 'The server opened no data connection in time: a firewall or NAT on this side may keep it out';
}

/** What a server says when it has no way at all to move data. */
export function noWayError(reply: Reply | null): WherryError {
  if (reply !== null) return replyError(reply, { verb: 'PASV', action: 'arrange a data connection' });
  return new WherryError('connection-refused', 'No way to open a data connection works with this server');
}
