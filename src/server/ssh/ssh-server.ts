import { setTimeout as delay } from 'node:timers/promises';
import { toWherryError } from '#core/errors.ts';
import type { ListenerFacts } from '#engine/events.ts';
import type { Endpoint } from '#engine/session.ts';
import { adoptTcpListener, TcpListener, type TcpSocket } from '#native/index.ts';
import { admissionRefusals } from './refusals.ts';
import type { SshSettings } from './settings.ts';
import { SshConnection } from './ssh-connection.ts';

/** Connections that wait in the kernel while this process is busy: a burst of logins, not a backlog to live with. */
const listenQueue = 1024;
/** For a peer that is not let in to read why. */
const refusalMs = 1000;
/** Before accepting is tried again after it failed. */
const acceptRetryMs = 100;

/** Where SSH listens. */
export interface SshListenOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** In place of both: a descriptor that listens already. */
  readonly descriptor?: number | undefined;
}

/** SSH with SFTP, SCP and the tunnel to FTP, on any number of addresses. */
export class SshServer {
  readonly #settings: SshSettings;
  readonly #servers = new Set<TcpListener>();
  readonly #connections = new Set<SshConnection>();
  readonly #listeners: ListenerFacts[] = [];
  #draining: string | null = null;

  constructor(settings: SshSettings) {
    this.#settings = settings;
  }

  /** What is listened on now. */
  get listeners(): readonly ListenerFacts[] {
    return this.#listeners;
  }

  /** Listens on one more address. @throws WherryError when the system refuses it */
  async listen({ host, port, descriptor }: SshListenOptions): Promise<void> {
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
    this.#listeners.push({ protocol: 'sftp', host, port: listener.port });
    void this.#acceptAll(listener);
  }

  /**
   * Stops listening at once, lets running transfers and tunnels finish within the grace, and ends every connection.
   *
   * @param graceMs longest time for what runs, in milliseconds
   */
  async close(graceMs: number, reason: string): Promise<void> {
    this.#draining = reason;
    for (const listener of this.#servers) listener.close();
    this.#servers.clear();
    for (const connection of this.#connections) connection.drain(reason);
    await this.#untilFinished(graceMs);
    for (const connection of this.#connections) connection.kick(reason);
    await this.#untilFinished(this.#settings.timeouts.closeMs);
    for (const connection of this.#connections) connection.destroy();
    this.#settings.tunnels?.close();
  }

  async #untilFinished(longestMs: number): Promise<void> {
    if (this.#connections.size === 0) return;
    const controller = new AbortController();
    const all = Promise.all(Array.from(this.#connections, ({ finished }) => finished));
    const late = delay(longestMs, undefined, { signal: controller.signal }).catch(() => undefined);
    await Promise.race([all, late]);
    controller.abort();
  }

  /** Takes connections until the listener is closed. */
  async #acceptAll(listener: TcpListener): Promise<void> {
    while (this.#servers.has(listener)) {
      try {
        void this.#accept(await listener.accept());
      } catch (thrown) {
        if (!this.#servers.has(listener)) return;
        const { message } = toWherryError(thrown, 'accept a connection');
        this.#settings.events.emit({ event: 'warning', message });
        // For want of descriptors, as a rule: some are given back soon, and trying at once would only spin.
        await delay(acceptRetryMs);
      }
    }
  }

  async #accept(socket: TcpSocket): Promise<void> {
    const { proxy, timeouts } = this.#settings;
    const { localAddress: boundAddress, remoteAddress } = socket;
    if (proxy === null || !proxy.trusts(remoteAddress)) {
      this.#open(socket, { endpoint: socket, boundAddress, proxied: false });
      return;
    }
    try {
      const told = await proxy.unwrap(socket, timeouts.loginMs);
      this.#open(socket, { endpoint: told ?? socket, boundAddress, proxied: told !== null });
    } catch (thrown) {
      socket.destroy();
      this.#tellRefused(remoteAddress, toWherryError(thrown, 'read the PROXY header').message);
    }
  }

  #open(
    socket: TcpSocket,
    arrival: { readonly endpoint: Endpoint; readonly boundAddress: string; readonly proxied: boolean },
  ): void {
    const { defence, sessions } = this.#settings;
    const { remoteAddress, remotePort, localAddress, localPort } = arrival.endpoint;
    const admission = defence.admit(remoteAddress);
    const refusal =
      this.#draining ??
      sessions.refusal(remoteAddress) ??
      (admission.admitted ? null : admissionRefusals[admission.reason]);
    if (!admission.admitted || refusal !== null) {
      if (admission.admitted) admission.login.end();
      this.#tellRefused(remoteAddress, refusal ?? '');
      void refuse(socket, refusal ?? '');
      return;
    }
    // The socket itself is handed over to the connection and must not be held for its addresses.
    const endpoint: Endpoint = { remoteAddress, remotePort, localAddress, localPort };
    const start = { ...arrival, endpoint, attempts: admission.login };
    const connection = new SshConnection(socket, start, this.#settings);
    this.#connections.add(connection);
    void connection.finished.then(() => this.#connections.delete(connection));
  }

  #tellRefused(remoteAddress: string, reason: string): void {
    this.#settings.events.emit({ event: 'session-refused', protocol: 'sftp', remoteAddress, reason });
  }
}

/** Says why in a line before any identification, as sshd does (RFC 4253 section 4.2), and closes. */
async function refuse(socket: TcpSocket, reason: string): Promise<void> {
  const timeUp = AbortSignal.timeout(refusalMs);
  try {
    await socket.write(Buffer.from(`${reason}\r\n`, 'latin1'));
    await socket.end();
    await socket.waitForPeerClose(timeUp);
  } catch {
    // The peer did not wait for the words.
  } finally {
    socket.destroy();
  }
}
