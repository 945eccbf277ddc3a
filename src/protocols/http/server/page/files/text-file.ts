import { createHash } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import type { FileSystem, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { TextFile } from '../../../contract/page/files.ts';
import { findEntry } from './find-entry.ts';
import { readWhole } from './read-whole.ts';

const maximumOctets = 4 * 1024 * 1024;

type Encoding = TextFile['encoding'];

const marks: readonly (readonly [Encoding, Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];

const endings = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** Reads a file for the editor: what encoding, which line ends. @throws WherryError `too-large`, `not-supported` */
export async function readTextFile(
  fileSystem: FileSystem,
  path: VirtualPath,
  signal: AbortSignal,
): Promise<TextFile> {
  const bytes = await readWhole(fileSystem, path, maximumOctets, signal);
  const marked = marks.find(([, mark]) => bytes.subarray(0, mark.length).equals(mark));
  const content = bytes.subarray(marked?.[1].length ?? 0);
  const encoding = marked?.[0] ?? guessEncoding(content);
  const text = new TextDecoder(encoding).decode(content);
  return {
    text: text.replaceAll(/\r\n?/gu, '\n'),
    encoding,
    byteOrderMark: marked !== undefined,
    lineEnding: text.includes('\r\n') ? 'crlf' : /\r/u.test(text) ? 'cr' : 'lf',
    version: versionOf(bytes),
    writable: true,
  };
}

function guessEncoding(bytes: Uint8Array): Encoding {
  if (bytes.includes(0))
    throw new WherryError('not-supported', 'Cannot edit it as text: it holds octets that no text has');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/**
 * Writes what the editor holds, in the place of the file at once.
 *
 * @throws WherryError `busy` when the file is not the version that was read, `invalid-argument` for a character that
 * its encoding does not have
 */
export async function writeTextFile(
  fileSystem: FileSystem,
  path: VirtualPath,
  file: Omit<TextFile, 'version' | 'writable'> & { readonly version?: string },
  signal: AbortSignal,
): Promise<string> {
  const lines = file.text.replaceAll(/\r\n?|\n/gu, endings[file.lineEnding]);
  const mark = file.byteOrderMark ? marks.find(([encoding]) => encoding === file.encoding)?.[1] : undefined;
  const bytes = Buffer.concat([mark ?? Buffer.alloc(0), encode(lines, file.encoding)]);
  if (file.version !== undefined) {
    const there = await readWhole(fileSystem, path, maximumOctets, signal);
    if (versionOf(there) !== file.version)
      throw new WherryError('busy', 'The file has changed since it was opened');
  }
  await writeWhole(fileSystem, path, bytes, signal);
  return versionOf(bytes);
}

async function writeWhole(
  fileSystem: FileSystem,
  path: VirtualPath,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const known = await findEntry(fileSystem, path);
  const mode = known?.mode ?? null;
  const handle: WriteHandle = await fileSystem.openWrite(path, {
    signal,
    size: bytes.length,
    ...(mode === null ? {} : { mode: mode & 0o777 }),
  });
  try {
    if (bytes.length > 0) await handle.write(bytes, 0);
    await handle.finish();
  } catch (thrown) {
    await handle.abort();
    throw thrown;
  }
}

let westernOctets: ReadonlyMap<string, number> | null = null;

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  const every = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  westernOctets ??= new Map(
    Array.from(new TextDecoder('windows-1252').decode(every), (character, octet) => [character, octet]),
  );
  const octets = Array.from(text, (character) => westernOctets?.get(character));
  if (octets.includes(undefined)) {
    throw new WherryError(
      'invalid-argument',
      'Cannot save it in its encoding, windows-1252: it holds characters that this does not have. Save it as UTF-8.',
    );
  }
  return Buffer.from(octets as number[]);
}

function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
