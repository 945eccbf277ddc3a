import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { algorithmSets } from '../algorithms.ts';
import type { SshCredential } from '../authentication/credentials.ts';
import { hostKeysProveRequest, hostKeysRequest } from '../authentication/host-key-proof-data.ts';
import { bridge } from '../channels/bridge.ts';
import { keepAliveRequest, Mux, type IncomingChannel } from '../channels/mux.ts';
import { certificateOption, type Certificate } from '../keys/certificate.ts';
import { signatureAlgorithms } from '../keys/signature-algorithms.ts';
import { defaultSshLimits, type SshLimits } from '../limits.ts';
import { KeepAlive } from '../transport/keep-alive.ts';
import { Timers } from '../transport/timers.ts';
import { Transport, type TransportHandler } from '../transport/transport.ts';
import { disconnectReason, message, openFailure } from '../wire/messages.ts';
import { protocolError, SshDisconnect } from '../wire/ssh-error.ts';
import { startMessage, WireWriter } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { encodeHostKeys, proveHostKeys } from './host-key-rotation.ts';
import { ServerAuthentication } from './server-authentication.ts';
import type { SshServerEvent, SshServerOptions, TunnelTarget } from './server-options.ts';
import { forcedRequest, serveSession } from './session.ts';

const defaultSoftware = 'wherry';

/** The server's side of one SSH connection, from the first line to the last packet. */
export class SshServerConnection<Identity> {
  /** Settles when the connection is over, with the error or null for an orderly end; never rejects. */
  readonly closed: Promise<WherryError | null>;
  readonly #options: SshServerOptions<Identity>;
  readonly #limits: SshLimits;
  readonly #transport: Transport;
  readonly #timers = new Timers();
  readonly #keepAlive: KeepAlive;
  readonly #authentication: ServerAuthentication<Identity>;
  #mux: Mux | null = null;
  #certificate: Certificate | null = null;
  #noMoreSessions = false;
  #serviceGranted = false;
  #settleClosed: (error: WherryError | null) => void = () => undefined;

