import { setTimeout as delay } from 'node:timers/promises';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { ListenerFacts } from '#engine/events.ts';
import type { AdmissionRefusal } from '#engine/login-defence.ts';
import type { Endpoint, Session } from '#engine/session.ts';
import { adoptTcpListener, TcpListener, type TcpSocket } from '#native/index.ts';
import { encodeReply, reply } from '../wire/reply.ts';
import { commands, commandsByVerb } from './commands/table.ts';
import { FtpConnection, type FtpServerContext } from './connection.ts';
import { PassivePorts, type PassivePort } from './data/passive-ports.ts';
import type { FtpServerOptions } from './options.ts';

/** One address to listen on; `ftps` begins with TLS (port 990). */
export interface FtpListenOptions {
  readonly protocol: 'ftp' | 'ftps';
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** In place of host and port: a descriptor that listens already. */
  readonly descriptor?: number | undefined;
}

/** A control connection and what is known of it before its first octet. */
export interface FtpArrival {
  readonly protocol: 'ftp' | 'ftps';
  /** The true ends. */
  readonly endpoint: Endpoint;
  /** The address of this machine that passive ports are to be opened at. */
  readonly boundAddress: string;
  /** Whether a trusted proxy made the connection, and so makes the data connections. */
  readonly proxied: boolean;
  /** Whether it came through an SSH connection to this server. */
  readonly tunnelled?: boolean;
}

/** Connections that wait in the kernel while this process is busy: a burst of logins, not a backlog to live with. */
const listenQueue = 1024;
/** For a peer that is not let in to read why. */
const refusalMs = 1000;
/** Before accepting is tried again after it failed. */
const acceptRetryMs = 100;
/** Time-outs are looked at this often; they are minutes, and nobody counts on the second. */
const longestCheckMs = 1000;

/** FTP and FTPS on any number of addresses, over one set of accounts. */
export class FtpServer {
  readonly #context: FtpServerContext;
  readonly #servers = new Set<TcpListener>();
  readonly #connections = new Set<FtpConnection>();
  readonly #listeners: ListenerFacts[] = [];
  #timer: NodeJS.Timeout | null = null;
  #draining: string | null = null;
  #emptied: (() => void) | null = null;

