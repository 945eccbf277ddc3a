/**
 * File names are bytes on disk and on the wire, and strings here. Bytes that are not valid UTF-8 become lone low
 * surrogates (0x80 → U+DC80 … 0xFF → U+DCFF), so that every name survives the way there and back unchanged, as
 * Python's `surrogateescape` (PEP 383) does.
 */
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const escapeBase = 0xdc00;

/** Decodes the bytes of a name; never fails and never loses a byte. */
export function decodeName(bytes: Uint8Array): string {
  let ascii = true;
  for (const byte of bytes) {
    if (byte >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (ascii) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = '';
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position);
    if (length === 0) {
      text += String.fromCharCode(escapeBase + (bytes[position] ?? 0));
      position += 1;
    } else {
      text += strictDecoder.decode(bytes.subarray(position, position + length));
      position += length;
    }
  }
  return text;
}

/** Length of the well-formed UTF-8 sequence at `position` (Unicode table 3-7), or 0 where there is none. */
function sequenceLength(bytes: Uint8Array, position: number): number {
  const first = bytes[position] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[position + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let index = 2; index < length; index += 1) {
    if (((bytes[position + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The bytes of a name that {@link decodeName} made; other lone surrogates are encoded as U+FFFD. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const character of name) {
    const unit = character.charCodeAt(0);
    const escaped = character.length === 1 && unit >= escapeBase + 0x80 && unit <= escapeBase + 0xff;
    parts.push(escaped ? Buffer.from([unit - escapeBase]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Writes control characters and escaped bytes visibly (`\x0a`, `\xff`), for logs, replies and terminals. */
export function printableName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/gu, (character) => {
    const unit = character.charCodeAt(0);
    const value = unit >= escapeBase && unit <= escapeBase + 0xff ? unit - escapeBase : unit;
    return value <= 0xff ? `\\x${value.toString(16).padStart(2, '0')}` : `\\u${value.toString(16)}`;
  });
}
