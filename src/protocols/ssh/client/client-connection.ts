import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { algorithmSets } from '../algorithms.ts';
import { hostKeysRequest } from '../authentication/host-key-proof-data.ts';
import type { ChannelEvents, SshChannel } from '../channels/channel.ts';
import { keepAliveRequest, Mux } from '../channels/mux.ts';
import { defaultSshLimits, type SshLimits } from '../limits.ts';
import { KeepAlive } from '../transport/keep-alive.ts';
import { Timers } from '../transport/timers.ts';
import { Transport, type TransportHandler } from '../transport/transport.ts';
import { disconnectReason, message, openFailure } from '../wire/messages.ts';
import { protocolError, SshDisconnect } from '../wire/ssh-error.ts';
import { startMessage, WireWriter } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { ClientAuthentication } from './client-authentication.ts';
import type { SshClientEvent, SshClientOptions } from './client-options.ts';
import { HostKeyLearner } from './host-key-learner.ts';

const defaultSoftware = 'wherry';

/** A subsystem or command that was asked for. What is sent on its channel goes behind the request. */
export interface AskedSession {
  readonly channel: SshChannel;
  /** Settles with the server's answer. @throws WherryError `not-supported` when it is refused */
  readonly started: Promise<void>;
}

/** Where a tunnelled connection goes, and where it is said to come from. */
export interface TunnelAddress {
  readonly host: string;
  readonly port: number;
  readonly originHost?: string;
  readonly originPort?: number;
}

/** The client's side of one SSH connection that is authenticated. {@link connectSsh} makes it. */
export class SshClientConnection {
  /** Settles when the connection is over, with the error or null for an orderly end; never rejects. */
  readonly closed: Promise<WherryError | null>;
  readonly #options: SshClientOptions;
  readonly #limits: SshLimits;
  readonly #transport: Transport;
  readonly #timers = new Timers();
  readonly #keepAlive: KeepAlive;
  readonly #authentication: ClientAuthentication;
  readonly #hostKeys: HostKeyLearner;
  readonly #mux: Mux;
  readonly #ready: (error: WherryError | null) => void;
  #serverSignatures: ReadonlySet<string> | null = null;
  #serverSoftware = '';
  #authenticated = false;
  #settleClosed: (error: WherryError | null) => void = () => undefined;

