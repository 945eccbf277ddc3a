import type { Awaitable } from '#core/awaitable.ts';
import { isPending } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { connectTcp, type TcpSocket } from '#native/index.ts';
import { sameAddress } from '../../wire/address.ts';
import type { Endpoint } from '../../wire/host-port.ts';
import type { PassivePort } from './passive-ports.ts';

/** Where the next data connection comes from: a port of ours, or an address of the client's. */
type DataSetup =
  | { readonly kind: 'passive'; readonly lease: PassivePort; readonly tlsClient: boolean }
  | { readonly kind: 'active'; readonly target: Endpoint };

/** How a data connection is let in or made. */
export interface DataPolicy {
  /** The client, as the control connection knows it. */
  readonly controlAddress: string;
  /** The address of this end of the control connection, which active connections leave from. */
  readonly localAddress: string;
  readonly connectMs: number;
  /** Whether data may come through the tunnel of the control connection only, because nothing else protects it. */
  readonly tunnelOnly: boolean;
  /** Whether a peer other than the client may take a passive port: FXP, for some accounts and networks. */
  readonly admits: (remoteAddress: string) => boolean;
  /** Takes the PROXY header off a connection that a trusted proxy made; returns the true peer. */
  readonly unwrapProxy: ((socket: TcpSocket) => Promise<string>) | null;
  /** Tells of a connection that was turned away. */
  readonly onStranger: (remoteAddress: string) => void;
}

/**
 * The data connections of one control connection: set up by PASV, PORT and their kin, opened by a transfer. Only
 * passive ports queue up, and only where the client has asked for it; transfers then take them in order.
 */
export class DataConnections {
  #setups: DataSetup[] = [];
  /** The last port that the client was told, and the one that a transfer has taken. */
  #told: PassivePort | null = null;
  #taken: PassivePort | null = null;
  #opening: { abort(): void } | null = null;

  /** Whether a transfer has a way to connect. */
  get prepared(): boolean {
    const [next] = this.#setups;
    return next !== undefined && !(next.kind === 'passive' && next.lease.reclaimed);
  }

  /** Whether the client is expected on a passive port. */
  get passive(): boolean {
    return this.#setups[0]?.kind === 'passive';
  }

  /** Whether the coming connection is one where this server is the TLS client (CPSV). */
  get tlsClient(): boolean {
    const [next] = this.#setups;
    return next?.kind === 'passive' && next.tlsClient;
  }

  /** How many transfers have a way to connect. */
  get count(): number {
    return this.#setups.length;
  }

  /** What the next transfer will use, for {@link discard}; null when nothing is set up. */
  get next(): object | null {
    return this.#setups[0] ?? null;
  }

  /** Expects the client on a passive port, behind whatever was set up before. */
  expect(lease: PassivePort, tlsClient: boolean): void {
    this.#setups.push({ kind: 'passive', lease, tlsClient });
    this.#told = lease;
  }

