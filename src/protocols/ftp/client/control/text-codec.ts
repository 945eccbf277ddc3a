import { WherryError } from '#core/errors.ts';
import { decodeName, encodeName } from '#core/name-encoding.ts';

/** Turns names and texts into the octets that a server uses for them, and back without losing any. */
export interface TextCodec {
  decode(octets: Uint8Array): string;
  encode(text: string): Buffer;
}

/** UTF-8; octets that are none stay what they are (see `core/name-encoding`). */
export const utf8Codec: TextCodec = { decode: decodeName, encode: encodeName };

/** What arguments and names must not hold: it would end the command and begin another one. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const lineBreakers = /[\u0000\u000a\u000d]/;

/**
 * Refuses text that would break a command line.
 *
 * @throws WherryError `name-invalid`
 */
export function requireSafeArgument(text: string): void {
  if (lineBreakers.test(text)) {
    throw new WherryError(
      'name-invalid',
      'FTP cannot carry a name or text with a line break or a NUL character in it',
    );
  }
}
