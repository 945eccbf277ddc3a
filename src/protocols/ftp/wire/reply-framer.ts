import { WherryError } from '#core/errors.ts';
import { decodeName } from '#core/name-encoding.ts';
import { ByteQueue } from './byte-queue.ts';
import { maximumReply, maximumReplyLine } from './limits.ts';
import type { Reply } from './reply.ts';
import { carriageReturn, lineFeed, lowestTelnetCommand, telnet } from './telnet.ts';

export interface ReplyLimits {
  /** Octets of one line with its end. */
  readonly maximumLine?: number;
  /** Octets of one whole reply. */
  readonly maximumReply?: number;
}

const replyStart = /^([1-6]\d\d)(?:([ \t-])([^]*))?$/;

/**
 * Cuts what an FTP server sends into replies (RFC 959 section 4.2). Lines end with CR LF or a bare LF. A reply of
 * several lines ends with the line that has the code of its first line before a space or alone; every other line
 * between is text, whatever it starts with. Lines in between that repeat the code and a hyphen lose that prefix.
 */
export class ReplyFramer {
  readonly #maximumLine: number;
  readonly #maximumReply: number;
  readonly #queue = new ByteQueue();
  #searchedTo = -1;
  #code = 0;
  #lines: string[] = [];
  #size = 0;

  constructor(limits: ReplyLimits = {}) {
    this.#maximumLine = limits.maximumLine ?? maximumReplyLine;
    this.#maximumReply = limits.maximumReply ?? maximumReply;
  }

  /** Octets received that are in no reply yet; not 0 after the reply to AUTH means that somebody injected them. */
  get bufferedBytes(): number {
    return this.#queue.length + this.#size;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0 && this.#queue.append(chunk)) this.#searchedTo = -1;
  }

  /**
   * The next whole reply, or null until more is pushed.
   *
   * @throws WherryError `protocol` for a line that is no reply, `too-large` past a limit; the connection is then
   * of no further use
   */
  next(): Reply | null {
    for (let line = this.#line(); line !== null; line = this.#line()) {
      const reply = this.#code === 0 ? this.#first(line) : this.#following(line);
      if (reply !== null) return reply;
    }
    return null;
  }

  /** Forgets everything that is in no reply yet. Returns how many octets that were. */
  discard(): number {
    const dropped = this.bufferedBytes;
    this.#queue.clear();
    this.#searchedTo = -1;
    this.#reset();
    return dropped;
  }

  #first(line: string): Reply | null {
    const match = replyStart.exec(line);
    if (match === null) throw new WherryError('protocol', 'The server sent a line that is no FTP reply');
    const code = Number(match[1]);
    const text = match[3] ?? '';
    if (match[2] !== '-') {
      this.#reset();
      return { code, lines: [text] };
    }
    this.#code = code;
    this.#lines = [text];
    return null;
  }

  #following(line: string): Reply | null {
    if (!line.startsWith(String(this.#code))) {
      this.#lines.push(line);
      return null;
    }
    const separator = line.charAt(3);
    if (separator !== ' ' && separator !== '') {
      this.#lines.push(separator === '-' ? line.slice(4) : line);
      return null;
    }
    const reply = { code: this.#code, lines: [...this.#lines, line.slice(4)] };
    this.#reset();
    return reply;
  }

  #reset(): void {
    this.#code = 0;
    this.#lines = [];
    this.#size = 0;
  }

  #line(): string | null {
    const { buffer, position, limit } = this.#queue;
    const found = buffer.indexOf(lineFeed, Math.max(this.#searchedTo, position));
    const end = found < 0 || found >= limit ? limit : found;
    if (end - position >= this.#maximumLine) {
      throw new WherryError('too-large', 'The server sent a reply line that is too long');
    }
    if (end === limit) {
      this.#searchedTo = limit;
      return null;
    }
    this.#size += end + 1 - position;
    if (this.#size > this.#maximumReply) {
      throw new WherryError('too-large', 'The server sent a reply that is too large');
    }
    this.#queue.advanceTo(end + 1);
    let last = end;
    while (last > position && buffer[last - 1] === carriageReturn) last -= 1;
    return decodeName(withoutTelnet(buffer.subarray(position, last)));
  }
}

/**
 * Undoes telnet on one line: a doubled IAC is one octet 0xFF, negotiations and commands go. A lone IAC before other
 * data stays, because servers that know no telnet send names with 0xFF as they are.
 */
function withoutTelnet(line: Uint8Array): Uint8Array {
  let next = line.indexOf(telnet.iac);
  if (next < 0) return line;
  const kept = Buffer.allocUnsafe(line.length);
  let length = 0;
  let position = 0;
  while (next >= 0) {
    kept.set(line.subarray(position, next), length);
    length += next - position;
    const command = line[next + 1] ?? 0;
    if (command === telnet.iac || command < lowestTelnetCommand) {
      kept[length] = telnet.iac;
      length += 1;
      position = next + (command === telnet.iac ? 2 : 1);
    } else {
      position = next + (command >= telnet.will ? 3 : 2);
    }
    next = line.indexOf(telnet.iac, position);
  }
  kept.set(line.subarray(Math.min(position, line.length)), length);
  return kept.subarray(0, length + Math.max(0, line.length - position));
}
