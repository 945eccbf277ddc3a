import type { RemoteInfo } from 'node:dgram';
import type { Account } from '#core/account.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { ListenerFacts } from '#engine/events.ts';
import { Deadlines } from '../wire/deadlines.ts';
import { encodeError, errorNumbers, type ErrorNumber } from '../wire/error-packet.ts';
import { opcodeOf, opcodes } from '../wire/packets.ts';
import { parseRequest, type RequestProblem, type TransferRequest } from '../wire/request.ts';
import { errorReply } from './error-replies.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { Listeners, type Listener } from './listeners.ts';
import type { TftpClient, TftpServerOptions, TftpSettings } from './options.ts';
import { openOwnPort, type PeerLink } from './peer-link.ts';
import { CompiledPolicy } from './policy.ts';
import { settle } from './settings.ts';

/** A TFTP server that listens. */
export interface TftpServer {
  /** What was asked for, with the port that was had: one row, also where it stands for many addresses. */
  readonly listeners: readonly ListenerFacts[];
  /** The addresses that are listened on now. */
  readonly addresses: readonly string[];
  /**
   * Takes no more requests, lets running transfers finish, then stops what is left. Clients that are stopped are
   * told.
   *
   * @param graceMs longest wait for running transfers in milliseconds
   */
  close(graceMs: number, reason?: string): Promise<void>;
}

/**
 * Serves TFTP: RFC 1350 as corrected by RFC 1123, with the options of RFC 2347, 2348, 2349 and 7440.
 *
 * @throws WherryError `invalid-argument` for options that make no sense, or what the system says of the port
 */
export function serveTftp(options: TftpServerOptions): TftpServer {
  const server = new Server(settle(options));
  server.open();
  return server;
}

/** A look at the clock is due well before the shortest wait is over, and no more often than it is worth. */
const finestResolutionMs = 5;
const coarsestResolutionMs = 50;
const looksPerWait = 4;

const problemNumbers: Readonly<Record<RequestProblem['problem'], ErrorNumber>> = {
  malformed: errorNumbers.illegalOperation,
  mode: errorNumbers.illegalOperation,
  'repeated-option': errorNumbers.optionsRefused,
};

class Server implements TftpServer, ExchangeHost {
  readonly settings: TftpSettings;
  readonly policy: CompiledPolicy;
  readonly #listeners: Listeners;
  readonly #deadlines: Deadlines;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #listenerOf = new Map<Exchange, Listener>();
  readonly #perAddress = new Map<string, number>();
  /** Requests whose account is being asked for. */
  readonly #pending = new Set<string>();
  #closing = false;
  #whenDone: (() => void) | null = null;

