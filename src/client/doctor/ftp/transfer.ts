import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { ControlLink } from '#protocols/ftp/client/control/control-link.ts';
import type { PendingCommand } from '#protocols/ftp/client/control/pending-command.ts';
import type { DataWay } from '#protocols/ftp/client/host-memory.ts';
import {
  formatExtendedPort,
  formatHostPort,
  parseExtendedPassiveText,
  parsePassiveText,
} from '#protocols/ftp/wire/host-port.ts';
import { sameAddress } from '#protocols/ftp/wire/address.ts';
import { openSocket, systemErrorOf } from '../network-checks.ts';
import type { DataResult } from './data-result.ts';
import type { FtpPatient } from './ftp-patient.ts';
import { controlOf } from './session.ts';

/** What is to be moved over which way. */
export interface TransferOrder {
  readonly way: DataWay;
  readonly verb: 'LIST' | 'NLST' | 'STOR';
  readonly argument?: string;
  /** What is sent; otherwise the data connection is read. */
  readonly payload?: Buffer;
  /** Begin TLS on the data connection anew, as a client does that cannot resume a session. */
  readonly withoutResuming?: boolean;
}

/** Enough of a listing to show that it comes; the rest is read and let go. */
const keptBytes = 64 * 1024;

type Ending = Pick<DataResult, 'stage'> & Partial<DataResult>;

function result(ending: Ending): DataResult {
  return { reply: null, failure: null, announced: null, resumed: null, received: Buffer.alloc(0), ...ending };
}

/** A data connection being arranged: what was announced, and how it comes about. */
interface Arrangement {
  readonly announced: DataResult['announced'];
  /** Called before the command for passive ways, awaited behind it for active ones. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly isPassive: boolean;
  readonly release: () => void;
}

/** Moves something over one way and tells how far it came; never throws for what the other side does. */
export async function transfer(
  patient: FtpPatient,
  order: TransferOrder,
  signal: AbortSignal,
): Promise<DataResult> {
  const link = await controlOf(patient, signal);
  const arranged = await arrange(patient, link, order.way);
  if (!('connect' in arranged)) return arranged;
  try {
    return await move({ patient, link, order, arranged, signal });
  } finally {
    arranged.release();
  }
}

interface Move {
  readonly patient: FtpPatient;
  readonly link: ControlLink;
  readonly order: TransferOrder;
  readonly arranged: Arrangement;
  readonly signal: AbortSignal;
}

async function move({ patient, link, order, arranged, signal }: Move): Promise<DataResult> {
  const { announced } = arranged;
  const timed = AbortSignal.any([signal, AbortSignal.timeout(patient.times.dataConnectMs)]);
  const failed = (thrown: unknown): DataResult =>
    result({ stage: 'connect', announced, failure: systemErrorOf(thrown) });
  let socket: Duplex | null = null;
  if (arranged.isPassive) {
    try {
      socket = await arranged.connect(timed);
    } catch (thrown) {
      return failed(thrown);
    }
  }
  const command = link.send(order.verb, order.argument ?? null, { transfer: true });
  try {
    if (socket === null) {
      // A refusal may come instead of the connection; then nobody need wait for that.
      const refused = command.reply.then((reply) => ({ reply }));
      refused.catch(() => undefined);
      const first = await Promise.race([arranged.connect(timed).then((made) => ({ made })), refused]);
      if ('reply' in first) return result({ stage: 'begin', announced, reply: first.reply });
      socket = first.made;
    }
    const first = await command.firstReply;
    if (first.code >= 300) return result({ stage: 'begin', announced, reply: first });
    const channel = await secure(patient, socket, order.withoutResuming === true, signal);
    // Asked now: a connection that has ended does not tell any more.
    const resumed = 'isSessionReused' in channel ? (channel as TLSSocket).isSessionReused() : null;
    const moved = await exchange(channel, order.payload ?? null, patient.times.dataConnectMs);
    const reply = await command.reply;
    if (reply.code >= 300) return result({ stage: 'end', announced, reply, resumed });
    if (moved.failure !== null) return result({ stage: 'data', announced, failure: moved.failure, resumed });
    return result({ stage: 'done', announced, reply, resumed, received: moved.received });
  } catch (thrown) {
    socket?.destroy();
    if (socket === null) return failed(thrown);
    const reply = command.settled ? await command.reply.catch(() => null) : null;
    if (reply !== null && reply.code >= 300) return result({ stage: 'end', announced, reply });
    return result({ stage: patient.protectData ? 'tls' : 'data', announced, failure: wordsOf(thrown) });
  } finally {
    socket?.destroy();
    await settle(link, command);
  }
}

function wordsOf(thrown: unknown): string {
  const error = toWherryError(thrown, 'move data');
  return error.code === 'timeout' ? 'timeout' : error.message;
}

/** Leaves the control connection ready for the next command, or lost for good. */
async function settle(link: ControlLink, command: PendingCommand): Promise<void> {
  if (command.settled || link.failure !== null) return;
  command.limit(abortMs);
  try {
    const abort = link.send('ABOR', null, { urgent: true, timeoutMs: abortMs });
    await Promise.all([command.reply, abort.reply]);
  } catch {
    // Lost: the next check opens another one.
  }
}

/** What a server that is not stuck needs to answer ABOR. */
const abortMs = 1500;

async function arrange(
  patient: FtpPatient,
  link: ControlLink,
  way: DataWay,
): Promise<Arrangement | DataResult> {
  return way === 'EPSV' || way === 'PASV' ? askPassive(patient, link, way) : listen(patient, link, way);
}

async function askPassive(
  { dialer, remoteAddress, host }: FtpPatient,
  link: ControlLink,
  way: 'EPSV' | 'PASV',
): Promise<Arrangement | DataResult> {
  const reply = await link.command(way);
  if (reply.code >= 300) return result({ stage: 'arrange', reply });
  const text = reply.lines.join(' ');
  let announced: { address: string | null; port: number };
  try {
    announced =
      way === 'EPSV'
        ? { address: null, port: parseExtendedPassiveText(text) }
        : { ...parsePassiveText(text) };
  } catch {
    return result({ stage: 'arrange', reply, failure: 'unreadable' });
  }
  // Always the server of the control connection, as with every other command: a reply may lead anywhere.
  const target = { host: remoteAddress ?? host, port: announced.port };
  return {
    announced,
    isPassive: true,
    release: () => undefined,
    connect: (signal) => (dialer === null ? openSocket(target, signal) : dialer.dial(target, { signal })),
  };
}

async function listen(
  { localAddress, remoteAddress }: FtpPatient,
  link: ControlLink,
  way: DataWay,
): Promise<Arrangement | DataResult> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, localAddress ?? undefined);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const announced = { address: localAddress ?? '', port };
  const release = (): void => {
    server.close();
  };
  try {
    const target = { address: announced.address, port };
    const reply = await link.command(
      way,
      way === 'PORT' ? formatHostPort(target) : formatExtendedPort(target),
    );
    if (reply.code < 300)
      return { announced, isPassive: false, release, connect: accepting(server, remoteAddress) };
    release();
    return result({ stage: 'arrange', reply, announced });
  } catch (thrown) {
    release();
    throw thrown;
  }
}

