import { ByteQueue } from './byte-queue.ts';
import { maximumCommandLine, maximumSubnegotiation, maximumTelnetAnswers } from './limits.ts';
import { carriageReturn, lineFeed, lowestTelnetCommand, telnet } from './telnet.ts';

/**
 * What comes out of a control connection.
 * - `line`: a command without its line end; the octets are valid until the next `push`.
 * - `too-long`: a line passed the cap; it is dropped up to its end, and this is said of it once.
 * - `telnet-answer`: octets to send back as they are, refusing an option the peer asked for.
 */
export type FramerEvent =
  | { readonly kind: 'line'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'telnet-answer'; readonly bytes: Uint8Array };

const tooLong: FramerEvent = { kind: 'too-long' };

type TelnetState = 'data' | 'iac' | 'will' | 'wont' | 'do' | 'dont' | 'subnegotiation' | 'subnegotiation-iac';

const negotiations: Readonly<Record<number, TelnetState>> = {
  [telnet.will]: 'will',
  [telnet.wont]: 'wont',
  [telnet.do]: 'do',
  [telnet.dont]: 'dont',
  [telnet.subnegotiation]: 'subnegotiation',
};

/**
 * Cuts the octets of an FTP control connection into commands (RFC 959 section 5.3, RFC 854, RFC 2640 section 3.1).
 * CR LF or a bare LF ends a line; a bare CR is data, and CR NUL is a CR that belongs to the argument. Telnet
 * sequences are taken out and answered; IAC before an octet that is no telnet command is dropped alone, because
 * a socket without in-line urgent data loses the octet between (`IAC IP IAC [DM] ABOR`). For the same reason
 * 0xF0 to 0xFE are dropped where a line begins, and nowhere else: they are also lead octets of UTF-8.
 *
 * Events are pulled: a reader that stops calling `next` leaves the rest unparsed, to be discarded (AUTH) or read
 * later (back-pressure).
 */
export class CommandFramer {
  readonly #maximumLine: number;
  readonly #queue = new ByteQueue();
  /** Octets of the current line that telnet sequences were taken out of. */
  #line = Buffer.allocUnsafe(0);
  #lineLength = 0;
  /** Octets that count against the cap: the line as it came, less what came before its first octet. */
  #counted = 0;
  #subnegotiated = 0;
  #filtering = false;
  #discarding = false;
  #endsInReturn = false;
  #telnetState: TelnetState = 'data';
  #answersLeft = maximumTelnetAnswers;
  /** Where the search for a line end goes on, and where the next IAC and NUL lie; -1 when not known. */
  #searchedTo = -1;
  #nextIac = -1;
  #nextNul = -1;

  /** @param maximumLine octets of the longest line with its end */
  constructor(maximumLine: number = maximumCommandLine) {
    this.#maximumLine = maximumLine;
  }

  /** Octets that came and are in no event yet. */
  get bufferedBytes(): number {
    return this.#queue.length + this.#lineLength + (this.#telnetState === 'data' ? 0 : 1);
  }

