import { constants } from 'node:os';
import type { Awaitable } from '../awaitable.ts';
import type { BindOptions, TcpListener, TcpSocket } from '../contract.ts';
import { PendingAccept } from '../pending-accept.ts';
import { abortError, checkResult, systemError } from '../system-error.ts';
import { EndpointScratch, type Endpoint } from './endpoints.ts';
import { readyBits } from './reactor.ts';
import type { Pollable } from './reactor.ts';
import type { Surroundings } from './socket-core.ts';
import { SocketCore } from './socket-core.ts';
import { LinuxTcpSocket } from './tcp-socket.ts';

const { EAGAIN, ECONNABORTED, EINTR } = constants.errno;
const defaultBacklog = 32;
const shutdownReading = 0;
const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** A {@link TcpListener} whose descriptor is the addon's. */
export class LinuxTcpListener implements TcpListener, Pollable {
  readonly port: number;
  readonly #surroundings: Surroundings;
  readonly #scratch: EndpointScratch;
  readonly #pending = new PendingAccept<TcpSocket>();
  readonly #backlog: number;
  /** Where all its connections arrive; null when it listens on every address. */
  readonly #local: Endpoint | null;
  #fd: number;
  #listening = false;
  /** The kernel listens, but nobody is expected. */
  #resting = false;
  /** The last one in the queue may have been taken; before, whoever is asked for has mostly come. */
  #emptied = false;

  constructor(options: BindOptions, surroundings: Surroundings) {
    const { binding } = surroundings;
    this.#surroundings = surroundings;
    this.#scratch = new EndpointScratch(binding);
    const { host, port, ipv6Only = false, backlog = defaultBacklog } = options;
    this.#backlog = backlog;
    this.#fd = checkResult(binding.tcpBind(host, port, ipv6Only, this.#scratch.octets), 'bind');
    const bound = this.#scratch.read(0);
    this.port = bound.port;
    this.#local = anyAddress.has(bound.address) ? null : bound;
  }

  listen(): Awaitable<void> {
    if (this.#fd === -1) throw abortError();
    if (this.#listening) return;
    const isOpen = this.#resting && this.#dropQueued();
    if (!isOpen) checkResult(this.#surroundings.binding.tcpListen(this.#fd, this.#backlog), 'listen');
    this.#resting = false;
    this.#listening = true;
    this.#emptied = false;
  }

  accept(signal?: AbortSignal): Awaitable<TcpSocket> {
    if (signal?.aborted || !this.#listening) throw abortError();
    if (this.#pending.waiting) throw systemError('EALREADY', 'accept');
    const socket = this.#take();
    if (socket !== undefined) return socket;
    const pending = this.#pending.wait(signal, () => this.#surroundings.reactor.forget(this.#fd));
    this.#arm();
    return pending;
  }

  onReady(): void {
    this.#emptied = false;
    try {
      const socket = this.#take();
      if (socket === undefined) this.#arm();
      else this.#pending.settle(socket);
    } catch (error) {
      this.#pending.fail(error as Error);
    }
  }

  stop(): void {
    if (!this.#listening && !this.#resting) return;
    this.#listening = false;
    this.#resting = false;
    if (this.#pending.waiting) this.#pending.fail(abortError());
    this.#surroundings.binding.tcpShutdown(this.#fd, shutdownReading);
  }

  rest(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#resting = true;
    if (this.#pending.waiting) this.#pending.fail(abortError());
  }

  close(): void {
    if (this.#fd === -1) return;
    this.#listening = false;
    this.#resting = false;
    if (this.#pending.waiting) this.#pending.fail(abortError());
    this.#surroundings.binding.tcpClose(this.#fd, false);
    this.#fd = -1;
  }

  /** Resets what connected while nobody was expected; false when there is no end to it and listening has stopped. */
  #dropQueued(): boolean {
    const { binding } = this.#surroundings;
    for (let dropped = 0; dropped <= this.#backlog; dropped += 1) {
      const fd = binding.tcpAccept(this.#fd, this.#scratch.first, false);
      if (fd >= 0) binding.tcpClose(fd, true);
      else if (fd !== -ECONNABORTED && fd !== -EINTR) return fd === -EAGAIN;
    }
    this.stop();
    return false;
  }

  #take(): LinuxTcpSocket | undefined {
    const { binding } = this.#surroundings;
    const scratch = this.#scratch;
    const target = this.#local === null ? scratch.octets : scratch.first;
    for (;;) {
      const fd = binding.tcpAccept(this.#fd, target, !this.#emptied);
      this.#emptied = true;
      if (fd >= 0) {
        const core = new SocketCore(fd, this.#surroundings);
        return new LinuxTcpSocket(core, scratch.read(0), this.#local ?? scratch.read(1));
      }
      if (fd === -EAGAIN) return undefined;
      // A peer that was gone before its turn is no failure of the listener.
      if (fd !== -ECONNABORTED && fd !== -EINTR) throw systemError(-fd, 'accept');
    }
  }

  #arm(): void {
    this.#surroundings.reactor.arm(this.#fd, readyBits.read, this);
  }
}
