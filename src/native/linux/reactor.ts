import { checkResult } from '../system-error.ts';
import type { Binding } from './binding.ts';

/** The bits of epoll(7) that this room waits for. */
export const readyBits = { read: 0x001, write: 0x004 } as const;
/** EPOLLERR and EPOLLHUP: whoever waits finds out by trying again. */
const troubleBits = 0x018;

/** Pairs of descriptor and events that `reactor.c` hands over at once. */
const eventsPerTurn = 256;

/** Somebody who waits for a descriptor. */
export interface Pollable {
  /** Called once for each `arm`; being woken for nothing must do no harm. */
  onReady(canRead: boolean, canWrite: boolean): void;
}

/**
 * Tells who may go on. Nothing is registered before the first wait, and the event loop is kept alive only while
 * somebody waits.
 */
export class Reactor {
  readonly #binding: Binding;
  readonly #ready = new Int32Array(2 * eventsPerTurn);
  readonly #waiting = new Map<number, Pollable>();
  #started = false;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Asks for one call of `onReady`; replaces what was asked for this descriptor before. */
  arm(fd: number, bits: number, pollable: Pollable): void {
    if (!this.#started) {
      checkResult(this.#binding.reactorStart(this.#ready, this.#dispatch), 'epoll_create1');
      this.#started = true;
    }
    checkResult(this.#binding.reactorArm(fd, bits), 'epoll_ctl');
    if (this.#waiting.size === 0) this.#binding.reactorHold(true);
    this.#waiting.set(fd, pollable);
  }

  /** Withdraws what was asked for a descriptor. */
  forget(fd: number): void {
    if (this.#waiting.delete(fd) && this.#waiting.size === 0) this.#binding.reactorHold(false);
  }

  readonly #dispatch = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const fd = this.#ready[2 * index] ?? -1;
      const bits = this.#ready[2 * index + 1] ?? 0;
      const pollable = this.#waiting.get(fd);
      // Forgotten after the kernel had told.
      if (pollable === undefined) continue;
      this.forget(fd);
      const trouble = (bits & troubleBits) !== 0;
      pollable.onReady(trouble || (bits & readyBits.read) !== 0, trouble || (bits & readyBits.write) !== 0);
    }
  };
}
