import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes, FileSystem, ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { TransferProgress } from '#engine/session.ts';
import { AnswerOrder } from './answer-order.ts';
import { identityOf, InPlaceFile } from './in-place-file.ts';
import { Lane, type LaneMode } from './lane.ts';
import type { SequentialDigest } from './sequential-digest.ts';

/** How a file was opened. */
export type OpenedFile =
  | { readonly kind: 'read'; readonly handle: ReadHandle }
  | {
      readonly kind: 'write';
      readonly handle: WriteHandle;
      /** The file under its own name; null while nothing of it is to be seen there before it is closed. */
      readonly inPlace: InPlaceFile | null;
      readonly append: boolean;
      readonly readable: boolean;
    };

/** A file that the client holds open; also what is told of its transfer. */
export class OpenFile implements TransferProgress {
  readonly type = 'file';
  readonly path: VirtualPath;
  readonly lane: Lane;
  readonly answers = new AnswerOrder();
  readonly startedAt = Date.now();
  bytesRead = 0;
  bytesWritten = 0;
  #opened: OpenedFile;
  #removed = false;
  #failure: WherryError | null = null;
  /** Where the furthest write so far ends; a write from here on overlaps no earlier one. */
  #written = 0;

  readonly #digest: SequentialDigest | null;

  constructor(path: VirtualPath, opened: OpenedFile, digest: SequentialDigest | null = null) {
    this.path = path;
    this.#opened = opened;
    this.#digest = digest;
    this.lane = (opened.kind === 'write' ? opened.inPlace?.lane : null) ?? new Lane();
  }

  get direction(): 'download' | 'upload' {
    return this.#opened.kind === 'read' ? 'download' : 'upload';
  }

  /** Octets that were moved so far. */
  get bytes(): number {
    return this.direction === 'upload' ? this.bytesWritten : this.bytesRead;
  }

  /** Octets of a file that is read; how long an upload will be is not said. */
  get total(): number | null {
    return this.#opened.kind === 'read' ? this.#opened.handle.entry.size : null;
  }

  /** Whether its name does not lead to it yet. */
  get hidden(): boolean {
    return this.#opened.kind === 'write' && this.#opened.inPlace === null && !this.#removed;
  }

  /** What is written under its own name; null for an upload that is hidden and for a file that is read. */
  get inPlace(): InPlaceFile | null {
    return this.#opened.kind === 'write' ? this.#opened.inPlace : null;
  }

  /** What passed, hashed, when it was the whole file; null otherwise. */
  sha256(): string | null {
    const opened = this.#opened;
    const size = opened.kind === 'read' ? (opened.handle.entry.size ?? 0) : this.bytesWritten;
    return this.#digest?.finish(size) ?? null;
  }

  /** Counts octets that were read and are about to be sent. */
  countRead(bytes: Uint8Array, position: number): void {
    this.bytesRead += bytes.length;
    if (this.#opened.kind === 'read') this.#digest?.add(bytes, position);
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    const opened = this.#opened;
    if (opened.kind === 'read') return opened.handle.read(target, position);
    if (!opened.readable || opened.inPlace === null) throw notOpenFor('reading');
    return opened.inPlace.read(target, position);
  }

  /** How a write of this place may run beside others; asked once for each, in their order. */
  modeOfWrite(position: number, length: number): LaneMode {
    if (this.#opened.kind === 'write' && (this.#opened.append || this.#opened.inPlace?.shared === true))
      return 'exclusive';
    const beyond = position >= this.#written;
    this.#written = Math.max(this.#written, position + length);
    return beyond ? 'write' : 'exclusive';
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    const opened = this.#writable();
    this.bytesWritten += source.length;
    // Written in place, the file is more than what passes here.
    const { inPlace, handle } = opened;
    if (inPlace === null) {
      this.#digest?.add(source, position);
      return handle.write(source, position);
    }
    this.#digest?.spoil();
    const place = opened.append ? inPlace.end : position;
    inPlace.end = Math.max(inPlace.end, place + source.length);
    return handle.write(source, place);
  }

  /** A write did not come about, so the file is not what the client meant, whatever it says at the end. */
  fail(error: WherryError): void {
    this.#failure ??= error;
  }

  stat(): Awaitable<Entry> {
    return this.#opened.kind === 'read' ? this.#opened.handle.entry : this.#opened.handle.stat();
  }

  /** Whether attributes are changed through the handle; for a file that is only read the name has to do. */
  get changesByHandle(): boolean {
    return this.#opened.kind === 'write';
  }

  setAttributes(attributes: Attributes): Awaitable<void> {
    const { handle, inPlace } = this.#writable();
    if (attributes.size !== undefined) {
      this.#digest?.spoil();
      if (inPlace !== null) inPlace.end = attributes.size;
    }
    return handle.setAttributes(attributes);
  }

  sync(): Awaitable<void> {
    return this.#opened.kind === 'write' ? this.#opened.handle.sync() : undefined;
  }

  /**
   * Ends it in order; an upload appears under its name now, unless a part of it is missing.
   *
   * @throws WherryError why a write has failed, again: a client that did not look then is told now
   */
  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened.kind === 'read') {
      await opened.handle.close();
      return;
    }
    if (opened.inPlace !== null) await opened.inPlace.release('finish');
    else if (this.#removed || this.#failure !== null) await opened.handle.abort();
    else await opened.handle.finish();
    if (this.#failure !== null && !this.#removed) throw this.#failure;
  }

  /** Ends it because the client is gone. */
  async abandon(): Promise<void> {
    const opened = this.#opened;
    if (opened.kind === 'read') await opened.handle.close();
    else if (opened.inPlace === null) await opened.handle.abort();
    else await opened.inPlace.release('abort');
  }

  /** The client removed the name of its own hidden upload: it is written to the end and then forgotten. */
  remove(): void {
    this.#removed = true;
  }

  /** Makes a hidden upload visible as it is, because the client itself uses the name; writing goes on in place. */
  async publish(fileSystem: FileSystem): Promise<void> {
    const opened = this.#opened;
    if (opened.kind !== 'write' || !this.hidden) return;
    await opened.handle.finish();
    const handle = await fileSystem.openWrite(this.path, { disposition: 'update' });
    const identity = identityOf(await handle.stat());
    const { path, lane } = this;
    const inPlace = new InPlaceFile({ path, handle, readable: false, identity, lane });
    this.#opened = { ...opened, handle, inPlace };
  }

  #writable(): Extract<OpenedFile, { kind: 'write' }> {
    if (this.#opened.kind === 'write') return this.#opened;
    throw notOpenFor('writing');
  }
}

function notOpenFor(what: string): WherryError {
  return new WherryError('permission', `The file is not open for ${what}`);
}
