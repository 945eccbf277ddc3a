import { WherryError } from '#core/errors.ts';
import { decodeName, encodeName } from '#core/name-encoding.ts';
import { utf8Codec, type TextCodec } from './text-codec.ts';

/** Encodings whose octets depend on what went before, or in which a slash can be half a character. */
const unfit = /^(?:utf-16|iso-2022|hz-gb|replacement|x-user)/;

/**
 * The codec for a site that uses an older encoding for names and texts. What cannot be decoded, and what would not
 * come back as the same octets, is kept octet by octet, as {@link decodeName} keeps it.
 *
 * @param label as TextDecoder knows it: `windows-1251`, `shift_jis`, `gbk`
 * @throws WherryError `invalid-argument` for an encoding that is unknown or unfit
 */
export function codecFor(label: string): TextCodec {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch (cause) {
    throw new WherryError('invalid-argument', `There is no encoding of the name ${label}`, { cause });
  }
  if (decoder.encoding === 'utf-8') return utf8Codec;
  if (unfit.test(decoder.encoding)) {
    throw new WherryError('invalid-argument', `The encoding ${label} is not fit for file names`);
  }
  return new LegacyCodec(decoder);
}

class LegacyCodec implements TextCodec {
  readonly #decoder: TextDecoder;
  readonly #octets: ReadonlyMap<string, readonly number[]>;

  constructor(decoder: TextDecoder) {
    this.#decoder = decoder;
    this.#octets = invert(decoder);
  }

  decode(octets: Uint8Array): string {
    try {
      const text = this.#decoder.decode(octets);
      if (Buffer.compare(this.#encode(text), octets) === 0) return text;
    } catch {
      // Not in this encoding, then.
    }
    return decodeName(octets);
  }

  encode(text: string): Buffer {
    // Lone surrogates come from decodeName: octets that were not of this encoding.
    return text.isWellFormed() ? this.#encode(text) : encodeName(text);
  }

  #encode(text: string): Buffer {
    const octets: number[] = [];
    for (const character of text) {
      const encoded = this.#octets.get(character);
      if (encoded === undefined) {
        throw new WherryError(
          'name-invalid',
          `The encoding of this site (${this.#decoder.encoding}) has no ${character}`,
        );
      }
      octets.push(...encoded);
    }
    return Buffer.from(octets);
  }
}

const firstLead = 0x80;

/** Every character of one or two octets, from the decoder itself, so that both ways always agree. */
function invert(decoder: TextDecoder): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  const note = (octets: readonly number[]): void => {
    try {
      const text = decoder.decode(Uint8Array.from(octets));
      if (Array.from(text).length === 1 && !found.has(text)) found.set(text, octets);
    } catch {
      // No character.
    }
  };
  for (let octet = 0; octet < 256; octet += 1) note([octet]);
  if (found.size > 250) return found;
  for (let lead = firstLead; lead < 256; lead += 1) {
    for (let trail = 0x30; trail < 256; trail += 1) note([lead, trail]);
  }
  return found;
}
