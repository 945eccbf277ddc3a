import { isPending } from '#core/awaitable.ts';
import { bareEntry, type Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { nameOf } from '#core/virtual-path.ts';
import { BlockReceiver } from '../wire/block-receiver.ts';
import type { Rollover } from '../wire/block-numbers.ts';
import { defaultBlockSize } from '../wire/limits.ts';
import { NetasciiDecoder } from '../wire/netascii.ts';
import { readOptionAcknowledgement, type TransferOptions } from '../wire/options.ts';
import { blockNumberOf, encodeAcknowledgement, opcodes } from '../wire/packets.ts';
import type { TransferMode } from '../wire/request.ts';
import type { Retransmission } from '../wire/retransmission.ts';
import type { Conversation, ConversationHandler } from './conversation.ts';
import { IntakeReceiver, type Receiver } from './intake-receiver.ts';

/** What a transfer is made of, in either direction. */
export interface TransferStart {
  readonly conversation: Conversation;
  readonly retransmission: Retransmission;
  readonly request: Buffer;
  readonly asked: TransferOptions;
  readonly mode: TransferMode;
  readonly rollover: Rollover;
  readonly path: VirtualPath;
  readonly report: (bytes: number, total: number | null) => void;
}

/** A file on its way from a server: asks for it, agrees on options, and is then read from the front to the end. */
export class Download implements ConversationHandler, ReadHandle {
  readonly fileDescriptor = null;
  readonly #start: TransferStart;
  readonly #begun = Promise.withResolvers<void>();
  #receiver: Receiver | null = null;
  #blocksSeen = 0;
  #options: TransferOptions = {};
  #decoder: NetasciiDecoder | null;
  /** Decoded octets that did not fit. */
  #left: Uint8Array = new Uint8Array(0);
  #position = 0;
  #wireBytes = 0;
  #over = false;

  constructor(start: TransferStart) {
    this.#start = start;
    this.#decoder = start.mode === 'netascii' ? new NetasciiDecoder() : null;
  }

  get entry(): Entry {
    const { path, mode } = this.#start;
    return entryOf(path, mode === 'octet' ? (this.#options.tsize ?? null) : null);
  }

  get complete(): boolean {
    return this.#receiver?.ended === true;
  }

  /** The options that the server has granted. */
  get agreed(): TransferOptions {
    return this.#options;
  }

  /** Asks for the file; settles when the server has begun. @throws WherryError when it refuses or stays silent */
  async begin(): Promise<void> {
    const { conversation, request } = this.#start;
    conversation.handOver(this);
    conversation.send(request);
    await this.#begun.promise;
  }

  opens(opcode: number, packet: Buffer): boolean {
    return opcode !== opcodes.data || blockNumberOf(packet) === 1;
  }

  receive(opcode: number, packet: Buffer): boolean {
    const receiver = this.#receiver;
    if (opcode === opcodes.optionAcknowledgement) {
      if (receiver === null) return this.#agree(packet);
      // The ACK of the options was lost.
      if (!receiver.proven) receiver.reacknowledge();
      return true;
    }
    if (opcode !== opcodes.data) return false;
    const { retransmission } = this.#start;
    const taker = receiver ?? this.#createReceiver(false);
    const effect = taker.receive(packet);
    if (effect === 'invalid') return false;
    if (receiver === null) this.#begun.resolve();
    if (effect !== 'progress' && effect !== 'complete') return true;
    const nowMs = performance.now();
    retransmission.answered(nowMs);
    if (taker.waitsForPeer) retransmission.sent(nowMs);
    return true;
  }

  resend(): void {
    const { conversation, request } = this.#start;
    if (this.#receiver === null) conversation.send(request);
    else this.#receiver.reacknowledge();
  }

  catchUp(nowMs: number): void {
    if (!(this.#receiver instanceof IntakeReceiver)) return;
    const { retransmission } = this.#start;
    const progress = this.#receiver.intake.look();
    if (progress.answers > this.#blocksSeen) {
      this.#blocksSeen = progress.answers;
      retransmission.answeredElsewhere(progress, nowMs);
    }
    // It is the reader who is waited for.
    if (!progress.inFlight) retransmission.sent(nowMs);
  }

  fail(error: WherryError): void {
    this.#begun.reject(error);
    this.#receiver?.fail(error);
  }

  /** @throws WherryError `invalid-range` for any position but the next, `truncated` for less than was announced */
  async read(target: Uint8Array, position: number): Promise<number> {
    if (position !== this.#position) {
      throw new WherryError('invalid-range', 'TFTP reads a file from its start to its end only', {
        path: this.#start.path,
      });
    }
    if (target.length === 0 || this.#over) return 0;
    const count =
      this.#decoder === null ? await this.#readPlain(target) : await this.#readDecoded(target, this.#decoder);
    this.#position += count;
    if (count === 0) this.#finish();
    else this.#start.report(this.#position, this.entry.size);
    return count;
  }

  /** Ends it; the server is told when there was more to come. */
  close(): void {
    const { conversation, path } = this.#start;
    if (this.#receiver?.ended === true) conversation.linger();
    else conversation.abandon(new WherryError('aborted', 'The file was closed', { path }));
  }

  async #readPlain(target: Uint8Array): Promise<number> {
    const reading = this.#receiver?.read(target) ?? 0;
    const count = isPending(reading) ? await reading : reading;
    this.#wireBytes += count;
    return count;
  }

  async #readDecoded(target: Uint8Array, decoder: NetasciiDecoder): Promise<number> {
    while (this.#left.length === 0) {
      const count = await this.#readPlain(target);
      this.#left = count === 0 ? decoder.finish() : decoder.transform(target.slice(0, count));
      if (count === 0) break;
    }
    const part = this.#left.subarray(0, target.length);
    target.set(part);
    this.#left = this.#left.subarray(part.length);
    return part.length;
  }

  #finish(): void {
    this.#over = true;
    const { tsize } = this.#options;
    if (this.#start.mode !== 'octet' || tsize === undefined || tsize === this.#wireBytes) return;
    const text = `The server announced ${tsize} octets and sent ${this.#wireBytes}`;
    throw new WherryError(this.#wireBytes < tsize ? 'truncated' : 'integrity', text, {
      path: this.#start.path,
    });
  }

  #agree(packet: Buffer): boolean {
    const { asked, retransmission, conversation } = this.#start;
    const options = readOptionAcknowledgement(packet, asked);
    if (options === null) return false;
    this.#options = options;
    if (options.timeout !== undefined) retransmission.agree(options.timeout * 1000);
    this.#createReceiver(true);
    this.#begun.resolve();
    conversation.send(encodeAcknowledgement(0));
    return true;
  }

  /** @param fromFirst whether no block has come yet */
  #createReceiver(fromFirst: boolean): Receiver {
    const { blksize, windowsize } = this.#options;
    const { conversation, rollover } = this.#start;
    const intake = fromFirst
      ? conversation.openBlockIntake({
          blockBytes: blksize ?? defaultBlockSize,
          windowBlocks: windowsize ?? 1,
          rollover,
        })
      : null;
    if (intake !== null) return (this.#receiver = new IntakeReceiver(intake));
    const receiver = new BlockReceiver({
      blockSize: blksize ?? defaultBlockSize,
      windowSize: windowsize ?? 1,
      rollover,
      confirmAtOnce: true,
      acknowledge: (block) => {
        conversation.send(encodeAcknowledgement(block));
      },
    });
    this.#receiver = receiver;
    return receiver;
  }
}

function entryOf(path: VirtualPath, size: number | null): Entry {
  return bareEntry(nameOf(path), 'file', { size });
}
