import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { codeOfWords } from '#protocols/ssh/client/server-words.ts';
import type { SshClientConnection } from '#protocols/ssh/client/client-connection.ts';
import { maximumLineLength } from '../wire/control-line.ts';

const lineFeed = 0x0a;
const okByte = Buffer.from([0]);
/** What the server's scp says on its standard error at most; the first lines tell what is wrong. */
const maximumComplaint = 4096;
const notFoundStatus = 127;

/** What is said with one scp at the server. */
export class ScpConversation {
  readonly #channel: SshChannel;
  readonly #complaint: () => string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(channel: SshChannel, complaint: () => string) {
    this.#channel = channel;
    this.#complaint = complaint;
  }

  /** The next octets as they come, at most `maximum` of them. @throws WherryError why there are none */
  async take(maximum: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#receive();
    const taken = this.#rest.subarray(0, maximum);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** The next line without its line feed. @throws WherryError `protocol` for an endless one */
  async line(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      if (this.#rest.length === 0) this.#rest = await this.#receive();
      const end = this.#rest.indexOf(lineFeed);
      const part = this.#rest.subarray(0, end < 0 ? this.#rest.length : end);
      this.#rest = this.#rest.subarray(end < 0 ? part.length : end + 1);
      parts.push(part);
      length += part.length;
      if (length > maximumLineLength) throw new WherryError('protocol', 'The server sent too long a line');
      if (end >= 0) return Buffer.concat(parts);
    }
  }

  /** Waits for the server's consent to what was sent. @throws WherryError what it says instead */
  async agreed(): Promise<void> {
    const [first] = await this.take(1);
    if (first === 0) return;
    if (first !== 1 && first !== 2) throw await this.#noScp(first ?? 0);
    throw problemOf((await this.line()).toString('utf8'));
  }

  /** Says a few octets. Where nobody listens any more, whatever is read next tells why. */
  async say(bytes: Uint8Array): Promise<void> {
    try {
      await this.#channel.write(bytes);
    } catch {
      // As above.
    }
  }

  /** Sends octets of a file. @throws WherryError what the server says when it takes no more of them */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#channel.write(bytes);
    } catch {
      await this.agreed();
      throw new WherryError('connection-lost', 'The scp at the server ended in the middle of a file');
    }
  }

  /** Consents to what the server sent. */
  async agree(): Promise<void> {
    await this.say(okByte);
  }

  /** Declines the entry that the server offers; it goes on with the next one. */
  async decline(): Promise<void> {
    await this.say(Buffer.from('\u0001not wanted\n', 'latin1'));
  }

  /** Ends it in order: no more is to come from here. */
  async finish(): Promise<void> {
    this.#channel.end();
    await this.#channel.whenClosed();
  }

  /** Drops it, whatever the server is doing. */
  drop(): void {
    this.#channel.destroy();
  }

  async #receive(): Promise<Buffer> {
    let data: Buffer | null;
    try {
      data = await this.#channel.receive();
    } catch (thrown) {
      const error = toWherryError(thrown, 'go on with scp');
      throw error.code === 'truncated' || error.code === 'closed' ? await this.#ended() : error;
    }
    if (data === null) throw await this.#ended();
    return data;
  }

  async #ended(): Promise<WherryError> {
    await this.#channel.whenClosed();
    const words = printableName(this.#complaint().trim());
    if (this.#channel.exitStatus === notFoundStatus || /not found|no such command/i.test(words)) {
      return new WherryError('not-supported', 'The server has no scp command');
    }
    return words === ''
      ? new WherryError('connection-lost', 'The scp at the server ended')
      : problemOf(words);
  }

  /** Something else than scp speaks: a shell's greeting, as a rule. */
  async #noScp(first: number): Promise<WherryError> {
    const rest = await this.line().catch(() => Buffer.alloc(0));
    const words = printableName(
      Buffer.concat([Buffer.from([first]), rest])
        .toString('utf8')
        .slice(0, 100),
    );
    return new WherryError('protocol', `The server does not speak scp; it says "${words}"`);
  }

  /**
   * Starts scp at the server.
   *
   * @throws WherryError `not-supported` when the server runs no commands
   */
  static async start(ssh: SshClientConnection, commandLine: Uint8Array): Promise<ScpConversation> {
    let said = '';
    const channel = await ssh.openCommand(commandLine, {
      onExtendedData: (kind, data) => {
        if (kind === 1 && said.length < maximumComplaint) said += data.toString('utf8');
      },
    });
    return new ScpConversation(channel, () => said);
  }
}

/** The server's words as an error. */
export function problemOf(text: string): WherryError {
  const words = printableName(text.trim())
    .replace(/^scp: /, '')
    .slice(0, 200);
  return new WherryError(codeOfWords(words) ?? 'io', `The server says: ${words}`);
}