/** The server's connection at a port, kept also when it comes before anybody waits for it; strangers are turned away. */
function accepting(server: Server, remoteAddress: string | null): (signal: AbortSignal) => Promise<Socket> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    if (remoteAddress === null || sameAddress(socket.remoteAddress ?? '', remoteAddress)) resolve(socket);
    else socket.destroy();
  });
  return (signal) =>
    new Promise((made, reject) => {
      void promise.then(made);
      signal.addEventListener('abort', () => {
        reject(new WherryError('timeout', 'The server opened no data connection'));
      });
    });
}

async function secure(
  { protectData, tls, times, host }: FtpPatient,
  socket: Duplex,
  withoutResuming: boolean,
  signal: AbortSignal,
): Promise<Duplex> {
  if (!protectData || tls === null) return socket;
  if (!withoutResuming) return tls.secureData(socket, { timeoutMs: times.replyMs, signal });
  // Nothing is sent or believed here; only whether the server goes along is of interest.
  const fresh = connectTls({ socket, host, rejectUnauthorized: false });
  fresh.on('error', () => undefined);
  await once(fresh, 'secureConnect', { signal });
  return fresh;
}

/** Sends a payload, or reads to the end; what goes wrong is told and not thrown. */
async function exchange(
  channel: Duplex,
  payload: Buffer | null,
  silenceMs: number,
): Promise<{ readonly received: Buffer; readonly failure: string | null }> {
  const pieces: Buffer[] = [];
  let kept = 0;
  const timer = setTimeout(() => {
    channel.destroy(new WherryError('timeout', 'No data moved'));
  }, silenceMs);
  try {
    if (payload !== null) channel.end(payload);
    for await (const piece of channel as AsyncIterable<Buffer>) {
      timer.refresh();
      if (kept < keptBytes) pieces.push(piece);
      kept += piece.length;
    }
    if (payload === null) channel.end();
    return { received: Buffer.concat(pieces), failure: null };
  } catch (thrown) {
    return { received: Buffer.concat(pieces), failure: wordsOf(thrown) };
  } finally {
    clearTimeout(timer);
  }
}