  constructor(socket: Duplex, options: SshServerOptions<Identity>) {
    this.#options = options;
    this.#limits = { ...defaultSshLimits, ...options.limits };
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#transport = new Transport(
      socket,
      {
        role: { side: 'server', hostKeys: options.hostKeys },
        software: options.software ?? defaultSoftware,
        algorithms: options.algorithms ?? algorithmSets.default,
        limits: this.#limits,
      },
      this.#handler(),
    );
    this.#keepAlive = new KeepAlive(this.#limits, this.#timers, {
      ask: () => {
        void this.#mux?.request(keepAliveRequest).catch(() => undefined);
      },
      onDead: () => {
        this.close(new SshDisconnect(disconnectReason.connectionLost, 'The peer does not answer', 'timeout'));
      },
    });
    this.#authentication = this.#createAuthentication();
    this.#timers.set('authentication', this.#limits.authenticationTimeoutMs, () => {
      this.close(
        new SshDisconnect(disconnectReason.connectionLost, 'The authentication took too long', 'timeout'),
      );
    });
  }

  /** Channels that are open: an administrator's view of what a connection is busy with. */
  get channelCount(): number {
    return this.#mux?.channelCount ?? 0;
  }

  /** Milliseconds in which the client has neither said nor taken anything; 0 before it is logged in. */
  get idleMs(): number {
    return this.#mux?.idleMs ?? 0;
  }

  /** Ends the connection with a reason for the peer. Safe to call twice. */
  close(error: WherryError | null = null): void {
    this.#transport.close(error);
  }

  #emit(event: SshServerEvent): void {
    this.#options.onEvent?.(event);
  }

  #handler(): TransportHandler {
    return {
      onIdentified: (peer) => {
        this.#emit({ event: 'identified', software: peer.text });
      },
      onSecured: () => {
        if (this.#transport.peerTakesExtensions) this.#transport.send(serverExtensions());
      },
      onNegotiated: (negotiated) => {
        this.#emit({ event: 'negotiated', ...negotiated });
      },
      onExtensions: () => undefined,
      onMessage: (payload) => {
        this.#onMessage(payload);
      },
      onWritable: () => {
        this.#mux?.onWritable();
      },
      onClosed: (error) => {
        this.#timers.clearAll();
        this.#mux?.fail(error ?? new WherryError('closed', 'The connection is closed'));
        this.#emit({ event: 'closed', error });
        this.#settleClosed(error);
      },
    };
  }

  #createAuthentication(): ServerAuthentication<Identity> {
    const transport = this.#transport;
    return new ServerAuthentication<Identity>({
      authenticator: this.#options.authenticator,
      limits: this.#limits,
      banner: this.#options.banner ?? null,
      sessionId: () => transport.sessionId,
      signal: transport.signal,
      send: (payload) => {
        transport.send(payload);
      },
      pause: () => transport.pause(),
      close: (error) => {
        transport.close(error);
      },
      emit: (event) => {
        this.#emit(event);
      },
      onAccepted: (identity, _user, credential) => {
        this.#onAccepted(identity, credential);
      },
    });
  }

  #onMessage(payload: Buffer): void {
    this.#keepAlive.hear();
    const number = payload[0] ?? 0;
    if (number === message.serviceRequest) {
      this.#onServiceRequest(payload);
      return;
    }
    if (number === message.ping) {
      this.#transport.send(startMessage(message.pong).string(new WireReader(payload, 1).string()).finish());
      return;
    }
    if (!this.#serviceGranted && number >= message.authenticationRequest) {
      throw protocolError('A message came before its service was asked for');
    }
    if (this.#authentication.handle(payload)) return;
    const belongsToConnection = number >= message.globalRequest && number <= message.channelFailure;
    if (this.#mux === null && belongsToConnection)
      throw protocolError('A message came before authentication');
    if (this.#mux?.handle(payload) !== true) this.#transport.sendUnimplemented();
  }

  #onServiceRequest(payload: Buffer): void {
    const name = new WireReader(payload, 1).text();
    if (name !== 'ssh-userauth' || this.#authentication.accepted) {
      throw new SshDisconnect(disconnectReason.serviceNotAvailable, 'This service is not available');
    }
    this.#serviceGranted = true;
    this.#transport.send(startMessage(message.serviceAccept).string(name).finish());
  }

  #onAccepted(identity: Identity, credential: SshCredential): void {
    this.#timers.clear('authentication');
    this.#certificate = credential.kind === 'public-key' ? credential.certificate : null;
    const mux = new Mux(this.#transport, this.#limits, {
      onGlobalRequest: (name, fields) => this.#onGlobalRequest(name, fields),
      onChannelOpen: (incoming) => {
        this.#onChannelOpen(incoming, identity);
      },
    });
    this.#mux = mux;
    this.#transport.allowLongPackets();
    this.#transport.send(Buffer.from([message.authenticationSuccess]));
    mux.notify(hostKeysRequest, encodeHostKeys(this.#options.hostKeys));
    this.#keepAlive.start();
  }

  #onGlobalRequest(name: string, fields: WireReader): Buffer | null {
    if (name === hostKeysProveRequest) {
      const session = { id: this.#transport.sessionId, negotiated: this.#transport.hostKeyAlgorithm };
      return proveHostKeys(this.#options.hostKeys, fields, session);
    }
    if (name === 'no-more-sessions@openssh.com') {
      this.#noMoreSessions = true;
      return Buffer.alloc(0);
    }
    return null;
  }

  #onChannelOpen(incoming: IncomingChannel, identity: Identity): void {
    const handlers: Readonly<Record<string, () => void>> = {
      session: () => {
        this.#openSession(incoming, identity);
      },
      'direct-tcpip': () => void this.#openTunnel(incoming, identity),
    };
    const handler = Object.hasOwn(handlers, incoming.type) ? handlers[incoming.type] : undefined;
    if (handler === undefined)
      incoming.refuse(openFailure.unknownChannelType, 'This channel type is not known');
    else handler();
  }

  #openSession(incoming: IncomingChannel, identity: Identity): void {
    if (this.#noMoreSessions) {
      incoming.refuse(openFailure.administrativelyProhibited, 'No more sessions were promised');
      return;
    }
    const forced = this.#certificate === null ? null : certificateOption(this.#certificate, 'force-command');
    serveSession(incoming.accept(), {
      maximumRequests: this.#limits.sessionRequests,
      forced: forcedRequest(forced),
      open: (request) => {
        const program = this.#options.openSession(request, identity);
        this.#emit({ event: 'session', request, granted: program !== null });
        return program;
      },
    });
  }

  async #openTunnel(incoming: IncomingChannel, identity: Identity): Promise<void> {
    try {
      const target = readTunnelTarget(incoming.fields);
      const socket = await this.#connectTunnel(target, identity);
      this.#emit({ event: 'tunnel', target, granted: socket !== null });
      if (socket === null) {
        incoming.refuse(openFailure.administrativelyProhibited, 'Tunnels to there are not allowed');
      } else if (this.#transport.signal.aborted) {
        socket.destroy();
      } else {
        await bridge(incoming.accept(), socket, this.#limits.tunnelLingerMs);
      }
    } catch (thrown) {
      incoming.refuse(openFailure.connectFailed, 'The connection could not be made');
      if (thrown instanceof SshDisconnect) this.close(thrown);
    }
  }

  async #connectTunnel(target: TunnelTarget, identity: Identity): Promise<Duplex | null> {
    const certified = this.#certificate?.extensions.has('permit-port-forwarding') ?? true;
    if (this.#options.openTunnel === undefined || !certified) return null;
    try {
      return await this.#options.openTunnel(target, identity, this.#transport.signal);
    } catch (thrown) {
      const error = toWherryError(thrown, 'open the tunnel');
      if (error.code === 'permission') return null;
      throw error;
    }
  }
}

function readTunnelTarget(fields: WireReader): TunnelTarget {
  return {
    host: fields.text(),
    port: fields.uint32(),
    originHost: fields.text(),
    originPort: fields.uint32(),
  };
}

/** What this server's EXT_INFO says (RFC 8308 section 3.1, draft-miller-sshm-ping). */
function serverExtensions(): Buffer {
  const names = Object.keys(signatureAlgorithms);
  const writer = new WireWriter().byte(message.extensionInfo).uint32(2);
  return writer.string('server-sig-algs').nameList(names).string('ping@openssh.com').string('0').finish();
}

/**
 * Serves one client on a socket that the caller has accepted. The connection owns the socket from then on. Everything
 * that goes wrong ends up in `closed` and in the `closed` event; nothing is thrown later.
 */
export function serveSshConnection<Identity>(
  socket: Duplex,
  options: SshServerOptions<Identity>,
): SshServerConnection<Identity> {
  return new SshServerConnection(socket, options);
}
