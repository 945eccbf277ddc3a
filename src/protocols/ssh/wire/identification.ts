import { printableName } from '#core/name-encoding.ts';
import { keepBytes } from './keep-bytes.ts';
import { SshDisconnect } from './ssh-error.ts';
import { disconnectReason } from './messages.ts';

/** The first line of a peer (RFC 4253 section 4.2). */
export interface Identification {
  /** The whole line without its end, as it goes into the exchange hash. */
  readonly line: Buffer;
  /** The line as text, control characters written visibly, fit for a log. */
  readonly text: string;
  /** `softwareversion`: the program's name and version. */
  readonly software: string;
}

/** What the reader of identifications needs of the limits. */
export interface IdentificationLimits {
  readonly identificationLength: number;
  /** Octets of other lines before it; 0 where none are allowed, which is what a server does with its client. */
  readonly preambleLength: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Collects the octets of the first line however they are split, and hands back what follows it. */
export class IdentificationReader {
  readonly #limits: IdentificationLimits;
  #pending: Buffer = Buffer.alloc(0);
  #preamble = 0;

  constructor(limits: IdentificationLimits) {
    this.#limits = limits;
  }

  /**
   * Takes more octets; null until the line is whole.
   *
   * @throws SshDisconnect (`protocol`) for a line that is too long, or of another protocol
   */
  push(chunk: Buffer): { readonly identification: Identification; readonly rest: Buffer } | null {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = bytes.indexOf(lineFeed);
      this.#checkLength(bytes, end);
      if (end < 0) {
        this.#pending = Buffer.from(bytes);
        return null;
      }
      const line = bytes.subarray(0, bytes[end - 1] === carriageReturn ? end - 1 : end);
      const rest = bytes.subarray(end + 1);
      if (isIdentification(line)) return { identification: parseIdentification(line), rest };
      this.#preamble += end + 1;
      if (this.#preamble > this.#limits.preambleLength) throw notSsh();
      bytes = rest;
    }
  }

  #checkLength(bytes: Buffer, end: number): void {
    const length = end < 0 ? bytes.length : end + 1;
    const mayBeIdentification = bytes.subarray(0, 4).toString('latin1') === 'SSH-'.slice(0, bytes.length);
    if (mayBeIdentification) {
      if (length > this.#limits.identificationLength) throw notSsh();
    } else if (length + this.#preamble > this.#limits.preambleLength) {
      throw notSsh();
    }
  }
}

function isIdentification(line: Buffer): boolean {
  return line.subarray(0, 4).toString('latin1') === 'SSH-';
}

/**
 * Takes an identification line apart. `1.99` announces both protocols and stands for 2.0 (RFC 4253 section 5.1).
 *
 * @throws SshDisconnect (`protocol`) for another version
 */
export function parseIdentification(line: Buffer): Identification {
  const match = /^SSH-(?:2\.0|1\.99)-([^\s]*)(?:\s.*)?$/s.exec(line.toString('latin1'));
  if (match === null || line.includes(0)) {
    throw new SshDisconnect(
      disconnectReason.protocolVersionNotSupported,
      'Cannot speak with this peer: it does not offer SSH 2.0',
    );
  }
  return { line: keepBytes(line), text: printableName(line.toString('latin1')), software: match[1] ?? '' };
}

function notSsh(): SshDisconnect {
  return new SshDisconnect(
    disconnectReason.protocolError,
    'Cannot speak with this peer: it does not begin with an SSH identification',
  );
}
