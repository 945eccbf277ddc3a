import { WherryError } from '#core/errors.ts';
import { lineFeed } from './telnet.ts';

const escape = 0xff;
const endOfRecord = 0x01;
const endOfFile = 0x02;
const endOfBoth = 0x03;

/**
 * Writes a text file as the records of STRU R in stream mode (RFC 959 section 3.4.1): each line is a record whose
 * line feed is not sent but becomes `FF 01`, an octet 0xFF is doubled, and `FF 02` ends the file. Text after the
 * last line feed is sent without an end of record, so that the file comes back exactly.
 */
export class RecordEncoder {
  transform(chunk: Uint8Array): Uint8Array {
    let added = 0;
    for (const octet of chunk) if (octet === lineFeed || octet === escape) added += 1;
    if (added === 0) return chunk;
    const target = Buffer.allocUnsafe(chunk.length + added);
    let length = 0;
    for (const octet of chunk) {
      if (octet === lineFeed || octet === escape) {
        target[length] = escape;
        target[length + 1] = octet === lineFeed ? endOfRecord : escape;
        length += 2;
      } else {
        target[length] = octet;
        length += 1;
      }
    }
    return target;
  }

  /** The mark that ends the file. */
  flush(): Uint8Array {
    return Uint8Array.of(escape, endOfFile);
  }
}

/** Turns the records of STRU R in stream mode into lines that end with LF, chunk by chunk. */
export class RecordDecoder {
  #escaped = false;
  #ended = false;

  /**
   * The lines of this chunk.
   *
   * @throws WherryError `protocol` for an unknown escape or for data after the end of the file
   */
  transform(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    if (this.#ended) throw dataAfterEnd();
    if (!this.#escaped && !chunk.includes(escape)) return chunk;
    const target = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const octet of chunk) {
      if (this.#ended) throw dataAfterEnd();
      if (!this.#escaped) {
        if (octet === escape) {
          this.#escaped = true;
          continue;
        }
        target[length] = octet;
        length += 1;
        continue;
      }
      this.#escaped = false;
      this.#ended = octet === endOfFile || octet === endOfBoth;
      if (octet === endOfFile) continue;
      target[length] = this.#unescaped(octet);
      length += 1;
    }
    return target.subarray(0, length);
  }

  /**
   * Says that the connection ended.
   *
   * @throws WherryError `truncated` unless the end of the file was marked
   */
  flush(): Uint8Array {
    if (!this.#ended) throw new WherryError('truncated', 'The data ended before the mark that ends the file');
    return new Uint8Array(0);
  }

  #unescaped(octet: number): number {
    if (octet === escape) return escape;
    if (octet === endOfRecord || octet === endOfBoth) return lineFeed;
    throw new WherryError('protocol', 'The records hold an escape that does not exist');
  }
}

function dataAfterEnd(): WherryError {
  return new WherryError('protocol', 'Data follows the mark that ends the file');
}