  constructor(options: FtpServerOptions) {
    const { firstPort, lastPort } = options.passive;
    this.#context = {
      options,
      commands: { rows: commands, byVerb: commandsByVerb },
      passivePorts: new PassivePorts({ first: firstPort, last: lastPort }, options.timeouts.abandonedPortMs),
      onClose: (connection) => {
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#emptied?.();
      },
    };
  }

  /** What is listened on now. */
  get listeners(): readonly ListenerFacts[] {
    return this.#listeners;
  }

  /** Passive ports that no session holds. */
  get freePassivePorts(): number {
    return this.#context.passivePorts.free;
  }

  /** Listens on one more address. @throws WherryError when the system refuses it */
  async listen({ protocol, host, port, descriptor }: FtpListenOptions): Promise<ListenerFacts> {
    let listener: TcpListener;
    try {
      listener =
        descriptor === undefined
          ? await TcpListener.bind({ host, port, backlog: listenQueue })
          : await adoptTcpListener(descriptor, listenQueue);
      await listener.listen();
    } catch (thrown) {
      throw toWherryError(thrown, `listen on ${host} port ${port}`);
    }
    this.#servers.add(listener);
    const facts: ListenerFacts = { protocol, host, port: listener.port };
    this.#listeners.push(facts);
    this.#watchTimeouts();
    void this.#acceptAll(listener, protocol);
    return facts;
  }

  /**
   * Serves a control connection that came another way than through a listener, under the same rules.
   *
   * @returns its session, or null when it is not let in
   */
  adopt(socket: TcpSocket, arrival: FtpArrival): Session | null {
    return this.#open(socket, arrival);
  }

  /**
   * The passive port of this number that one of these sessions was told, so that a data connection that came another
   * way can be offered to it; null when there is none.
   */
  passivePort(sessions: ReadonlySet<Session>, port: number): PassivePort | null {
    for (const { data, session } of this.#connections) {
      const lease = sessions.has(session) ? data.passivePort(port) : null;
      if (lease !== null) return lease;
    }
    return null;
  }

  /**
   * Stops listening at once, lets running transfers finish within the grace, and tells every client 421.
   *
   * @param graceMs longest time for running transfers, in milliseconds
   */
  async close(graceMs: number, reason = 'The server is shutting down'): Promise<void> {
    this.#draining = reason;
    for (const listener of this.#servers) listener.close();
    this.#servers.clear();
    for (const connection of this.#connections) connection.drain(reason);
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const connection of this.#connections) connection.kick(reason);
    for (const connection of this.#connections) connection.destroy(reason);
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#context.passivePorts.close();
  }

  /** Takes connections until the listener is closed. */
  async #acceptAll(listener: TcpListener, protocol: 'ftp' | 'ftps'): Promise<void> {
    while (this.#servers.has(listener)) {
      try {
        void this.#accept(await listener.accept(), protocol);
      } catch (thrown) {
        if (!this.#servers.has(listener)) return;
        const { message } = toWherryError(thrown, 'accept a connection');
        this.#context.options.events.emit({ event: 'warning', message });
        // For want of descriptors, as a rule: some are given back soon, and trying at once would only spin.
        await delay(acceptRetryMs);
      }
    }
  }

  async #accept(socket: TcpSocket, protocol: 'ftp' | 'ftps'): Promise<void> {
    const { options } = this.#context;
    const direct: Endpoint = socket;
    const { localAddress: boundAddress } = direct;
    if (options.proxy === null || !options.proxy.trusts(direct.remoteAddress)) {
      this.#open(socket, { protocol, endpoint: direct, boundAddress, proxied: false });
      return;
    }
    try {
      const told = await options.proxy.unwrap(socket, options.timeouts.loginMs);
      this.#open(socket, { protocol, endpoint: told ?? direct, boundAddress, proxied: told !== null });
    } catch (thrown) {
      socket.destroy();
      const reason = thrown instanceof WherryError ? thrown.message : 'the PROXY header could not be read';
      options.events.emit({
        event: 'session-refused',
        protocol,
        remoteAddress: direct.remoteAddress,
        reason,
      });
    }
  }

  #open(socket: TcpSocket, start: FtpArrival): Session | null {
    const { options } = this.#context;
    const { remoteAddress } = start.endpoint;
    const admission = options.defence.admit(remoteAddress);
    const refusal =
      this.#draining ??
      options.sessions.refusal(remoteAddress) ??
      (admission.admitted ? null : refusals[admission.reason]);
    if (!admission.admitted || refusal !== null) {
      if (admission.admitted) admission.login.end();
      options.events.emit({
        event: 'session-refused',
        protocol: start.protocol,
        remoteAddress,
        reason: refusal ?? '',
      });
      void refuse(socket, start.protocol === 'ftp' ? encodeReply(reply(421, refusal ?? '')) : '');
      return null;
    }
    const connection = new FtpConnection({
      context: this.#context,
      socket,
      endpoint: start.endpoint,
      implicitTls: start.protocol === 'ftps',
      boundAddress: start.boundAddress,
      proxied: start.proxied,
      tunnelled: start.tunnelled ?? false,
      attempts: admission.login,
    });
    this.#connections.add(connection);
    void connection.start();
    return connection.session;
  }

  #watchTimeouts(): void {
    if (this.#timer !== null) return;
    const { timeouts } = this.#context.options;
    const intervalMs = Math.min(longestCheckMs, timeouts.idleMs / 4, timeouts.loginMs / 4);
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const connection of this.#connections) connection.checkTimeouts(now);
    }, intervalMs);
    this.#timer.unref();
  }
}

/** What a client is told when the defence does not let it in. */
const refusals: Readonly<Record<AdmissionRefusal, string>> = {
  penalty: 'Too many failed logins from your network, try again in a minute',
  'half-open-network': 'Too many unfinished logins from your network',
  'half-open-early-drop': 'Too many unfinished logins, try again later',
  'half-open-full': 'Too many unfinished logins, try again later',
};

/** Says why, and closes without a reset that could overtake the words. */
async function refuse(socket: TcpSocket, words: string): Promise<void> {
  const timeUp = AbortSignal.timeout(refusalMs);
  try {
    await socket.write(Buffer.from(words, 'latin1'));
    await socket.end();
    await socket.waitForPeerClose(timeUp);
  } catch {
    // The peer did not wait for the words.
  } finally {
    socket.destroy();
  }
}
