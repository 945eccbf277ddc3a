import { constants } from 'node:os';
import { abortError, systemError } from '../system-error.ts';
import type { Awaitable } from '../awaitable.ts';
import type { Binding } from './binding.ts';
import type { Pollable, QueuedSender, Reactor } from './reactor.ts';
import { readyBits } from './reactor.ts';

const { EAGAIN } = constants.errno;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What all sockets of one environment share. */
export interface Surroundings {
  readonly binding: Binding;
  readonly reactor: Reactor;
}

/** A descriptor of a socket with those who wait for it, and the one way in which it is closed. */
export class SocketCore implements Pollable, QueuedSender {
  readonly fd: number;
  readonly binding: Binding;
  readonly #reactor: Reactor;
  #failure: Error | undefined;
  /** What stopped the socket on this side; made into an error only for those who ask, for most never do. */
  #abandoned: string | undefined;
  #reader: Waiter | undefined;
  #writer: Waiter | undefined;
  #isSender = false;
  #rest: Promise<void> | null = null;
  /** Turns in the thread pool that use the descriptor. */
  #turns = 0;
  #open = true;
  #closing: 'close' | 'reset' | undefined;

  constructor(fd: number, { binding, reactor }: Surroundings) {
    this.fd = fd;
    this.binding = binding;
    this.#reactor = reactor;
  }

  /** Throws what the socket has failed with; the kernel itself tells an error only once. */
  check(): void {
    if (this.#abandoned !== undefined) throw abortError(this.#abandoned);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Keeps the failure of a system call for every later one, and returns it to be thrown. */
  failed(errno: number, syscall: string): Error {
    this.#failure ??= systemError(errno, syscall);
    return this.#failure;
  }

  /** The end of what was queued and did not fit, behind which everything else has to wait. */
  get rest(): Promise<void> | null {
    return this.#rest;
  }

  /** Wants to hear of what is queued and does not fit; to be called before something is. */
  becomeSender(): void {
    if (this.#isSender) return;
    this.#isSender = true;
    this.#reactor.sends(this.fd, this);
  }

  onUnsent(result: number, rest: Buffer): void {
    if (result < 0 && result !== -EAGAIN) {
      this.failed(-result, 'write');
      return;
    }
    this.#rest = this.sendAll(rest, 0).then(
      () => {
        this.#rest = null;
      },
      () => {
        // Kept by `failed`, or the socket was given up; whoever reads or writes next is told.
        this.#rest = null;
      },
    );
  }

  /** Sends what a full socket has not taken yet. */
  async sendAll(source: Uint8Array, offset: number): Promise<void> {
    for (let sent = offset; sent < source.length;) {
      await this.writable();
      this.check();
      const result = this.binding.tcpSend(this.fd, source, sent);
      if (result < 0 && result !== -EAGAIN) throw this.failed(-result, 'write');
      if (result > 0) sent += result;
    }
  }

  /** Resolves when reading is worth another try; whoever has waited has to {@link check} first. */
  readable(): Promise<void> {
    if (this.#reader !== undefined) throw systemError('EALREADY', 'read');
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#arm();
    });
  }

  /** Calls `listener` once, when reading is worth another try or the socket is closed. */
  onceReadable(listener: () => void): void {
    if (this.#reader !== undefined) throw systemError('EALREADY', 'read');
    this.#reader = { resolve: listener, reject: listener };
    if (this.#writer === undefined) this.#reactor.watch(this.fd, this);
    else this.#arm();
  }

  /** Resolves when writing is worth another try; whoever has waited has to {@link check} first. */
  writable(): Promise<void> {
    if (this.#writer !== undefined) throw systemError('EALREADY', 'write');
    return new Promise((resolve, reject) => {
      this.#writer = { resolve, reject };
      this.#arm();
    });
  }

  onReady(canRead: boolean, canWrite: boolean): void {
    const reader = canRead ? this.#reader : undefined;
    const writer = canWrite ? this.#writer : undefined;
    if (reader !== undefined) this.#reader = undefined;
    if (writer !== undefined) this.#writer = undefined;
    this.#arm();
    reader?.resolve();
    writer?.resolve();
  }

  /**
   * Lets the thread pool use the descriptor. The result arrives when the turn is back, also after `close`: until
   * then neither the socket nor the file may be closed, or the turn could meet another file under the number.
   */
  async turn(start: (fd: number) => Awaitable<number>): Promise<number> {
    this.check();
    this.#turns += 1;
    let result: number;
    try {
      result = await start(this.fd);
    } finally {
      this.#turns -= 1;
      if (this.#turns === 0 && this.#closing !== undefined) this.#closeNow(this.#closing);
    }
    if (this.#closing !== undefined) this.check();
    return result;
  }

  /** Closes the socket and fails everybody who waits. Safe to call twice. */
  close(how: 'close' | 'reset'): void {
    if (!this.#open || this.#closing !== undefined) return;
    this.#abandon('The operation was aborted');
    if (this.#turns === 0) this.#closeNow(how);
    else this.#closing = how;
  }

  /** Gives the descriptor away; this object is of no use afterwards. */
  release(): number {
    this.check();
    this.#abandon('The connection was handed over');
    this.#open = false;
    this.binding.tcpRelease(this.fd);
    return this.fd;
  }

  #closeNow(how: 'close' | 'reset'): void {
    this.#closing = undefined;
    this.#open = false;
    this.binding.tcpClose(this.fd, how === 'reset');
  }

  #abandon(why: string): void {
    // Also over an earlier failure: who is told `AbortError` knows that it was stopped on this side.
    this.#abandoned = why;
    this.#reactor.forget(this.fd);
    const [reader, writer] = [this.#reader, this.#writer];
    this.#reader = this.#writer = undefined;
    if (reader === undefined && writer === undefined) return;
    const error = abortError(why);
    reader?.reject(error);
    writer?.reject(error);
  }

  #arm(): void {
    const bits =
      (this.#reader === undefined ? 0 : readyBits.read) | (this.#writer === undefined ? 0 : readyBits.write);
    if (bits !== 0) this.#reactor.arm(this.fd, bits, this);
  }
}
