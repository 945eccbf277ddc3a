import { isPending } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { WriteHandle } from '#core/file-system.ts';
import { BlockSender } from '../wire/block-sender.ts';
import { defaultBlockSize } from '../wire/limits.ts';
import { NetasciiEncoder } from '../wire/netascii.ts';
import { readOptionAcknowledgement, type TransferOptions } from '../wire/options.ts';
import { blockNumberOf, opcodes } from '../wire/packets.ts';
import type { ConversationHandler } from './conversation.ts';
import type { TransferStart } from './download.ts';

/** A file on its way to a server: written from the front to the end, and whole only once it is finished. */
export class Upload implements ConversationHandler, WriteHandle {
  readonly initialSize = 0;
  readonly fileDescriptor = null;
  readonly #start: TransferStart;
  readonly #begun = Promise.withResolvers<void>();
  #sender: BlockSender | null = null;
  readonly #encoder: NetasciiEncoder | null;
  #agreed: TransferOptions = {};
  #position = 0;

  constructor(start: TransferStart) {
    this.#start = start;
    this.#encoder = start.mode === 'netascii' ? new NetasciiEncoder() : null;
  }

  /** The options that the server has granted. */
  get agreed(): TransferOptions {
    return this.#agreed;
  }

  /** The server's last word is its last acknowledgement, which ends the conversation. */
  get complete(): boolean {
    return false;
  }

  /** Asks to write the file; settles when the server is ready. @throws WherryError when it refuses or stays silent */
  async begin(): Promise<void> {
    const { conversation, request } = this.#start;
    conversation.handOver(this);
    conversation.send(request);
    await this.#begun.promise;
  }

  opens(opcode: number, packet: Buffer): boolean {
    return opcode !== opcodes.acknowledgement || blockNumberOf(packet) === 0;
  }

  receive(opcode: number, packet: Buffer): boolean {
    const { retransmission, asked } = this.#start;
    const sender = this.#sender;
    if (opcode === opcodes.optionAcknowledgement) {
      // A second OACK says that DATA 1 was lost or is late; the timer sees to that.
      if (sender !== null) return true;
      const options = readOptionAcknowledgement(packet, asked);
      if (options === null) return false;
      if (options.timeout !== undefined) retransmission.agree(options.timeout * 1000);
      this.#createSender(options);
      return true;
    }
    if (opcode !== opcodes.acknowledgement) return false;
    const block = blockNumberOf(packet);
    if (sender === null) {
      if (block !== 0) return false;
      this.#createSender({});
      return true;
    }
    if (sender.acknowledge(block) === 'stale') return true;
    const nowMs = performance.now();
    retransmission.answered(nowMs);
    if (sender.inFlight) retransmission.sent(nowMs);
    return true;
  }

  resend(): void {
    const { conversation, request } = this.#start;
    if (this.#sender === null) conversation.send(request);
    else this.#sender.retransmit();
  }

  catchUp(): void {
    // Every packet of an upload passes through `receive`.
  }

  fail(error: WherryError): void {
    this.#begun.reject(error);
    this.#sender?.fail(error);
  }

  /** @throws WherryError `invalid-range` for any position but the next, or what the server refused with */
  async write(source: Uint8Array, position: number): Promise<void> {
    if (position !== this.#position) {
      throw new WherryError('invalid-range', 'TFTP writes a file from its start to its end only', {
        path: this.#start.path,
      });
    }
    const writing = this.#sender?.write(this.#encoder === null ? source : this.#encoder.transform(source));
    if (isPending(writing)) await writing;
    this.#position += source.length;
    this.#start.report(
      this.#position,
      this.#start.mode === 'octet' ? (this.#start.asked.tsize ?? null) : null,
    );
  }

  /** Settles when the server has acknowledged the last block, which an honest one does when the file is in place. */
  async finish(): Promise<void> {
    await this.#sender?.end();
    this.#start.conversation.close();
  }

  abort(): void {
    const { conversation, path } = this.#start;
    conversation.abandon(new WherryError('aborted', 'The upload was given up', { path }));
  }

  read(): never {
    throw this.#unsupported('read what is being written');
  }

  truncate(): never {
    throw this.#unsupported('cut a file');
  }

  stat(): Entry {
    throw this.#unsupported('examine a file');
  }

  setAttributes(): never {
    throw this.#unsupported('change attributes');
  }

  sync(): never {
    throw this.#unsupported('force a file to the disk');
  }

  #unsupported(action: string): WherryError {
    return new WherryError('not-supported', `Cannot ${action}: TFTP has no such request`, {
      path: this.#start.path,
    });
  }

  #createSender(options: TransferOptions): void {
    const { conversation, rollover } = this.#start;
    this.#agreed = options;
    this.#sender = new BlockSender({
      blockSize: options.blksize ?? defaultBlockSize,
      windowSize: options.windowsize ?? 1,
      rollover,
      transmit: (packets, packetBytes) => {
        conversation.send(packets, packetBytes);
      },
    });
    this.#begun.resolve();
  }
}
