const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Turns the text of a Unix file into netascii (RFC 764 as RFC 1350 cites it): LF becomes CR LF, CR becomes CR NUL,
 * octets with the eighth bit pass.
 */
export class NetasciiEncoder {
  readonly ended = false;
  #output = Buffer.alloc(0);

  /** The result holds until the next call. */
  transform(chunk: Uint8Array): Uint8Array {
    if (this.#output.length < chunk.length * 2) this.#output = Buffer.allocUnsafeSlow(chunk.length * 2);
    const output = this.#output;
    let length = 0;
    for (const octet of chunk) {
      if (octet === lineFeed) {
        output[length] = carriageReturn;
        length += 1;
      }
      output[length] = octet;
      length += 1;
      if (octet === carriageReturn) {
        output[length] = 0;
        length += 1;
      }
    }
    return output.subarray(0, length);
  }

  finish(): Uint8Array {
    return noOctets;
  }
}

const noOctets = new Uint8Array(0);

/**
 * Turns netascii into the text of a Unix file: CR LF becomes LF, CR NUL becomes CR. A CR before anything else,
 * which netascii does not know, stays. A pair may be split between two chunks.
 */
export class NetasciiDecoder {
  readonly ended = false;
  #output = Buffer.alloc(0);
  #afterReturn = false;

  /** The result holds until the next call. */
  transform(chunk: Uint8Array): Uint8Array {
    if (this.#output.length < chunk.length + 1) this.#output = Buffer.allocUnsafeSlow(chunk.length + 1);
    const output = this.#output;
    let length = 0;
    let afterReturn = this.#afterReturn;
    for (const octet of chunk) {
      if (afterReturn) {
        afterReturn = false;
        if (octet === lineFeed || octet === 0) {
          output[length] = octet === 0 ? carriageReturn : lineFeed;
          length += 1;
          continue;
        }
        output[length] = carriageReturn;
        length += 1;
      }
      if (octet === carriageReturn) {
        afterReturn = true;
        continue;
      }
      output[length] = octet;
      length += 1;
    }
    this.#afterReturn = afterReturn;
    return output.subarray(0, length);
  }

  finish(): Uint8Array {
    if (!this.#afterReturn) return noOctets;
    this.#afterReturn = false;
    return Uint8Array.of(carriageReturn);
  }
}
