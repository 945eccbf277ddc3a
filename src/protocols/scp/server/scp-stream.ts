import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { maximumLineLength } from '../wire/control-line.ts';

const lineFeed = 0x0a;
const okByte = Buffer.from([0]);

/** Octets and lines of the scp protocol over a channel. */
export class ScpStream {
  readonly #channel: SshChannel;
  #rest: Buffer = Buffer.alloc(0);

  constructor(channel: SshChannel) {
    this.#channel = channel;
  }

  /** The next octets as they come, at most `maximum` of them; null at the end. */
  async take(maximum: number): Promise<Buffer | null> {
    if (this.#rest.length === 0) {
      const data = await this.#channel.receive();
      if (data === null) return null;
      this.#rest = data;
    }
    const taken = this.#rest.subarray(0, maximum);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /**
   * The next line without its line feed; null at the end of the channel.
   *
   * @throws WherryError `protocol` for an endless line, `truncated` when it is cut off
   */
  async line(): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      if (this.#rest.length === 0 && !(await this.#refill())) {
        if (length === 0) return null;
        throw new WherryError('truncated', 'The line is cut off');
      }
      const end = this.#rest.indexOf(lineFeed);
      const part = this.#rest.subarray(0, end < 0 ? this.#rest.length : end);
      parts.push(part);
      length += part.length;
      this.#rest = this.#rest.subarray(end < 0 ? part.length : end + 1);
      if (length > maximumLineLength) throw new WherryError('protocol', 'The line is too long');
      if (end >= 0) return Buffer.concat(parts);
    }
  }

  /**
   * What the other end says to what it was sent: null when all is well, else its words.
   *
   * @throws WherryError `aborted` for a fatal answer, `truncated` when there is none
   */
  async answer(): Promise<string | null> {
    const first = await this.take(1);
    if (first === null) throw new WherryError('truncated', 'The client left without an answer');
    return this.#wordsOf(first);
  }

  /**
   * What the sender says behind the octets of a file. One that leaves without a word has sent all that it announced:
   * libssh2 and so curl do, and OpenSSH's own sink keeps their files.
   *
   * @throws WherryError `aborted` for a fatal word
   */
  async lastWord(): Promise<string | null> {
    let first: Buffer | null;
    try {
      first = await this.take(1);
    } catch {
      return null;
    }
    return first === null ? null : this.#wordsOf(first);
  }

  async #wordsOf(first: Buffer): Promise<string | null> {
    if (first[0] === 0) return null;
    const words = printableName((await this.line())?.toString('utf8') ?? '');
    if (first[0] === 1) return words;
    throw new WherryError('aborted', `The client gave up: ${words}`);
  }

  async ok(): Promise<void> {
    await this.#channel.write(okByte);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#channel.write(bytes);
  }

  /** Tells of a problem: a warning skips what it is about, a fatal one ends everything. */
  async problem(text: string, fatal = false): Promise<void> {
    await this.#channel.write(
      Buffer.from(`${fatal ? '\u0002' : '\u0001'}scp: ${printableName(text)}\n`, 'utf8'),
    );
  }

  async #refill(): Promise<boolean> {
    const data = await this.#channel.receive();
    if (data !== null) this.#rest = data;
    return data !== null;
  }
}
