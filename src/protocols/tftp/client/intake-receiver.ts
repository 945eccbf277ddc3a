import type { BlockIntake } from '#native/datagrams.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { WherryError } from '#core/errors.ts';
import { pieceBytes, type DataEffect } from '../wire/block-receiver.ts';

/** What a download is read from. */
export interface Receiver {
  /** Gives at least one octet, or 0 after the last block. */
  read(target: Uint8Array): Awaitable<number>;
  /** Takes in a DATA packet. */
  receive(packet: Uint8Array): DataEffect;
  /** Says again how far it has come. */
  reacknowledge(): void;
  fail(error: WherryError): void;
  readonly proven: boolean;
  readonly ended: boolean;
  readonly waitsForPeer: boolean;
}

/** Blocks that the socket's own room takes: only what makes no sense ever gets to {@link receive}. */
export class IntakeReceiver implements Receiver {
  readonly intake: BlockIntake;
  #ended = false;

  constructor(intake: BlockIntake) {
    this.intake = intake;
  }

  get proven(): boolean {
    return this.intake.look().answers > 0;
  }

  get ended(): boolean {
    return this.#ended || this.intake.ended;
  }

  get waitsForPeer(): boolean {
    return this.intake.look().inFlight;
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#ended) return 0;
    const wanted = target.length > pieceBytes ? target.subarray(0, pieceBytes) : target;
    const count = await this.intake.fill(wanted);
    this.#ended = count < wanted.length;
    return count;
  }

  receive(): DataEffect {
    return 'invalid';
  }

  reacknowledge(): void {
    this.intake.acknowledgeAgain();
  }

  fail(error: WherryError): void {
    this.intake.close(error);
  }
}
