import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import type { DataChannel } from '../data/data-channel.ts';
import { DataPorts, noWayError, type DataPort, type PortWishes } from '../data/data-ports.ts';
import { openChannel } from '../data/open-channel.ts';
import { ZlibChannel } from '../data/zlib-channel.ts';
import { replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { Calling, type Call, type WayToTry } from './calling.ts';
import { Lane } from './lane.ts';
import { settleStopped, Transfer } from './transfer.ts';
import {
  classify,
  connectedOrFailed,
  isTimeout,
  isWorthAnother,
  refusedPort,
  WayFailure,
} from './way-failure.ts';

/** What is to pass over a data connection. */
export interface TransferRequest {
  readonly verb: string;
  readonly argument: string | null;
  readonly direction: 'download' | 'upload';
  /** First octet to move, for REST; 0 by default. */
  readonly restart?: number | undefined;
  /** Keep what the file holds behind the octets that are written from its start on (RANG). */
  readonly keepRest?: boolean | undefined;
  /** As in "read the file". */
  readonly action: string;
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Octets that will move; absent where nobody knows. */
  readonly expectedBytes?: number | undefined;
  /** What has to be done right before, when no other transfer is under way. */
  readonly prepare?: (() => Promise<void>) | undefined;
}

/** A transfer that follows another so soon is one of many, and the next port is worth asking for ahead. */
const streakMs = 2_000;

/**
 * A file of this size fits into the buffers of a connection both ways, so that it holds nobody up who comes behind it,
 * however slowly it is taken from there.
 */
const smallBytes = 64 * 1024;

/** Small files at once where the server calls for them: it has the next ones at hand while one is confirmed. */
const calledAtOnce = 3;

interface PortOfWay {
  readonly port: DataPort;
  readonly way: WayToTry;
}

interface Turn {
  /** Lets the next transfer begin. */
  readonly leave: () => void;
  /** Lets the next transfer ask for a port. */
  readonly next: () => void;
}

/**
 * Starts transfers, each over a data connection of its own: one at a time, or as many small ones as the server has
 * ports prepared for, whose commands then wait at the server for each other.
 */
export class Transfers {
  readonly #session: FtpSession;
  readonly #ports: DataPorts;
  readonly #lane: Lane;
  /** From asking for a port until the command that uses it is sent. */
  readonly #turns = new Lane();
  readonly #calling: Calling;
  #lastEndedAtMs = Number.NEGATIVE_INFINITY;
  /** Small files that have followed each other without a pause, while more waited. */
  #row = 0;
  /** Whether REST has been answered with 350 in this session. */
  #restProven = false;

  constructor(session: FtpSession) {
    this.#session = session;
    this.#ports = new DataPorts(session);
    this.#calling = new Calling(session, this.#ports);
    this.#lane = new Lane(session.portsAhead > 1 ? session.portsAhead : calledAtOnce);
  }

  /**
   * Waits for its turn, opens the data connection and gives the command. The transfer that it gives must be finished
   * or abandoned, or no other can begin.
   *
   * @throws WherryError what the server refuses, or why there is no data connection
   */
  async start(request: TransferRequest): Promise<Transfer> {
    const { expectedBytes = Number.POSITIVE_INFINITY, prepare } = request;
    const isSmall = expectedBytes <= smallBytes && prepare === undefined;
    const shares = (): boolean =>
      isSmall && (this.#session.portsAhead > 1 || this.#calling.shares(request.direction));
    const leaveLane = await this.#lane.enter(request.signal, shares);
    this.#row = isSmall && this.#lane.wanted ? this.#row + 1 : 0;
    const call = isSmall ? this.#calling.choose(request.direction, this.#row) : 'none';
    const leave = (): void => {
      this.#lastEndedAtMs = performance.now();
      leaveLane();
    };
    try {
      await prepare?.();
      return await this.#begin(request, call, leave);
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }

  /** Runs something alone on the connection, between transfers. */
  async alone<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.#lane.enter(signal);
    this.#ports.forgetSpares();
    try {
      return await run();
    } finally {
      this.#ports.noteOthers();
      leave();
    }
  }

  async #begin(request: TransferRequest, call: Call, leave: () => void): Promise<Transfer> {
    const { memory, conversation } = this.#session;
    if (call === 'trial') memory.calling = 'trying';
    let failure: WherryError | null = null;
    const ways = this.#calling.ways(call);
    let wishes: PortWishes = { together: call === 'ahead' };
    try {
      for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
        // Ports and the commands that use them pair up by their order.
        const next = await this.#turns.enter(request.signal);
        try {
          const port = await this.#open(way, wishes);
          if (port === null) {
            this.#calling.reject(way);
            continue;
          }
          try {
            return await this.#attempt({ port, way }, request, { leave, next });
          } catch (thrown) {
            if (!(thrown instanceof WayFailure)) throw thrown;
            conversation.status(thrown.message);
            failure = thrown;
            const fresh = isWorthAnother(port, thrown);
            if (fresh) ways.unshift(way);
            else this.#calling.reject(way);
            wishes = { fresh };
          }
        } finally {
          next();
        }
      }
    } finally {
      if (call === 'trial' && memory.calling === 'trying') this.#endTrial();
    }
    throw failure ?? noWayError(null);
  }

  /** Something else came in between; but a connection that was lost over it is not risked again. */
  #endTrial(): void {
    const { memory, link } = this.#session;
    memory.calling = link.failure === null ? 'untried' : 'fails';
  }

  /** @throws WherryError why the connection is lost, or why this machine cannot listen where it was told to */
  async #open({ way, calling }: WayToTry, wishes: PortWishes): Promise<DataPort | null> {
    try {
      return await this.#ports.open(way, wishes);
    } catch (thrown) {
      if (calling && this.#session.link.failure === null) return null;
      throw thrown;
    }
  }

  async #attempt(
    { port, way }: PortOfWay,
    request: TransferRequest,
    { leave, next }: Turn,
  ): Promise<Transfer> {
    const { link } = this.#session;
    const stop = new AbortController();
    // By hand: a signal made of others costs more than all the rest of a small file.
    const giveUp = (): void => stop.abort();
    const reasons = [link.lost, ...(request.signal === undefined ? [] : [request.signal])];
    for (const reason of reasons) reason.addEventListener('abort', giveUp, { once: true });
    if (reasons.some(({ aborted }) => aborted)) giveUp();
    const { signal } = stop;
    let connecting = port.kind === 'active' ? null : quietly(this.#ports.connect(port, signal));
    let command: PendingCommand | null = null;
    try {
      const together = link.depth !== 'none' && this.#ports.isProven(port.way);
      if (connecting !== null && !together) await connectedOrFailed(connecting);
      await this.#restart(request);
      command = this.#send(request, port);
      next();
      // In active mode the server connects only once it knows what for.
      connecting ??= quietly(this.#awaitCall({ port, way }, command, signal));
      const channel = await this.#channel(connecting, command, request, signal);
      this.#calling.prove(way);
      const { verb, action, path, direction, signal: stopped } = request;
      const described = { verb, action, path };
      const sent = command;
      const onDataEnd = (): void => this.#followData(sent, port, leave);
      return new Transfer(this.#session, {
        command,
        channel,
        direction,
        described,
        signal: stopped,
        onDataEnd,
        leave,
      });
    } catch (thrown) {
      stop.abort();
      void connecting?.then(
        (socket) => socket.destroy(),
        () => undefined,
      );
      if (port.kind === 'active') port.local.close();
      const isStuck = port.kind === 'active' && isTimeout(thrown) && command?.settled === false;
      if (isStuck && link.failure === null) await this.#session.leaveBehind();
      if (link.failure !== null) throw link.failure;
      const refusal = command === null || isStuck ? null : await this.#refusalOf(command, request);
      if (request.signal?.aborted === true) {
        throw new WherryError('aborted', `Cannot ${request.action}: it was stopped`, { ...pathOf(request) });
      }
      throw (await refusedPort(port)) ?? classify(refusal ?? thrown);
    } finally {
      for (const reason of reasons) reason.removeEventListener('abort', giveUp);
    }
  }

  /** @throws WherryError `not-supported` when an upload cannot go on where it stopped */
  async #restart({ restart = 0, direction, keepRest = false }: TransferRequest): Promise<void> {
    if (keepRest) {
      await this.#markRange();
      return;
    }
    if (restart === 0) return;
    const pending = this.#session.link.send('REST', String(restart));
    // Without it an upload would empty the file, and a download would give other octets than were asked for.
    if (this.#restProven && direction === 'download') return;
    const reply = await pending.reply;
    if (reply.code !== 350) {
      const error = replyError(reply, { verb: 'REST', action: 'go on in the middle of a file' });
      throw new WherryError('not-supported', error.message, { reply: reply.code, retryable: false });
    }
    this.#restProven = true;
  }

  /** STOR from the start empties the file first, unless a range says what to leave alone. */
  async #markRange(): Promise<void> {
    const { link, profile } = this.#session;
    const reply = profile.features.has('RANG')
      ? await link.command('RANG', `0 ${Number.MAX_SAFE_INTEGER}`)
      : null;
    if (reply?.code === 350) return;
    throw new WherryError(
      'not-supported',
      'This server cannot write the beginning of a file and keep the rest of it',
    );
  }

  #send({ verb, argument }: TransferRequest, { kind }: DataPort): PendingCommand {
    const { link } = this.#session;
    const command: PendingCommand = link.send(verb, argument, {
      transfer: true,
      // From now on it is the data that must keep moving.
      onPreliminary: () => command.limit(null),
    });
    if (kind === 'passive' && link.depth === 'transfers' && this.#expectsAnother()) this.#ports.askAhead();
    return command;
  }

  #expectsAnother(): boolean {
    return this.#lane.wanted || performance.now() - this.#lastEndedAtMs < streakMs;
  }

  /** What may go out with the end of the data, to a server that reads nothing in between. */
  #followData(command: PendingCommand, { kind }: DataPort, leave: () => void): void {
    const { link, profile } = this.#session;
    if (link.depth !== 'commands' || !profile.waitsAfterData || command.settled) return;
    command.dataEnded = true;
    if (kind === 'active') leave();
    else if (this.#expectsAnother()) this.#ports.askAhead();
  }

  /** The server's call. Until the command is its next one, it has any time. */
  async #awaitCall(
    { port, way }: PortOfWay,
    command: PendingCommand,
    signal: AbortSignal,
  ): Promise<TcpSocket | Duplex> {
    await this.#session.link.untilFirst(command);
    return this.#ports.connect(port, signal, this.#calling.patienceMs(way));
  }

  /** The data connection, ready for use, unless the server refuses first. */
  async #channel(
    connecting: Promise<TcpSocket | Duplex>,
    command: PendingCommand,
    request: TransferRequest,
    signal: AbortSignal,
  ): Promise<DataChannel> {
    const refused = rejectOnRefusal(command, request);
    const { direction } = request;
    const opening = connectedOrFailed(connecting).then((connected) =>
      openChannel(this.#session, connected, { command, direction }, signal),
    );
    const plain = await Promise.race([opening, refused]);
    const channel = this.#session.compressed ? new ZlibChannel(plain, direction) : plain;
    if (direction === 'download') {
      command.limit(null);
      return channel;
    }
    // A server that takes commands ahead of its replies takes data ahead of them as well.
    if (this.#session.link.depth !== 'none') return channel;
    try {
      await Promise.race([command.firstReply, refused]);
    } catch (thrown) {
      channel.destroy();
      throw thrown;
    }
    return channel;
  }

  /** What the server says of a transfer that did not come about; it is then over on the control connection too. */
  async #refusalOf(command: PendingCommand, request: TransferRequest): Promise<WherryError | null> {
    try {
      await settleStopped(this.#session, command);
      const reply = await command.reply;
      const { verb, action, path } = request;
      return reply.code < 300 ? null : replyError(reply, { verb, action, path });
    } catch (thrown) {
      return thrown as WherryError;
    }
  }
}

/** The same, whose failure is somebody else's concern for now. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Never settles but with the refusal of a command, or with why its connection is lost. */
async function rejectOnRefusal(
  command: PendingCommand,
  { verb, action, path }: TransferRequest,
): Promise<never> {
  const reply = await command.reply;
  if (reply.code >= 300) throw replyError(reply, { verb, action, path });
  return new Promise<never>(() => undefined);
}

function pathOf({ path }: TransferRequest): { readonly path?: string } {
  return path === undefined ? {} : { path };
}
