import { createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { WherryError } from '#core/errors.ts';
import type { Codec } from '#engine/transfer.ts';

/**
 * Octets inflated in one go: deflate grows data at most a thousandfold, so that this bounds what a hostile stream
 * can make of it before the writer has looked at the result.
 */
const maximumInflateChunk = 16 * 1024;

/** What both directions share: a zlib stream (RFC 1950) asked piece by piece. */
class ZlibPipe {
  readonly #stream: Deflate | Inflate;
  #output: Buffer[] = [];
  #failure: Error | null = null;
  #ended = false;
  #settle: (() => void) | null = null;

  constructor(stream: Deflate | Inflate) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#output.push(chunk));
    stream.on('end', () => {
      this.#ended = true;
      this.#settle?.();
    });
    stream.on('error', (error) => {
      this.#failure = error;
      this.#settle?.();
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Octets that the stream has taken in. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  async push(chunk: Uint8Array): Promise<Buffer> {
    await this.#wait((done) => this.#stream.write(chunk, done));
    return this.#collect();
  }

  async end(): Promise<Buffer> {
    if (!this.#ended) {
      await this.#wait((done) => {
        this.#stream.once('end', done);
        this.#stream.end();
      });
    }
    this.#stream.destroy();
    return this.#collect();
  }

  async #wait(start: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      start(resolve);
    });
    this.#settle = null;
    if (this.#failure === null) return;
    throw new WherryError('truncated', 'The compressed data are damaged or end too early', {
      cause: this.#failure,
    });
  }

  #collect(): Buffer {
    const output =
      this.#output.length === 1 ? (this.#output[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#output);
    this.#output = [];
    return output;
  }
}

/** MODE Z, sending: one zlib stream over the whole data connection. */
export class DeflateCodec implements Codec {
  readonly ended = false;
  readonly #pipe: ZlibPipe;

  /** @param level 0 to 9 */
  constructor(level: number) {
    this.#pipe = new ZlibPipe(createDeflate({ level, chunkSize: 64 * 1024 }));
  }

  async transform(chunk: Uint8Array): Promise<Uint8Array> {
    return chunk.length === 0 ? chunk : this.#pipe.push(chunk);
  }

  async finish(): Promise<Uint8Array> {
    return this.#pipe.end();
  }
}

/** MODE Z, receiving: an end before the stream's own, or octets behind it, are errors. */
export class InflateCodec implements Codec {
  readonly maximumChunk = maximumInflateChunk;
  readonly ended = false;
  readonly #pipe = new ZlibPipe(createInflate({ chunkSize: 64 * 1024 }));
  #given = 0;

  async transform(chunk: Uint8Array): Promise<Uint8Array> {
    if (chunk.length === 0) return chunk;
    if (this.#pipe.ended)
      throw new WherryError('truncated', 'More data followed the end of the compressed data');
    this.#given += chunk.length;
    return this.#pipe.push(chunk);
  }

  async finish(): Promise<Uint8Array> {
    if (this.#given === 0) throw new WherryError('truncated', 'The compressed data are missing');
    const rest = await this.#pipe.end();
    if (this.#pipe.taken < this.#given) {
      throw new WherryError('truncated', 'More data followed the end of the compressed data');
    }
    return rest;
  }
}
