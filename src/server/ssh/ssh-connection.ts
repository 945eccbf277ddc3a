import type { Duplex } from 'node:stream';
import type { Account } from '#core/account.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { PendingLogin } from '#engine/login-defence.ts';
import { Session, type Endpoint } from '#engine/session.ts';
import type { TcpSocket } from '#native/index.ts';
import { serveSshConnection, type SshServerConnection } from '#protocols/ssh/server/server-connection.ts';
import type {
  SessionProgram,
  SessionRequest,
  SshServerEvent,
  TunnelTarget,
} from '#protocols/ssh/server/server-options.ts';
import { sharedReadMemory } from '#protocols/ssh/transport/shared-reads.ts';
import { disconnectReason } from '#protocols/ssh/wire/messages.ts';
import { SshDisconnect } from '#protocols/ssh/wire/ssh-error.ts';
import { Activity } from './activity.ts';
import { watchIdle } from './idle-watch.ts';
import { SshLogin } from './login.ts';
import { programFor } from './programs.ts';
import type { SshSettings } from './settings.ts';
import type { TunnelOrigin } from './tunnels.ts';

/** An SSH connection that was let in. */
export interface SshArrival {
  /** The true ends. */
  readonly endpoint: Endpoint;
  readonly boundAddress: string;
  readonly proxied: boolean;
  readonly attempts: PendingLogin;
}

/** One SSH client: its session in the registry, what it logs, and the one way it ends. */
export class SshConnection {
  readonly session: Session;
  /** Settles when the connection is over and everything it ran has let go; never rejects. */
  readonly finished: Promise<void>;
  readonly #settings: SshSettings;
  readonly #arrival: SshArrival;
  readonly #origin: TunnelOrigin;
  readonly #socket: Duplex;
  readonly #activity: Activity;
  readonly #connection: SshServerConnection<Account>;
  readonly #programs = new Set<Promise<number>>();
  #software = '';
  #ending: string | null = null;
  #draining: string | null = null;

