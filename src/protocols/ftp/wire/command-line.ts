import { decodeName } from '#core/name-encoding.ts';

/** One command as it was sent. */
export interface CommandLine {
  /** Everything before the first space, ASCII letters in upper case; empty when the line begins with a space. */
  readonly verb: string;
  /**
   * Everything after exactly one space, as `decodeName` makes it, further and trailing spaces included (RFC 2640
   * section 3.1, RFC 3659 section 2.2); null when no space followed the verb.
   */
  readonly argument: string | null;
  /** A NUL lies somewhere in the line; no command of FTP may hold one. */
  readonly hasNul: boolean;
  /** A CR or LF lies in the line; legal on the wire inside a name (CR NUL), and refused by every handler here. */
  readonly hasLineBreak: boolean;
  /** The line without its end. */
  readonly raw: Uint8Array;
}

const space = 0x20;

/** Splits a line that {@link CommandFramer} cut into verb and argument; never fails. */
export function parseCommandLine(line: Uint8Array): CommandLine {
  const text = decodeName(line);
  const end = text.indexOf(' ');
  return {
    verb: upperCaseAscii(end < 0 ? text : text.slice(0, end)),
    argument: end < 0 ? null : text.slice(end + 1),
    hasNul: text.includes('\0'),
    hasLineBreak: text.includes('\r') || text.includes('\n'),
    raw: line,
  };
}

/** A verb or keyword with its ASCII letters in upper case; anything else in it stays as it is. */
export function upperCaseAscii(text: string): string {
  return /^[\w-]*$/.test(text) ? text.toUpperCase() : text;
}

/** The argument of a command that takes keywords or numbers and no path: trimmed, null when nothing is left. */
export function trimmedArgument(argument: string | null): string | null {
  const trimmed = argument === null ? '' : trimBlanks(argument);
  return trimmed === '' ? null : trimmed;
}

/** Without the spaces and tabs at either end; nothing else is white space in FTP. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === space || unit === 0x09;
}

/** A protocol that has no business on an FTP control connection. */
export type ForeignProtocol = 'http' | 'smtp' | 'ssh' | 'tls' | 'sip';

const foreignLines: readonly (readonly [ForeignProtocol, RegExp])[] = [
  ['http', /^(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE|TRACE|PATCH|PRI|PROPFIND) +(?:[/*]|https?:)/i],
  ['http', /^[A-Z]+ +\S+ +HTTP\/\d/i],
  ['http', /^HTTP\/\d/i],
  ['http', /^(?:Host|User-Agent|Accept|Accept-[a-z]+|Content-[a-z]+|Connection|Origin|Referer|Cookie) *:/i],
  ['smtp', /^(?:EHLO|HELO)(?: |$)/i],
  ['smtp', /^(?:MAIL FROM|RCPT TO) *:/i],
  ['ssh', /^SSH-\d/],
  ['sip', /^[A-Z]+ sips?:/i],
];

/** Octets that are enough to tell; the rest of a long line does not matter. */
const foreignPrefix = 2048;

/**
 * Tells a line of another protocol: a browser or a mail client that was led to an FTP port must get no answer it
 * could mistake for its own (cross-protocol attacks such as ALPACA and NAT slipstreaming). Works on an unfinished
 * line too, for TLS, whose greeting has no line end.
 */
export function foreignProtocol(line: Uint8Array): ForeignProtocol | null {
  if (line[0] === 0x16 && line[1] === 0x03) return 'tls';
  const length = Math.min(line.length, foreignPrefix);
  const text = Buffer.from(line.buffer, line.byteOffset, length).toString('latin1');
  return foreignLines.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
