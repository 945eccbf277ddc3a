import type { BlockIntake, BlockStreamOptions, StreamProgress } from '../datagram-contract.ts';
import { checkResult } from '../system-error.ts';
import type { DatagramBinding, DatagramRoom } from './datagram-binding.ts';
import { endedPlace, progressNumbers, progressOf } from './progress.ts';

/** A {@link BlockIntake} of the addon (`block_intake.c`). */
export class LinuxBlockIntake implements BlockIntake {
  readonly #binding: DatagramBinding;
  readonly #room: DatagramRoom;
  readonly #fd: number;
  readonly #progress = new Float64Array(progressNumbers);
  #waiting: PromiseWithResolvers<number> | null = null;
  #closed: Error | null = null;

  constructor(
    place: { readonly binding: DatagramBinding; readonly room: DatagramRoom; readonly fd: number },
    options: BlockStreamOptions,
  ) {
    this.#binding = place.binding;
    this.#room = place.room;
    this.#fd = place.fd;
    const { blockBytes, windowBlocks, rollover } = options;
    checkResult(this.#binding.intakeOpen(this.#room, this.#fd, blockBytes, windowBlocks, rollover), 'mmap');
  }

  get ended(): boolean {
    this.look();
    return (this.#progress[endedPlace] ?? 0) > 0;
  }

  async fill(target: Uint8Array): Promise<number> {
    if (this.#closed !== null) throw this.#closed;
    const waiting = Promise.withResolvers<number>();
    // What is told may be told before the call has returned.
    this.#waiting = waiting;
    const result = this.#binding.intakeFill(this.#room, this.#fd, target);
    if (result < 0) this.#waiting = null;
    checkResult(result, 'recvmsg');
    return await waiting.promise;
  }

  acknowledgeAgain(): void {
    if (this.#closed === null) this.#binding.intakeAgain(this.#room, this.#fd);
  }

  look(): StreamProgress {
    const progress = this.#progress;
    if (this.#closed === null) this.#binding.intakeLook(this.#room, this.#fd, progress);
    return progressOf(progress);
  }

  close(reason: Error): void {
    if (this.#closed !== null) return;
    this.look();
    this.#closed = reason;
    this.#binding.intakeClose(this.#room, this.#fd);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(reason);
  }

  /** Takes what the addon tells: so many octets have come. */
  onFilled(octets: number): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(octets);
  }
}
