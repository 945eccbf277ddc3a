import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { encodeName, printableName } from '#core/name-encoding.ts';
import { parentOf, type VirtualPath } from '#core/virtual-path.ts';
import { writeAttributes } from '../wire/attributes.ts';
import { formatLongName } from '../wire/long-name.ts';
import { packetType } from '../wire/packet-types.ts';
import type { SftpWriter } from '../wire/sftp-writer.ts';
import { Lane } from './lane.ts';
import { endOfFileReply, reply, type Reply } from './replies.ts';

/** A directory that the client lists, batch by batch. */
export class OpenDirectory {
  readonly type = 'directory';
  readonly path: VirtualPath;
  readonly lane = new Lane();
  readonly #fileSystem: FileSystem;
  readonly #batches: AsyncIterator<readonly Entry[]>;
  readonly #maximumLength: number;
  #batch: readonly Entry[] = [];
  #next = 0;
  #started = false;
  #ended = false;

  constructor(fileSystem: FileSystem, path: VirtualPath, maximumLength: number) {
    this.path = path;
    this.#fileSystem = fileSystem;
    this.#batches = fileSystem.readDirectory(path)[Symbol.asyncIterator]();
    this.#maximumLength = maximumLength;
  }

  /** Begins the listing, so that what forbids it is known before the client gets a handle. */
  async start(): Promise<void> {
    await this.#advance();
  }

  /** The next names, or the end. */
  async read(): Promise<Reply> {
    const dots = this.#started ? [] : await this.#dots();
    this.#started = true;
    if (dots.length === 0 && this.#next >= this.#batch.length && !this.#ended) await this.#advance();
    if (dots.length === 0 && this.#next >= this.#batch.length) return endOfFileReply;
    const now = Date.now();
    const from = this.#next;
    const batch = this.#batch;
    const { length } = this.#measure(dots, batch, from);
    this.#next = from + length;
    const shown = [...dots, ...batch.slice(from, from + length)];
    return reply(
      packetType.name,
      (writer) => {
        writer.uint32(shown.length);
        for (const entry of shown) writeEntry(writer, entry, now);
      },
      this.#maximumLength,
    );
  }

  /** Gives up what the listing holds. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#batches.return?.();
  }

  async #advance(): Promise<void> {
    do {
      const { value, done } = await this.#batches.next();
      this.#next = 0;
      this.#ended = done === true;
      this.#batch = this.#ended ? [] : (value as readonly Entry[]);
    } while (this.#batch.length === 0 && !this.#ended);
  }

  /** How many entries fit; at least one, as no name is longer than a packet. */
  #measure(dots: readonly Entry[], batch: readonly Entry[], from: number): { readonly length: number } {
    let octets = dots.length * overheadOf('..');
    let length = 0;
    for (let index = from; index < batch.length; index += 1) {
      octets += overheadOf(batch[index]?.name ?? '');
      if (octets > this.#maximumLength && length > 0) break;
      length += 1;
    }
    return { length };
  }

  /** `.` and `..`, which WinSCP misses when they are not there. */
  async #dots(): Promise<readonly Entry[]> {
    const own = await this.#fileSystem.stat(this.path);
    const parent = await this.#parent(own);
    return [
      { ...own, name: '.' },
      { ...parent, name: '..' },
    ];
  }

  /** A parent that may not be looked at is shown like its child. */
  async #parent(own: Entry): Promise<Entry> {
    try {
      return await this.#fileSystem.stat(parentOf(this.path));
    } catch {
      return own;
    }
  }
}

/** Attributes, lengths, and the columns of the long name before the name, of which there are two. */
function overheadOf(name: string): number {
  return 120 + 2 * Buffer.byteLength(name);
}

function writeEntry(writer: SftpWriter, entry: Entry, now: number): void {
  writer.string(encodeName(entry.name));
  writer.string(formatLongName(entry, printableName(entry.name), now));
  writeAttributes(writer, entry);
}
