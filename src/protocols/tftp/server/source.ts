import { WherryError } from '#core/errors.ts';
import type { FileSystem, ReadHandle } from '#core/file-system.ts';
import type { PatternWords } from './file-pattern.ts';
import type { Destination } from './policy.ts';

/** Octets read from a file at once: a few per second for each of many clients, without much memory for any. */
const pieceBytes = 256 * 1024;

/** What a template may name beside the words of its pattern. */
export interface TemplateFacts {
  readonly clientAddress: string;
  readonly serverAddress: string;
  readonly maximumBytes: number;
}

/**
 * Opens what a read request is answered with.
 *
 * @throws WherryError whatever the file system says; `too-large` for a template beyond its limit
 */
export async function openSource(
  fileSystem: FileSystem,
  destination: Destination,
  facts: TemplateFacts,
): Promise<ReadHandle> {
  const handle = await fileSystem.openRead(destination.path);
  if (destination.words === null) return inPieces(handle);
  try {
    const { words } = destination;
    const template = await readWhole(handle, facts.maximumBytes);
    return renderedFile(handle, Buffer.from(render(template, words, facts), 'latin1'));
  } finally {
    await handle.close();
  }
}

/** A handle that never fills more of a buffer than a piece, so that the rest of it costs no memory. */
function inPieces(handle: ReadHandle): ReadHandle {
  return {
    entry: handle.entry,
    fileDescriptor: handle.fileDescriptor,
    read: (target, position) =>
      handle.read(target.length > pieceBytes ? target.subarray(0, pieceBytes) : target, position),
    close: () => handle.close(),
  };
}

async function readWhole(handle: ReadHandle, maximumBytes: number): Promise<string> {
  const buffer = Buffer.allocUnsafe(Math.min(handle.entry.size ?? maximumBytes, maximumBytes) + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = await handle.read(buffer.subarray(length), length);
    if (count === 0) return buffer.toString('latin1', 0, length);
    length += count;
  }
  throw new WherryError('too-large', 'The template is too large');
}

/** Octets are characters here, so that text in any encoding passes; what replaces words is ASCII. */
function render(template: string, words: PatternWords, facts: TemplateFacts): string {
  const known = new Map([
    ['clientAddress', facts.clientAddress],
    ['serverAddress', facts.serverAddress],
    ...words,
  ]);
  return template.replaceAll(/\{\{(\w{1,32})\}\}/gu, (whole, word: string) => known.get(word) ?? whole);
}

function renderedFile(template: ReadHandle, content: Buffer): ReadHandle {
  return {
    entry: { ...template.entry, size: content.length },
    fileDescriptor: null,
    read: (target, position) => content.copy(target, 0, Math.min(position, content.length)),
    close: () => undefined,
  };
}
