import type { BlockStream, BlockStreamOptions } from '#native/datagrams.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import type { WherryError } from '#core/errors.ts';
import { BlockReceiver } from '../wire/block-receiver.ts';
import { BlockSender } from '../wire/block-sender.ts';
import type { Rollover } from '../wire/block-numbers.ts';
import { headerBytes } from '../wire/limits.ts';
import { encodeOptionAcknowledgement } from '../wire/options.ts';
import { blockNumberOf, encodeAcknowledgement, opcodes } from '../wire/packets.ts';
import type { Retransmission } from '../wire/retransmission.ts';
import type { Agreement } from './negotiation.ts';
import { ReadChannel } from './read-channel.ts';

/** One direction of a transfer at work: what to do with the client's packets, and with its silence. */
export interface Mover {
  /** Sends the first answer and gives the channel once that stands. */
  start(): Awaitable<ByteChannel>;
  /** Takes a DATA or ACK packet; false for one that makes no sense here. */
  receive(opcode: number, packet: Buffer, nowMs: number): boolean;
  /** Sends again what the client has not answered. */
  resend(): void;
  fail(error: WherryError): void;
  /** Takes note of what the client has answered without a call of {@link receive}. */
  catchUp(nowMs: number): void;
  /** Answers that were taken note of so. */
  readonly answersElsewhere: number;
  /** Whether the client has answered anything, which it cannot do from an address that is not its own. */
  readonly proven: boolean;
}

/** What a mover works with. */
export interface MoverOptions {
  readonly agreement: Agreement;
  readonly rollover: Rollover;
  readonly retransmission: Retransmission;
  readonly send: (packets: Uint8Array, packetBytes: number) => void;
  readonly onDestroy: () => void;
  /** Opens the way of files past this program; null where there is none. */
  readonly openBlockStream: ((options: BlockStreamOptions) => BlockStream) | null;
}

/** Answers a read request: OACK if any option was granted, then blocks. */
export class ReadMover implements Mover {
  readonly #options: MoverOptions;
  readonly #sender: BlockSender;
  readonly #channel: ReadChannel;
  readonly #optionAnswer: Buffer | null;
  #confirmation: PromiseWithResolvers<ByteChannel> | null = null;
  #proven = false;
  #answersElsewhere = 0;

  constructor(options: MoverOptions) {
    const { agreement, rollover, retransmission, send, onDestroy, openBlockStream } = options;
    this.#options = options;
    this.#optionAnswer = encodeOptionAcknowledgement(agreement.answer);
    this.#sender = new BlockSender({
      blockSize: agreement.blockSize,
      windowSize: agreement.windowSize,
      rollover,
      transmit: (packets, packetBytes) => {
        if (retransmission.deadlineMs === Number.POSITIVE_INFINITY) retransmission.sent(performance.now());
        send(packets, packetBytes);
      },
      onDestroy,
    });
    this.#channel = new ReadChannel(
      this.#sender,
      openBlockStream === null
        ? null
        : () => {
            retransmission.sent(performance.now());
            const { blockSize, windowSize } = agreement;
            return openBlockStream({ blockBytes: blockSize, windowBlocks: windowSize, rollover });
          },
    );
  }

  get proven(): boolean {
    return this.#proven || this.#sender.proven;
  }

  get answersElsewhere(): number {
    return this.#answersElsewhere;
  }

  start(): Awaitable<ByteChannel> {
    if (this.#optionAnswer === null) return this.#channel;
    this.#confirmation = Promise.withResolvers<ByteChannel>();
    this.#options.retransmission.sent(performance.now());
    this.#options.send(this.#optionAnswer, this.#optionAnswer.length);
    return this.#confirmation.promise;
  }

  receive(opcode: number, packet: Buffer, nowMs: number): boolean {
    const block = blockNumberOf(packet);
    if (opcode !== opcodes.acknowledgement || block < 0) return false;
    const { retransmission, agreement } = this.#options;
    if (this.#confirmation !== null) {
      if (block !== 0) return true;
      retransmission.answered(nowMs);
      if (agreement.intervalMs !== null) retransmission.agree(agreement.intervalMs);
      this.#proven = true;
      this.#confirmation.resolve(this.#channel);
      this.#confirmation = null;
      return true;
    }
    if (this.#sender.acknowledge(block) === 'stale') return true;
    retransmission.answered(nowMs);
    if (this.#sender.inFlight) retransmission.sent(nowMs);
    return true;
  }

  resend(): void {
    if (this.#confirmation !== null && this.#optionAnswer !== null)
      this.#options.send(this.#optionAnswer, this.#optionAnswer.length);
    else this.#channel.retransmit();
  }

  catchUp(nowMs: number): void {
    const progress = this.#channel.stream?.look();
    if (progress === undefined) return;
    const { retransmission } = this.#options;
    if (progress.answers > this.#answersElsewhere) {
      this.#answersElsewhere = progress.answers;
      this.#proven = true;
      retransmission.answeredElsewhere(progress, nowMs);
    }
    // It waits for the disk, or for its share of a limited speed, and will send by itself.
    if (!progress.inFlight) retransmission.sent(nowMs);
  }

  fail(error: WherryError): void {
    this.#confirmation?.reject(error);
    this.#confirmation = null;
    this.#channel.fail(error);
  }
}

/** Answers a write request: OACK or ACK 0, then takes blocks. */
export class WriteMover implements Mover {
  readonly answersElsewhere = 0;
  readonly #options: MoverOptions;
  readonly #receiver: BlockReceiver;
  readonly #firstAnswer: Buffer;

  constructor(options: MoverOptions) {
    const { agreement, rollover, retransmission, send, onDestroy } = options;
    this.#options = options;
    this.#firstAnswer = encodeOptionAcknowledgement(agreement.answer) ?? encodeAcknowledgement(0);
    this.#receiver = new BlockReceiver({
      blockSize: agreement.blockSize,
      windowSize: agreement.windowSize,
      rollover,
      confirmAtOnce: false,
      acknowledge: (block) => {
        if (retransmission.deadlineMs === Number.POSITIVE_INFINITY) retransmission.sent(performance.now());
        send(encodeAcknowledgement(block), headerBytes);
      },
      onDestroy,
    });
  }

  get proven(): boolean {
    return this.#receiver.proven;
  }

  start(): ByteChannel {
    this.#options.retransmission.sent(performance.now());
    this.#options.send(this.#firstAnswer, this.#firstAnswer.length);
    return this.#receiver;
  }

  receive(opcode: number, packet: Buffer, nowMs: number): boolean {
    if (opcode !== opcodes.data) return false;
    const { retransmission, agreement } = this.#options;
    const first = !this.#receiver.proven;
    const effect = this.#receiver.receive(packet);
    if (effect === 'invalid') return false;
    if (effect !== 'progress' && effect !== 'complete') return true;
    retransmission.answered(nowMs);
    if (first && agreement.intervalMs !== null) retransmission.agree(agreement.intervalMs);
    if (this.#receiver.waitsForPeer) retransmission.sent(nowMs);
    return true;
  }

  resend(): void {
    if (this.#receiver.proven) this.#receiver.reacknowledge();
    else this.#options.send(this.#firstAnswer, this.#firstAnswer.length);
  }

  catchUp(): void {
    // Every packet of an upload passes through `receive`.
  }

  fail(error: WherryError): void {
    this.#receiver.fail(error);
  }
}