  /** @param ready called once: null when the user is logged in, else the reason why not */
  constructor(socket: Duplex, options: SshClientOptions, ready: (error: WherryError | null) => void) {
    this.#options = options;
    this.#ready = ready;
    this.#limits = { ...defaultSshLimits, ...options.limits };
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const algorithms = options.algorithms ?? algorithmSets.compatible;
    const { verifyHostKey, hostKeyAlgorithms = algorithms.hostKeys } = options;
    this.#transport = new Transport(
      socket,
      {
        role: { side: 'client', hostKeyAlgorithms, verifyHostKey },
        software: options.software ?? defaultSoftware,
        algorithms,
        limits: this.#limits,
      },
      this.#handler(),
    );
    this.#mux = new Mux(this.#transport, this.#limits, {
      onGlobalRequest: (name, fields) => {
        if (name === hostKeysRequest) {
          // The answer to the first channel comes behind it.
          this.#acknowledge();
          this.#hostKeys.learn(fields);
        }
        return null;
      },
      onChannelOpen: (incoming) => {
        incoming.refuse(openFailure.administrativelyProhibited, 'This client opens channels itself');
      },
    });
    this.#hostKeys = new HostKeyLearner(this.#mux, () => this.#transport.sessionId, options.onHostKeys);
    this.#keepAlive = new KeepAlive(this.#limits, this.#timers, {
      ask: () => {
        void this.#mux.request(keepAliveRequest).catch(() => undefined);
      },
      onDead: () => {
        this.close(new SshDisconnect(disconnectReason.connectionLost, 'The peer does not answer', 'timeout'));
      },
    });
    this.#authentication = this.#createAuthentication();
    this.#timers.set('authentication', this.#limits.authenticationTimeoutMs, () => {
      this.close(new SshDisconnect(disconnectReason.connectionLost, 'The login took too long', 'timeout'));
    });
  }

  /** The server's identification, for quirks and logs. */
  get serverSoftware(): string {
    return this.#serverSoftware;
  }

  /** Starts a subsystem such as `sftp` on a channel of its own. */
  async openSubsystem(name: string): Promise<SshChannel> {
    const { channel, started } = await this.askForSubsystem(name);
    await started;
    return channel;
  }

  /** Asks for a subsystem without waiting for the answer, which saves a round trip to whoever speaks first there. */
  askForSubsystem(name: string): Promise<AskedSession> {
    return this.#askForSession('subsystem', name);
  }

  /** Runs a command, which may hold octets that are no UTF-8; the channel's `exitStatus` tells how it ended. */
  async openCommand(command: string | Uint8Array, events: ChannelEvents = {}): Promise<SshChannel> {
    const { channel, started } = await this.#askForSession('exec', command, events);
    await started;
    return channel;
  }

  /** Opens a connection from the server to somewhere else (RFC 4254 section 7.2). */
  async openTunnel(address: TunnelAddress): Promise<SshChannel> {
    const { host, port, originHost = '127.0.0.1', originPort = 0 } = address;
    const fields = new WireWriter().string(host).uint32(port).string(originHost).uint32(originPort);
    return this.#mux.openChannel('direct-tcpip', fields.finish());
  }

  /** Ends the connection in order, or with an error. Safe to call twice. */
  close(error: WherryError | null = null): void {
    this.#transport.close(error);
  }

  async #askForSession(
    request: string,
    argument: string | Uint8Array,
    events: ChannelEvents = {},
  ): Promise<AskedSession> {
    const channel = await this.#mux.openChannel('session');
    channel.events = events;
    const start = async (): Promise<void> => {
      if (await channel.request(request, new WireWriter().string(argument).finish())) return;
      channel.destroy();
      throw new WherryError('not-supported', `The server does not start ${printableArgument(argument)}`);
    };
    return { channel, started: start() };
  }

  #emit(event: SshClientEvent): void {
    this.#options.onEvent?.(event);
  }

  #handler(): TransportHandler {
    return {
      onIdentified: (peer) => {
        this.#serverSoftware = peer.software;
        this.#emit({ event: 'identified', software: peer.text });
      },
      onSecured: () => {
        this.#authentication.start();
      },
      onNegotiated: (negotiated) => {
        this.#emit({ event: 'negotiated', ...negotiated });
      },
      onExtensions: (extensions) => {
        const names = extensions.get('server-sig-algs');
        if (names !== undefined) this.#serverSignatures = new Set(names.toString('latin1').split(','));
      },
      onMessage: (payload) => {
        this.#onMessage(payload);
      },
      onWritable: () => {
        this.#mux.onWritable();
      },
      onClosed: (error) => {
        this.#timers.clearAll();
        const reason = error ?? new WherryError('closed', 'The connection is closed');
        this.#mux.fail(reason);
        this.#ready(reason);
        this.#emit({ event: 'closed', error });
        this.#settleClosed(error);
      },
    };
  }

  #createAuthentication(): ClientAuthentication {
    const transport = this.#transport;
    return new ClientAuthentication({
      user: this.#options.user,
      credentials: this.#options.credentials,
      limits: this.#limits,
      signal: transport.signal,
      sessionId: () => transport.sessionId,
      serverSignatures: () => this.#serverSignatures,
      send: (payload) => {
        transport.send(payload);
      },
      acknowledge: () => {
        this.#acknowledge();
      },
      pause: () => transport.pause(),
      emit: (event) => {
        this.#emit(event);
      },
      onAccepted: () => {
        this.#authenticated = true;
        this.#timers.clear('authentication');
        transport.allowLongPackets();
        this.#keepAlive.start();
        this.#ready(null);
      },
      onFailed: (error) => {
        this.#ready(error);
        this.close(error);
      },
    });
  }

  /**
   * OpenSSH leaves Nagle's algorithm on until it starts a program: of two packets in a row the second waits until the
   * first is acknowledged, which the kernel puts off by 40 ms unless there is something to send. So something is sent
   * that means nothing (RFC 4253 section 11.2).
   */
  #acknowledge(): void {
    if (this.#serverSoftware.startsWith('OpenSSH'))
      this.#transport.send(startMessage(message.ignore).string('').finish());
  }

  #onMessage(payload: Buffer): void {
    this.#keepAlive.hear();
    const number = payload[0] ?? 0;
    if (this.#authentication.handle(payload)) return;
    if (number === message.ping) {
      this.#transport.send(startMessage(message.pong).string(new WireReader(payload, 1).string()).finish());
      return;
    }
    const belongsToConnection = number >= message.globalRequest && number <= message.channelFailure;
    if (belongsToConnection && !this.#authenticated)
      throw protocolError('A message came before authentication');
    if (!belongsToConnection || !this.#mux.handle(payload)) this.#transport.sendUnimplemented();
  }
}

function printableArgument(argument: string | Uint8Array): string {
  return JSON.stringify(Buffer.from(argument).toString('utf8').slice(0, 60));
}

/**
 * Speaks SSH over a socket that the caller has connected, and logs in. The connection owns the socket from then on.
 *
 * @throws WherryError `login-refused`, `not-trusted`, `timeout`, `aborted`, `connection-lost`, `protocol`, `integrity`
 */
export async function connectSsh(socket: Duplex, options: SshClientOptions): Promise<SshClientConnection> {
  const { signal } = options;
  let connection: SshClientConnection | null = null;
  const stop = (): void => {
    connection?.close(toWherryError(signal?.reason, 'log in'));
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<SshClientConnection>((resolve, reject) => {
      const made = new SshClientConnection(socket, options, (error) => {
        if (error === null) resolve(made);
        else reject(error);
      });
      connection = made;
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
