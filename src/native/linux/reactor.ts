import { checkResult } from '../system-error.ts';
import type { Binding } from './binding.ts';

/** The bits of epoll(7) that this room waits for. */
export const readyBits = { read: 0x001, write: 0x004 } as const;
/** EPOLLERR and EPOLLHUP: whoever waits finds out by trying again. */
const troubleBits = 0x018;
/** EPOLLONESHOT: told once, and then nothing until the next call of epoll_ctl. */
const once = 0x4000_0000;

/** Pairs of descriptor and events that `reactor.c` hands over at once. */
const eventsPerTurn = 256;

/** Somebody who waits for a descriptor. */
export interface Pollable {
  /** Called once for each `arm`; being woken for nothing must do no harm. */
  onReady(canRead: boolean, canWrite: boolean): void;
}

/** Somebody whose replies may be queued. */
export interface QueuedSender {
  /** Not all was taken: `result` octets, or none for a reason (a negative errno). */
  onUnsent(result: number, rest: Buffer): void;
}

/** Tells who may go on. Nothing is registered before the first wait, and the event loop is kept alive only while somebody waits. */
export class Reactor {
  readonly #binding: Binding;
  readonly #ready = new Int32Array(2 * eventsPerTurn);
  /** By descriptor. */
  readonly #waiting: (Pollable | undefined)[] = [];
  /** By descriptor, whether the kernel tells that it can be read without being asked again. */
  readonly #isWatched: boolean[] = [];
  readonly #senders: (QueuedSender | undefined)[] = [];
  #waitingCount = 0;
  #started = false;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Asks for one call of `onReady`; replaces what was asked for this descriptor before. */
  arm(fd: number, bits: number, pollable: Pollable): void {
    this.#register(fd, bits | once);
    this.#isWatched[fd] = false;
    this.#wait(fd, pollable);
  }

  /**
   * As {@link arm} for reading, for those who ask again as soon as they have read: only the first time costs a system
   * call, or the next one after there was something to read and nobody had asked.
   */
  watch(fd: number, pollable: Pollable): void {
    if (this.#isWatched[fd] !== true) {
      this.#register(fd, readyBits.read);
      this.#isWatched[fd] = true;
    }
    this.#wait(fd, pollable);
  }

  /** Withdraws what was asked for a descriptor. */
  forget(fd: number): void {
    if (fd < this.#senders.length) this.#senders[fd] = undefined;
    if (fd >= this.#waiting.length) return;
    this.#isWatched[fd] = false;
    if (this.#waiting[fd] !== undefined) this.#stopWaiting(fd);
  }

  /** Says who hears of what was queued for a descriptor and could not be sent, up to {@link forget}. */
  sends(fd: number, sender: QueuedSender): void {
    while (this.#senders.length <= fd) this.#senders.push(undefined);
    this.#senders[fd] = sender;
  }

  #register(fd: number, events: number): void {
    if (!this.#started) {
      checkResult(this.#binding.reactorStart(this.#ready, this.#dispatch, this.#onUnsent), 'epoll_create1');
      this.#started = true;
    }
    checkResult(this.#binding.reactorArm(fd, events), 'epoll_ctl');
    // Element by element, as an array with gaps is slow for ever.
    while (this.#waiting.length <= fd) {
      this.#waiting.push(undefined);
      this.#isWatched.push(false);
    }
  }

  #wait(fd: number, pollable: Pollable): void {
    if (this.#waiting[fd] === undefined) {
      this.#waitingCount += 1;
      if (this.#waitingCount === 1) this.#binding.reactorHold(true);
    }
    this.#waiting[fd] = pollable;
  }

  #stopWaiting(fd: number): void {
    this.#waiting[fd] = undefined;
    this.#waitingCount -= 1;
    if (this.#waitingCount === 0) this.#binding.reactorHold(false);
  }

  readonly #onUnsent = (fd: number, result: number, rest: Buffer): void => {
    this.#senders[fd]?.onUnsent(result, rest);
  };

  readonly #dispatch = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const fd = this.#ready[2 * index] ?? -1;
      const bits = this.#ready[2 * index + 1] ?? 0;
      const pollable = this.#waiting[fd];
      if (pollable === undefined) {
        // Forgotten after the kernel had told, or watched and not asked for: the kernel would tell it in every turn.
        this.#isWatched[fd] = false;
        this.#binding.reactorArm(fd, once);
        continue;
      }
      this.#stopWaiting(fd);
      const trouble = (bits & troubleBits) !== 0;
      pollable.onReady(trouble || (bits & readyBits.read) !== 0, trouble || (bits & readyBits.write) !== 0);
    }
  };
}
