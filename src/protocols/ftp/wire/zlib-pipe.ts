import { createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { WherryError } from '#core/errors.ts';

/**
 * Octets inflated in one go: deflate grows data at most a thousandfold, so that this bounds what a hostile stream can
 * make of it before the reader has looked at the result.
 */
export const maximumInflatePiece = 16 * 1024;

const outputBytes = 64 * 1024;

/** One zlib stream (RFC 1950), as MODE Z has it on a data connection, asked piece by piece. */
export class ZlibPipe {
  readonly #stream: Deflate | Inflate;
  #output: Buffer[] = [];
  #failure: Error | null = null;
  #ended = false;
  #wake: (() => void) | null = null;

  private constructor(stream: Deflate | Inflate) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#output.push(chunk));
    stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    stream.on('error', (error) => {
      this.#failure = error;
      this.#wake?.();
    });
  }

  /** A pipe that compresses. @param level 0 to 9 */
  static deflate(level: number): ZlibPipe {
    return new ZlibPipe(createDeflate({ level, chunkSize: outputBytes }));
  }

  /** A pipe that gives back what was compressed. */
  static inflate(): ZlibPipe {
    return new ZlibPipe(createInflate({ chunkSize: outputBytes }));
  }

  /** Whether the stream has come to its own end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What comes of a piece; nothing of it is kept. @throws WherryError `truncated` for damaged data */
  async push(piece: Uint8Array): Promise<readonly Buffer[]> {
    await this.#wait((done) => this.#stream.write(piece, done));
    return this.#take();
  }

  /** What is left at the end. @throws WherryError `truncated` when the stream had not come to its own end */
  async end(): Promise<readonly Buffer[]> {
    if (!this.#ended) {
      await this.#wait((done) => {
        this.#stream.once('end', done);
        this.#stream.end();
      });
    }
    return this.#take();
  }

  /** Gives its memory back. Safe to call twice. */
  destroy(): void {
    this.#stream.destroy();
  }

  async #wait(start: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      start(resolve);
    });
    this.#wake = null;
    if (this.#failure === null) return;
    throw new WherryError('truncated', 'The compressed data are damaged or end too early', {
      cause: this.#failure,
    });
  }

  #take(): readonly Buffer[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}
