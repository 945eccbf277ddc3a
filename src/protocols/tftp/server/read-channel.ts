import type { BlockStream } from '#native/datagrams.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel, ZeroCopy } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import type { BlockSender } from '../wire/block-sender.ts';

/**
 * What a file is sent through: octets of any kind by the sender of blocks, files of this machine by a stream that
 * answers acknowledgements without this program, where the socket has one. One transfer takes one of the ways.
 */
export class ReadChannel implements ByteChannel {
  readonly zeroCopy: ZeroCopy | null;
  readonly #sender: BlockSender;
  #stream: BlockStream | null = null;
  #failure: WherryError | null = null;

  /** @param openStream null where there is no other way than the sender's */
  constructor(sender: BlockSender, openStream: (() => BlockStream) | null) {
    this.#sender = sender;
    this.zeroCopy =
      openStream === null
        ? null
        : {
            sendFile: (fileDescriptor, position, length) => {
              if (this.#failure !== null) throw this.#failure;
              this.#stream ??= openStream();
              return this.#stream.sendFile(fileDescriptor, position, length);
            },
            receiveFile: () => {
              throw new WherryError('not-supported', 'This transfer goes the other way');
            },
          };
  }

  /** The stream, once a file is sent by it. */
  get stream(): BlockStream | null {
    return this.#stream;
  }

  read(): never {
    return this.#sender.read();
  }

  write(source: Uint8Array): Awaitable<void> {
    return this.#sender.write(source);
  }

  end(): Awaitable<void> {
    return this.#stream === null ? this.#sender.end() : this.#stream.end();
  }

  /** Sends again what is not acknowledged. */
  retransmit(): void {
    if (this.#stream === null) this.#sender.retransmit();
    else this.#stream.retransmit();
  }

  destroy(): void {
    this.#stream?.close(new WherryError('aborted', 'The transfer was stopped'));
    this.#sender.destroy();
  }

  /** Fails what waits and everything later; the first failure stays. */
  fail(error: WherryError): void {
    this.#failure ??= error;
    this.#sender.fail(error);
    this.#stream?.close(error);
  }
}