  /** The passive port of this number, if the client was told it lately; it may be given back meanwhile. */
  passivePort(port: number): PassivePort | null {
    if (this.#told?.port === port) return this.#told;
    if (this.#taken?.port === port) return this.#taken;
    for (const setup of this.#setups) {
      if (setup.kind === 'passive' && setup.lease.port === port) return setup.lease;
    }
    return null;
  }

  /** Calls the client at its address, instead of whatever was set up before. */
  call(target: Endpoint): void {
    this.clear();
    this.#setups.push({ kind: 'active', target });
  }

  /** Forgets what was set up and gives passive ports back. */
  clear(): void {
    const setups = this.#setups;
    if (setups.length === 0) return;
    this.#setups = [];
    for (const setup of setups) if (setup.kind === 'passive') setup.lease.giveBack();
  }

  /** Forgets what was meant for a transfer that did not come to use it. */
  discard(next: object | null): void {
    const [setup] = this.#setups;
    if (setup === undefined || setup !== next) return;
    this.#setups.shift();
    if (setup.kind === 'passive') setup.lease.giveBack();
  }

  /** Stops an attempt to open a connection that is under way. */
  abort(): void {
    this.#opening?.abort();
  }

  /**
   * Opens the connection that was set up; it serves one transfer.
   *
   * @throws WherryError `connection-refused`, `timeout` as `connection-refused`, or `aborted`
   */
  open(policy: DataPolicy): Awaitable<TcpSocket> {
    const setup = this.#setups.shift();
    if (setup === undefined) throw new WherryError('connection-refused', 'Use PASV or PORT first');
    return setup.kind === 'passive' ? this.#accept(setup.lease, policy) : this.#connect(setup.target, policy);
  }

  #accept(lease: PassivePort, policy: DataPolicy): Awaitable<TcpSocket> {
    lease.keep();
    this.#taken = lease;
    // The usual case: the client has connected before it sent its command, and nothing needs waiting for.
    if (policy.unwrapProxy === null) {
      const first = lease.accept();
      if (!isPending(first)) {
        if (isRightful(lease, first, policy)) {
          lease.giveBack();
          return first;
        }
        turnAway(first, policy);
      } else {
        return this.#awaitClient(lease, policy, first);
      }
    }
    return this.#awaitClient(lease, policy, null);
  }

  async #awaitClient(
    lease: PassivePort,
    policy: DataPolicy,
    first: Promise<TcpSocket> | null,
  ): Promise<TcpSocket> {
    let failure = new WherryError('connection-refused', 'The data connection was not opened in time');
    const timer = setTimeout(() => lease.giveBack(), policy.connectMs);
    this.#opening = {
      abort: () => {
        failure = new WherryError('aborted', 'The transfer was stopped');
        lease.giveBack();
      },
    };
    try {
      let next: Awaitable<TcpSocket> | null = first;
      for (;;) {
        const socket = await (next ?? lease.accept());
        next = null;
        if (policy.unwrapProxy === null) {
          if (isRightful(lease, socket, policy)) return socket;
          turnAway(socket, policy);
        } else if (policy.tunnelOnly && !lease.cameByTunnel(socket)) {
          turnAway(socket, policy);
        } else if (await this.#isRightfulBehindProxy(socket, policy)) {
          return socket;
        }
      }
    } catch (thrown) {
      if (thrown instanceof WherryError) throw thrown;
      throw new WherryError(failure.code, failure.message, { cause: thrown });
    } finally {
      clearTimeout(timer);
      this.#opening = null;
      lease.giveBack();
    }
  }

  async #isRightfulBehindProxy(socket: TcpSocket, policy: DataPolicy): Promise<boolean> {
    try {
      const peer = (await policy.unwrapProxy?.(socket)) ?? socket.remoteAddress;
      if (sameAddress(peer, policy.controlAddress) || policy.admits(peer)) return true;
      policy.onStranger(peer);
    } catch {
      policy.onStranger(socket.remoteAddress);
    }
    socket.reset();
    return false;
  }

  async #connect(target: Endpoint, policy: DataPolicy): Promise<TcpSocket> {
    const controller = new AbortController();
    let aborted = false;
    const timer = setTimeout(() => controller.abort(), policy.connectMs);
    this.#opening = {
      abort: () => {
        aborted = true;
        controller.abort();
      },
    };
    try {
      const { address, port } = target;
      return await connectTcp({
        host: address,
        port,
        localAddress: policy.localAddress,
        signal: controller.signal,
      });
    } catch (thrown) {
      if (aborted) throw new WherryError('aborted', 'The transfer was stopped', { cause: thrown });
      const why = toWherryError(thrown, 'open the data connection');
      const message =
        why.code === 'aborted'
          ? 'The data connection was not opened in time; active mode needs a client that can be reached'
          : 'The client refused the data connection; try passive mode';
      throw new WherryError('connection-refused', message, { cause: thrown });
    } finally {
      clearTimeout(timer);
      this.#opening = null;
    }
  }
}

function isRightful(lease: PassivePort, socket: TcpSocket, policy: DataPolicy): boolean {
  if (policy.tunnelOnly) return lease.cameByTunnel(socket);
  // Without the addon a connection that was reset before it was looked at has lost its address, and may be anybody's.
  return sameAddress(socket.remoteAddress, policy.controlAddress) || policy.admits(socket.remoteAddress);
}

/** Somebody else took the port first: their connection is dropped, and the client's is still waited for. */
function turnAway(socket: TcpSocket, policy: DataPolicy): void {
  policy.onStranger(socket.remoteAddress);
  socket.reset();
}
