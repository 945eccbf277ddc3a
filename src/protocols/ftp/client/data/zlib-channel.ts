import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import { maximumInflatePiece, ZlibPipe } from '../../wire/zlib-pipe.ts';
import type { DataChannel } from './data-channel.ts';

/** What ProFTPD chooses too: more effort gains little on files. */
const level = 7;

/** A data connection in MODE Z: one zlib stream in each transfer, whichever way it goes. */
export class ZlibChannel implements DataChannel {
  readonly zeroCopy: ByteChannel['zeroCopy'] = null;
  readonly #inner: DataChannel;
  readonly #piece = Buffer.allocUnsafe(maximumInflatePiece);
  readonly #pipe: ZlibPipe;
  #output: Buffer[] = [];
  #over = false;

  constructor(inner: DataChannel, direction: 'download' | 'upload') {
    this.#inner = inner;
    this.#pipe = direction === 'download' ? ZlibPipe.inflate() : ZlibPipe.deflate(level);
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#output.length === 0 && !this.#over) {
      const count = await this.#inner.read(this.#piece);
      if (count === 0) {
        this.#over = true;
        this.#output.push(...(await this.#pipe.end()));
      } else if (this.#pipe.ended) {
        throw new WherryError('protocol', 'More data followed the end of the compressed data');
      } else {
        this.#output.push(...(await this.#pipe.push(this.#piece.subarray(0, count))));
      }
    }
    return this.#take(target);
  }

  async write(source: Uint8Array): Promise<void> {
    for (const piece of await this.#pipe.push(source)) await this.#inner.write(piece);
  }

  async end(): Promise<void> {
    for (const piece of await this.#pipe.end()) await this.#inner.write(piece);
    await this.#inner.end();
  }

  destroy(): void {
    this.#pipe.destroy();
    this.#inner.destroy();
  }

  answerEnd(): void {
    this.#inner.answerEnd();
  }

  close(): void {
    this.#pipe.destroy();
    this.#inner.close();
  }

  #take(target: Uint8Array): number {
    const first = this.#output[0];
    if (first === undefined) return 0;
    const part = first.subarray(0, target.length);
    target.set(part);
    if (part.length === first.length) this.#output.shift();
    else this.#output[0] = first.subarray(part.length);
    return part.length;
  }
}
