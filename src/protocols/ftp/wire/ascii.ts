import { carriageReturn, lineFeed } from './telnet.ts';

const empty = new Uint8Array(0);
/** Where the first line ends within so many octets, a loop over single octets is faster than a search for each line. */
const shortLine = 512;

/**
 * What becomes of a line feed on its way out in TYPE A.
 * - `keep-crlf`: CR LF stays, a bare LF becomes CR LF; files with either line end arrive right (vsftpd, ProFTPD).
 * - `every-lf`: each LF becomes CR LF, so that the conversion can be undone exactly (RFC 959 as written).
 */
export type AsciiRule = 'keep-crlf' | 'every-lf';

/**
 * Turns octets of a file into TYPE A (RFC 959 section 3.1.1.1), chunk by chunk. SIZE and REST must count with the
 * same rule, which {@link AsciiEncoder.measure} does.
 */
export class AsciiEncoder {
  readonly #keep: boolean;
  #afterReturn = false;

  constructor(rule: AsciiRule = 'keep-crlf') {
    this.#keep = rule === 'keep-crlf';
  }

  /** The converted chunk; the chunk itself when nothing in it changes. */
  transform(chunk: Uint8Array): Uint8Array {
    const first = chunk.indexOf(lineFeed);
    const added = first < 0 ? 0 : this.#additions(chunk, first);
    if (added === 0) {
      this.#remember(chunk);
      return chunk;
    }
    const target = Buffer.allocUnsafe(chunk.length + added);
    if (first < shortLine) this.#copyOctets(chunk, target);
    else this.#copyLines(chunk, first, target);
    this.#remember(chunk);
    return target;
  }

  /** How many octets `transform` would give for this chunk; goes on as if it had been converted. */
  measure(chunk: Uint8Array): number {
    const first = chunk.indexOf(lineFeed);
    const length = chunk.length + (first < 0 ? 0 : this.#additions(chunk, first));
    this.#remember(chunk);
    return length;
  }

  /** What is left at the end of the file: nothing, the encoder holds nothing back. */
  flush(): Uint8Array {
    this.#afterReturn = false;
    return empty;
  }

  #additions(chunk: Uint8Array, first: number): number {
    let count = 0;
    if (first < shortLine) {
      const keep = this.#keep;
      let before = this.#afterReturn ? carriageReturn : 0;
      for (let index = 0; index < chunk.length; index += 1) {
        const octet = chunk[index] ?? 0;
        if (octet === lineFeed && (!keep || before !== carriageReturn)) count += 1;
        before = octet;
      }
      return count;
    }
    for (let next = first; next >= 0; next = chunk.indexOf(lineFeed, next + 1)) {
      if (this.#needsReturn(chunk, next)) count += 1;
    }
    return count;
  }

  #copyOctets(chunk: Uint8Array, target: Buffer): void {
    const keep = this.#keep;
    let before = this.#afterReturn ? carriageReturn : 0;
    let length = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const octet = chunk[index] ?? 0;
      if (octet === lineFeed && (!keep || before !== carriageReturn)) {
        target[length] = carriageReturn;
        length += 1;
      }
      target[length] = octet;
      length += 1;
      before = octet;
    }
  }

  #copyLines(chunk: Uint8Array, first: number, target: Buffer): void {
    let from = 0;
    let length = 0;
    for (let next = first; next >= 0; next = chunk.indexOf(lineFeed, next + 1)) {
      if (!this.#needsReturn(chunk, next)) continue;
      target.set(chunk.subarray(from, next), length);
      length += next - from;
      target[length] = carriageReturn;
      length += 1;
      from = next;
    }
    target.set(chunk.subarray(from), length);
  }

  #needsReturn(chunk: Uint8Array, position: number): boolean {
    if (!this.#keep) return true;
    return position === 0 ? !this.#afterReturn : chunk[position - 1] !== carriageReturn;
  }

  #remember(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#afterReturn = chunk[chunk.length - 1] === carriageReturn;
  }
}

/**
 * Turns TYPE A into octets of a file, chunk by chunk: CR LF becomes LF, a lone CR or LF stays. A CR at the end of
 * a chunk waits for the next one.
 */
export class AsciiDecoder {
  #holdsReturn = false;

  /** The converted chunk; the chunk itself when nothing in it changes. */
  transform(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const first = chunk.indexOf(carriageReturn);
    if (!this.#holdsReturn && first < 0) return chunk;
    const target = Buffer.allocUnsafe(chunk.length + 1);
    let start = 0;
    if (this.#holdsReturn && chunk[0] !== lineFeed) {
      target[0] = carriageReturn;
      start = 1;
    }
    this.#holdsReturn = chunk[chunk.length - 1] === carriageReturn;
    const end = chunk.length - (this.#holdsReturn ? 1 : 0);
    const copy = first < shortLine ? copyOctets : copyLines;
    return target.subarray(0, copy(chunk.subarray(0, end), target, start));
  }

  /** The CR that was waiting at the end of the data, if one was. */
  flush(): Uint8Array {
    const held = this.#holdsReturn;
    this.#holdsReturn = false;
    return held ? Uint8Array.of(carriageReturn) : empty;
  }
}

/** Copies without the CR of each CR LF behind the first `start` octets of the target; returns the new length. */
function copyOctets(source: Uint8Array, target: Buffer, start: number): number {
  let length = start;
  let before = 0;
  for (let index = 0; index < source.length; index += 1) {
    const octet = source[index] ?? 0;
    if (octet === lineFeed && before === carriageReturn) length -= 1;
    target[length] = octet;
    length += 1;
    before = octet;
  }
  return length;
}

function copyLines(source: Uint8Array, target: Buffer, start: number): number {
  let from = 0;
  let length = start;
  for (
    let next = source.indexOf(carriageReturn);
    next >= 0;
    next = source.indexOf(carriageReturn, next + 1)
  ) {
    if (source[next + 1] !== lineFeed) continue;
    target.set(source.subarray(from, next), length);
    length += next - from;
    from = next + 1;
  }
  target.set(source.subarray(from), length);
  return length + source.length - from;
}