  constructor(socket: TcpSocket, arrival: SshArrival, settings: SshSettings) {
    this.#settings = settings;
    this.#arrival = arrival;
    this.#origin = { ...arrival, ftpSessions: new Set() };
    this.#socket = socket.toNodeSocket(sharedReadMemory);
    this.#activity = new Activity(settings.events, () => {
      this.#endIfIdle();
    });
    this.session = new Session({
      protocol: 'sftp',
      endpoint: arrival.endpoint,
      events: this.#activity,
      end: (reason) => {
        this.kick(reason);
      },
    });
    settings.sessions.add(this.session);
    this.#connection = this.#serve();
    // It was handed over paused, and stays so until somebody says otherwise.
    this.#socket.resume();
    this.finished = this.#finish();
    const { idleMs } = settings.timeouts;
    const stopWatching = watchIdle(
      () => this.session.account?.limits?.idleTimeoutMs ?? idleMs,
      () => this.#connection.idleMs,
      () => {
        this.kick('The session was idle for too long');
      },
    );
    void this.finished.then(stopWatching);
  }

  /** Ends the connection, and whatever runs on it. */
  kick(reason: string): void {
    this.#end(new SshDisconnect(disconnectReason.byApplication, reason, 'closed'));
  }

  /** Ends the connection once nothing runs on it. */
  drain(reason: string): void {
    this.#draining = reason;
    if (!this.#activity.busy) this.kick(reason);
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #serve(): SshServerConnection<Account> {
    const { accounts, timeouts, hostKeys, algorithms, tunnels } = this.#settings;
    const login = new SshLogin({
      accounts,
      session: this.session,
      attempts: this.#arrival.attempts,
      failedLoginMs: timeouts.failedLoginMs,
      onTurnedAway: ({ reason }) => {
        this.#end(new SshDisconnect(disconnectReason.tooManyConnections, reason, 'too-many'));
      },
      onTooMany: () => {
        this.#end(
          new SshDisconnect(
            disconnectReason.noMoreAuthenticationMethods,
            'Too many failed logins',
            'login-refused',
          ),
        );
      },
    });
    return serveSshConnection<Account>(this.#socket, {
      hostKeys: hostKeys.keys,
      authenticator: login,
      algorithms,
      limits: { authenticationTimeoutMs: timeouts.loginMs },
      openSession: (request, account) => this.#openSession(request, account),
      ...(tunnels === null
        ? {}
        : {
            openTunnel: (target: TunnelTarget, account: Account, signal: AbortSignal) =>
              this.#openTunnel(target, account, signal),
          }),
      onEvent: (event) => {
        this.#onEvent(event);
      },
    });
  }

  #openSession(request: SessionRequest, account: Account): SessionProgram | null {
    const program = this.#draining === null ? programFor(request, this.session, account) : null;
    if (program === null) {
      const asked = request.kind === 'subsystem' ? `subsystem ${request.name}` : request.command;
      this.#tellDenied('run', asked.slice(0, longestTold), 'only SFTP and SCP are served');
      return null;
    }
    return (channel) => this.#run(program, channel, request.kind === 'exec');
  }

  /** @param counts whether a shutdown waits for the program's end: SCP ends by itself, SFTP when the client likes */
  async #run(
    program: SessionProgram,
    channel: Parameters<SessionProgram>[0],
    counts: boolean,
  ): Promise<number> {
    const leave = counts ? this.#activity.enter() : null;
    const running = Promise.resolve(program(channel));
    this.#programs.add(running);
    try {
      return await running;
    } finally {
      this.#programs.delete(running);
      leave?.();
    }
  }

  /** @param account as it was at the login, whose key may forbid tunnels that the account is allowed */
  async #openTunnel(target: TunnelTarget, account: Account, signal: AbortSignal): Promise<Duplex> {
    const { tunnels } = this.#settings;
    const place = `${target.host.slice(0, longestTold)}:${target.port}`;
    if (account.tunnel === false || this.session.account?.tunnel === false) {
      this.#tellDenied('tunnel', place, 'the account or its key forbids tunnels');
      throw new WherryError('permission', 'No tunnels');
    }
    try {
      if (tunnels === null || this.#draining !== null) throw new WherryError('permission', 'No tunnels');
      const leave = this.#activity.enter();
      try {
        const { stream, control } = await tunnels.open(target, this.#origin, signal);
        stream.once('close', leave);
        // The client may keep its end of the tunnel open as long as it likes; that holds nothing up.
        if (control) stream.once('end', leave);
        return stream;
      } catch (thrown) {
        leave();
        throw thrown;
      }
    } catch (thrown) {
      if (!(thrown instanceof WherryError) || thrown.code !== 'permission') throw thrown;
      this.#tellDenied('tunnel', place, "tunnels lead to this server's own FTP only");
      throw thrown;
    }
  }

  #tellDenied(action: string, what: string, rule: string): void {
    const { events } = this.session;
    if (!events.wants('denied')) return;
    events.emit({ event: 'denied', ...this.session.facts(), action, path: printableName(what), rule });
  }

  #onEvent(event: SshServerEvent): void {
    if (event.event === 'identified') this.#software = event.software;
    if (event.event !== 'negotiated' || !event.initial) return;
    const { cipher, mac } = event.clientToServer;
    const algorithms = [event.keyExchange, event.hostKey, cipher, ...(mac === null ? [] : [mac])];
    this.session.security = `SSH ${algorithms.join(' ')}`;
    const { events } = this.session;
    if (!events.wants('negotiated')) return;
    const description = `${algorithms.join(', ')}; the client is ${printableName(this.#software)}`;
    events.emit({ event: 'negotiated', ...this.session.facts(), channel: 'control', description });
  }

  #endIfIdle(): void {
    const reason = this.#draining;
    if (reason === null) return;
    // The answer that the client waits for comes behind the news that the transfer is over.
    setImmediate(() => {
      if (!this.#activity.busy) this.kick(reason);
    });
  }

  #end(error: SshDisconnect): void {
    this.#ending ??= error.message;
    this.#connection.close(error);
  }

  /** What the connection counts as, if nobody has logged in on it. */
  #offence(code: string | undefined): 'no-login' | 'scan' | 'protocol' {
    if (code === 'protocol') return 'protocol';
    return this.#software === '' ? 'scan' : 'no-login';
  }

  async #finish(): Promise<void> {
    const error = await this.#connection.closed;
    this.session.end();
    this.#arrival.attempts.end(this.#draining === null ? this.#offence(error?.code) : undefined);
    await Promise.allSettled(this.#programs);
    this.#settings.sessions.remove(
      this.session,
      this.#ending ?? error?.message ?? 'the client closed the connection',
    );
  }
}

/** Characters of a peer's text that the log repeats. */
const longestTold = 200;