  /** Takes what the connection received. The chunk must not change until its events are taken. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const before = this.#queue.limit;
    if (this.#queue.append(chunk)) {
      this.#searchedTo = -1;
      this.#nextIac = -1;
      this.#nextNul = -1;
      return;
    }
    if (this.#nextIac === Infinity) this.#nextIac = this.#find(telnet.iac, before);
    if (this.#nextNul === Infinity) this.#nextNul = this.#find(0, before);
  }

  /** The next event, or null until more is pushed. */
  next(): FramerEvent | null {
    for (;;) {
      if (this.#discarding && !this.#skipLine()) return null;
      if (this.#queue.length === 0) return null;
      const event = this.#filtering ? this.#filterLine() : this.#cleanLine();
      if (event !== null) return event;
      if (!this.#discarding && !this.#filtering) return null;
      if (this.#queue.length === 0) return null;
    }
  }

  /** What was received and not yet looked at, without taking it. */
  peek(): Uint8Array {
    return this.#queue.peek();
  }

  /** Forgets everything that is in no event yet. Returns how many octets that were. */
  discard(): number {
    const dropped = this.bufferedBytes;
    this.#queue.clear();
    this.#resetLine();
    this.#discarding = false;
    this.#searchedTo = -1;
    return dropped;
  }

  /** A line that needs no filtering is a view of what was received. */
  #cleanLine(): FramerEvent | null {
    const { buffer, position, limit } = this.#queue;
    const found = buffer.indexOf(lineFeed, this.#searchedTo < position ? position : this.#searchedTo);
    const end = found < 0 || found >= limit ? limit : found;
    if (this.#holdsSpecial(position, end)) {
      this.#filtering = true;
      return null;
    }
    if (end === limit) {
      if (limit - position >= this.#maximumLine) return this.#beginDiscarding(limit);
      this.#searchedTo = limit;
      return null;
    }
    if (end + 1 - position > this.#maximumLine) return this.#beginDiscarding(position);
    this.#queue.advanceTo(end + 1);
    let start = position;
    while (start < end && isStray(buffer[start])) start += 1;
    const last = end > start && buffer[end - 1] === carriageReturn ? end - 1 : end;
    return { kind: 'line', bytes: buffer.subarray(start, last) };
  }

  /** Whether IAC or NUL lies before `end`; each is searched for once per received octet, not once per line. */
  #holdsSpecial(position: number, end: number): boolean {
    if (this.#nextIac < position) this.#nextIac = this.#find(telnet.iac, position);
    if (this.#nextNul < position) this.#nextNul = this.#find(0, position);
    return this.#nextIac < end || this.#nextNul < end;
  }

  #find(octet: number, position: number): number {
    const found = this.#queue.buffer.indexOf(octet, position);
    return found < 0 || found >= this.#queue.limit ? Infinity : found;
  }

  #filterLine(): FramerEvent | null {
    const { buffer, limit } = this.#queue;
    for (let position = this.#queue.position; position < limit; position += 1) {
      const octet = buffer[position] ?? 0;
      this.#counted += 1;
      let event: FramerEvent | null = null;
      if (this.#telnetState !== 'data') {
        event = this.#telnetOctet(octet);
      } else if (octet === telnet.iac) {
        this.#telnetState = 'iac';
      } else {
        event = this.#dataOctet(octet);
      }
      if (event === null && this.#counted >= this.#maximumLine) return this.#beginDiscarding(position + 1);
      if (event !== null || this.#discarding) {
        this.#queue.advanceTo(position + 1);
        return event;
      }
    }
    this.#queue.advanceTo(limit);
    return null;
  }

  #dataOctet(octet: number): FramerEvent | null {
    if (octet === lineFeed) return this.#finishLine();
    if (octet === 0 && this.#endsInReturn) {
      this.#endsInReturn = false;
      return null;
    }
    if (this.#lineLength === 0 && isStray(octet)) return null;
    this.#keep(octet);
    this.#endsInReturn = octet === carriageReturn;
    return null;
  }

  #telnetOctet(octet: number): FramerEvent | null {
    const state = this.#telnetState;
    if (state === 'iac') return this.#telnetCommand(octet);
    if (state === 'subnegotiation') {
      this.#subnegotiated += 1;
      if (octet === telnet.iac) this.#telnetState = 'subnegotiation-iac';
      else if (this.#subnegotiated > maximumSubnegotiation) return this.#beginDiscarding(null);
      return null;
    }
    if (state === 'subnegotiation-iac') {
      if (octet === telnet.subnegotiationEnd) this.#endSequence();
      else this.#telnetState = 'subnegotiation';
      return null;
    }
    this.#endSequence();
    const refusal = state === 'do' ? telnet.wont : state === 'will' ? telnet.dont : null;
    if (refusal === null || this.#answersLeft === 0) return null;
    this.#answersLeft -= 1;
    return { kind: 'telnet-answer', bytes: Buffer.from([telnet.iac, refusal, octet]) };
  }

  #telnetCommand(octet: number): FramerEvent | null {
    if (octet === telnet.iac) {
      this.#telnetState = 'data';
      this.#keep(octet);
      this.#endsInReturn = false;
      return null;
    }
    if (octet < lowestTelnetCommand) {
      this.#telnetState = 'data';
      return this.#dataOctet(octet);
    }
    const negotiation = negotiations[octet];
    if (negotiation === undefined) {
      this.#endSequence();
    } else {
      this.#telnetState = negotiation;
      this.#subnegotiated = 0;
    }
    return null;
  }

  /** Sequences before the first octet of a line do not count against it: they may be keep-alives for days. */
  #endSequence(): void {
    this.#telnetState = 'data';
    if (this.#lineLength === 0) this.#counted = 0;
  }

  #keep(octet: number): void {
    if (this.#lineLength === this.#line.length) {
      const grown = Buffer.allocUnsafe(Math.max(512, 2 * this.#line.length));
      this.#line.copy(grown, 0, 0, this.#lineLength);
      this.#line = grown;
    }
    this.#line[this.#lineLength] = octet;
    this.#lineLength += 1;
  }

  #finishLine(): FramerEvent {
    if (this.#counted > this.#maximumLine) {
      this.#resetLine();
      return tooLong;
    }
    const bytes = this.#line.subarray(0, this.#lineLength - (this.#endsInReturn ? 1 : 0));
    this.#resetLine();
    return { kind: 'line', bytes };
  }

  #resetLine(): void {
    this.#line = Buffer.allocUnsafe(0);
    this.#lineLength = 0;
    this.#counted = 0;
    this.#filtering = false;
    this.#endsInReturn = false;
    this.#telnetState = 'data';
  }

  #beginDiscarding(position: number | null): FramerEvent {
    if (position !== null) this.#queue.advanceTo(position);
    this.#resetLine();
    this.#discarding = true;
    return tooLong;
  }

  /** Drops octets up to the next line end; returns whether it was found. */
  #skipLine(): boolean {
    const { buffer, position, limit } = this.#queue;
    const found = buffer.indexOf(lineFeed, position);
    const ended = found >= 0 && found < limit;
    this.#queue.advanceTo(ended ? found + 1 : limit);
    this.#discarding = !ended;
    return ended;
  }
}

function isStray(octet: number | undefined): boolean {
  return octet !== undefined && octet >= lowestTelnetCommand && octet < telnet.iac;
}