  constructor(settings: TftpSettings) {
    this.settings = settings;
    this.policy = new CompiledPolicy(settings.policy);
    const shortestMs = Math.min(settings.times.minimumMs, settings.times.initialMs);
    const resolutionMs = Math.floor(shortestMs / looksPerWait);
    this.#deadlines = new Deadlines(
      Math.min(Math.max(resolutionMs, finestResolutionMs), coarsestResolutionMs),
    );
    this.#listeners = new Listeners({
      host: settings.host,
      reusePort: settings.reusePort,
      onPacket: (listener, packet, from) => {
        this.#onPacket(listener, packet, from);
      },
    });
  }

  get listeners(): readonly ListenerFacts[] {
    return [{ protocol: 'tftp', host: this.settings.host, port: this.#listeners.port }];
  }

  get addresses(): readonly string[] {
    return this.#listeners.addresses;
  }

  open(): void {
    this.#listeners.open(this.settings.port, this.settings.addressCheckMs);
  }

  async close(graceMs: number, reason = 'The server is shutting down'): Promise<void> {
    this.#closing = true;
    // With a single port the running transfers still need the listeners.
    if (this.settings.ports === 'own') this.#listeners.close();
    const reached = new WherryError('aborted', reason);
    for (const exchange of this.#listenerOf.keys()) if (exchange.lingers) exchange.stop(reached);
    const timer = setTimeout(() => {
      for (const exchange of this.#listenerOf.keys()) exchange.stop(reached);
    }, graceMs);
    await this.#whenIdle();
    clearTimeout(timer);
    this.#listeners.close();
  }

  openLink(exchange: Exchange): PeerLink {
    const { peer } = exchange.start;
    const listener = this.#listenerOf.get(exchange);
    if (this.settings.ports === 'single' && listener !== undefined) {
      return {
        send: (packets, packetBytes) => {
          for (let start = 0; start < packets.length; start += packetBytes) {
            listener.send(packets.subarray(start, start + packetBytes), peer.remotePort, peer.remoteAddress);
          }
        },
        close: () => undefined,
      };
    }
    return openOwnPort(peer, (packet) => {
      exchange.receive(packet);
    });
  }

  answer(exchange: Exchange, packet: Uint8Array): void {
    const { remotePort, remoteAddress } = exchange.start.peer;
    this.#listenerOf.get(exchange)?.send(packet, remotePort, remoteAddress);
  }

  release(exchange: Exchange): void {
    if (!this.#listenerOf.delete(exchange)) return;
    this.#deadlines.remove(exchange);
    const { key, peer } = exchange.start;
    if (this.#exchanges.get(key) === exchange) this.#exchanges.delete(key);
    this.#count(peer.remoteAddress, -1);
    if (this.#listenerOf.size === 0) this.#whenDone?.();
  }

  async #whenIdle(): Promise<void> {
    if (this.#listenerOf.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenDone = resolve;
    });
  }

  #onPacket(listener: Listener, packet: Buffer, from: RemoteInfo): void {
    const key = `${listener.address} ${from.address} ${from.port}`;
    const running = this.#exchanges.get(key);
    const request = parseRequest(packet);
    if (request === null) {
      if (this.settings.ports === 'single') this.#onSinglePort(listener, { packet, from, running });
      return;
    }
    if (this.#closing || !this.policy.admits(from.address, from.port)) return;
    if ('problem' in request) {
      const number = problemNumbers[request.problem];
      listener.send(encodeError(number, request.text), from.port, from.address);
      return;
    }
    if (running !== undefined) {
      if (running.start.packet.equals(packet) && running.repeat()) return;
      running.supersede();
      this.#exchanges.delete(key);
    }
    if (this.#pending.has(key)) return;
    const refusal = this.#refusal(from.address);
    if (refusal === null) void this.#admit(listener, { key, packet, from, request });
    else this.#tellRefused(from.address, refusal);
  }

  #onSinglePort(
    listener: Listener,
    {
      packet,
      from,
      running,
    }: { readonly packet: Buffer; readonly from: RemoteInfo; readonly running: Exchange | undefined },
  ): void {
    if (running !== undefined) {
      running.receive(packet);
      return;
    }
    const opcode = opcodeOf(packet);
    if (opcode !== opcodes.data && opcode !== opcodes.acknowledgement) return;
    if (!this.policy.admits(from.address, from.port)) return;
    listener.send(encodeError(errorNumbers.unknownTransfer, 'Unknown transfer ID'), from.port, from.address);
  }

  /** Why there is no room for one more. Such a client gets no answer: it asks again by itself, when there may be. */
  #refusal(remoteAddress: string): string | null {
    const { transfers, transfersPerAddress } = this.settings.limits;
    if (this.#listenerOf.size + this.#pending.size >= transfers) return 'Too many transfers';
    if ((this.#perAddress.get(remoteAddress) ?? 0) >= transfersPerAddress)
      return 'Too many transfers from this address';
    return this.settings.sessions.refusal(remoteAddress);
  }

  #tellRefused(remoteAddress: string, reason: string): void {
    const { events } = this.settings;
    if (events.wants('session-refused')) {
      events.emit({ event: 'session-refused', protocol: 'tftp', remoteAddress, reason });
    }
  }

  async #admit(
    listener: Listener,
    {
      key,
      packet,
      from,
      request,
    }: {
      readonly key: string;
      readonly packet: Buffer;
      readonly from: RemoteInfo;
      readonly request: TransferRequest;
    },
  ): Promise<void> {
    const peer: TftpClient = {
      remoteAddress: from.address,
      remotePort: from.port,
      localAddress: listener.address,
    };
    this.#pending.add(key);
    this.#count(from.address, 1);
    let account: Account | null = null;
    try {
      account = await this.settings.accountFor(peer);
      if (account === null) throw new WherryError('permission', 'No account is meant for this client');
    } catch (thrown) {
      const error = toWherryError(thrown, 'find the account');
      listener.send(errorReply(error), from.port, from.address);
      this.#tellRefused(from.address, error.message);
    } finally {
      this.#pending.delete(key);
    }
    if (account === null || this.#closing) {
      this.#count(from.address, -1);
      return;
    }
    const localPort = this.#listeners.port;
    const exchange = new Exchange(this, {
      key,
      peer,
      localPort,
      request,
      packet: Buffer.from(packet),
      account,
    });
    this.#exchanges.set(key, exchange);
    this.#listenerOf.set(exchange, listener);
    this.#deadlines.add(exchange);
    this.settings.sessions.add(exchange.session);
    await exchange.run();
  }

  #count(remoteAddress: string, change: number): void {
    const left = (this.#perAddress.get(remoteAddress) ?? 0) + change;
    if (left > 0) this.#perAddress.set(remoteAddress, left);
    else this.#perAddress.delete(remoteAddress);
  }
}
