import { encodeName } from '#core/name-encoding.ts';

/** What is said to a peer: a code of three digits and at least one line of text, without line ends. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** A reply of one line, or of several when several texts are given. */
export function reply(code: number, ...lines: [string, ...string[]]): Reply {
  return { code, lines };
}

/**
 * A reply of a heading, lines of content and a last line. Every content line gets exactly one leading space, as
 * FEAT (RFC 2389), MLST (RFC 3659) and listings inside STAT want it.
 */
export function listReply(code: number, heading: string, content: readonly string[], last: string): Reply {
  return { code, lines: [heading, ...content.map((line) => ` ${line}`), last] };
}

const plainAscii = /^[\t\x20-\x7e]*$/;
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const controls = /[\u0000-\u0008\u000a-\u001f\u007f]/g;
const startsWithCode = /^\d{3}/;

/**
 * The octets of a reply as a latin1 string, one character an octet: `socket.write(encodeReply(r), 'latin1')`, and
 * several replies can be joined into one write. Names go out as the bytes they are; control characters, which
 * could end a line and forge a reply, are written as `\x0a`. Inner lines that look like a code are padded with
 * a space (RFC 959 section 4.2), and an octet 0xFF is doubled (RFC 854).
 */
export function encodeReply({ code, lines }: Reply): string {
  const last = lines.length - 1;
  if (last <= 0) return `${code} ${encodeText(lines[0] ?? '')}\r\n`;
  let encoded = `${code}-${encodeText(lines[0] ?? '')}\r\n`;
  for (let index = 1; index < last; index += 1) {
    const text = encodeText(lines[index] ?? '');
    encoded += startsWithCode.test(text) ? ` ${text}\r\n` : `${text}\r\n`;
  }
  return `${encoded}${code} ${encodeText(lines[last] ?? '')}\r\n`;
}

function encodeText(text: string): string {
  if (plainAscii.test(text)) return text;
  const visible = text.replace(
    controls,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  const octets = encodeName(visible).toString('latin1');
  return octets.includes('\xff') ? octets.replaceAll('\xff', '\xff\xff') : octets;
}

/** A path for a 257 reply: in double quotes, quotes inside doubled (RFC 959 appendix II). */
export function quotePath(path: string): string {
  return `"${path.includes('"') ? path.replaceAll('"', '""') : path}"`;
}

/**
 * The path in the text of a 257 reply: from the first double quote to the next single one, doubled quotes undone;
 * from servers that do not quote, the first word.
 */
export function parseQuotedPath(text: string): string {
  const start = text.indexOf('"');
  if (start < 0) return text.trim().split(' ', 1)[0] ?? '';
  let path = '';
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '"') {
      if (text[index + 1] !== '"') return path;
      index += 1;
    }
    path += text[index];
  }
  return path;
}
