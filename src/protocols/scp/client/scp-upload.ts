import type { Awaitable } from '#core/awaitable.ts';
import { isPending } from '#core/awaitable.ts';
import { BufferPool } from '#core/buffer-pool.ts';
import type { CopyOptions } from '#core/copy.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes, ReadHandle, WriteHandle } from '#core/file-system.ts';
import { entryOfLine } from './entries.ts';
import { formatEntryLine, formatTimesLine } from '../wire/control-line.ts';
import type { ScpConversation } from './scp-conversation.ts';
import { Spool } from './spool.ts';

const buffers = new BufferPool(262_144, 4);
const okByte = Buffer.from([0]);

/**
 * A file that is sent to the server's scp, which wants to know its length before its first octet. A source that knows
 * its own length is sent as it is read; what is written piece by piece waits in a temporary file until it is complete.
 */
export class ScpUpload implements WriteHandle {
  readonly initialSize = 0;
  readonly fileDescriptor = null;
  readonly #start: () => Promise<ScpConversation>;
  readonly #name: string;
  #attributes: { readonly mode: number; readonly modifiedAt?: number; readonly accessedAt?: number };
  #conversation: ScpConversation | null = null;
  #spool: Spool | null = null;
  #sent = false;
  #ended = false;

  /** @param start begins scp at the server */
  constructor(name: string, mode: number, start: () => Promise<ScpConversation>) {
    this.#name = name;
    this.#start = start;
    this.#attributes = { mode };
  }

  async write(source: Uint8Array, position: number): Promise<void> {
    this.#check();
    if (this.#sent)
      throw new WherryError('not-supported', 'SCP sends a file once, from its beginning to its end');
    this.#spool ??= await Spool.create();
    await this.#spool.write(source, position);
  }

  async read(): Promise<number> {
    return Promise.reject(new WherryError('not-supported', 'A file that is sent by SCP cannot be read'));
  }

  /** Sends the source as it is read, where its whole length is known; else through the temporary file. */
  async copyFrom(source: ReadHandle, options: CopyOptions): Promise<number> {
    this.#check();
    const { size } = source.entry;
    const whole = options.start === 0 && (options.length === undefined || options.length === size);
    if (size !== null && whole && this.#spool === null && !this.#sent) {
      await this.#announce(size);
      return this.#sendFrom(source, size, options);
    }
    return this.#spoolFrom(source, options);
  }

  async truncate(size: number): Promise<void> {
    this.#check();
    if (this.#sent) throw tooLate();
    this.#spool ??= await Spool.create();
    await this.#spool.truncate(size);
  }

  async stat(): Promise<Entry> {
    const size = (await this.#spool?.size()) ?? 0;
    return entryOfLine(this.#name, { kind: 'file', mode: this.#attributes.mode, size }, null);
  }

  /** Mode and times go ahead of the octets, so they can be set only before those are sent. */
  setAttributes(attributes: Attributes): void {
    this.#check();
    if (this.#sent) throw tooLate();
    const { mode = this.#attributes.mode, modifiedAt, accessedAt } = attributes;
    this.#attributes = {
      mode,
      ...(modifiedAt === undefined ? {} : { modifiedAt, accessedAt: accessedAt ?? modifiedAt }),
    };
  }

  sync(): Awaitable<void> {
    return undefined;
  }

  async finish(): Promise<void> {
    this.#check();
    this.#ended = true;
    try {
      if (!this.#sent) {
        const spool = (this.#spool ??= await Spool.create());
        const size = await spool.size();
        await this.#announce(size);
        await this.#sendFrom(spool, size, { start: 0 });
      }
      const conversation = this.#conversation;
      if (conversation === null) return;
      await conversation.say(okByte);
      await conversation.agreed();
      await conversation.finish();
    } catch (thrown) {
      this.#conversation?.drop();
      throw thrown;
    } finally {
      await this.#spool?.close();
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // The server's scp keeps what it got; the protocol has no word for taking it back.
    this.#conversation?.drop();
    await this.#spool?.close();
  }

  async #announce(size: number): Promise<void> {
    this.#sent = true;
    const { mode, modifiedAt, accessedAt } = this.#attributes;
    const conversation = await this.#start();
    this.#conversation = conversation;
    await conversation.agreed();
    if (modifiedAt !== undefined) {
      await conversation.say(formatTimesLine(modifiedAt, accessedAt ?? modifiedAt));
      await conversation.agreed();
    }
    await conversation.say(formatEntryLine('C', mode, size, this.#name));
    await conversation.agreed();
  }

  async #sendFrom(source: Pick<ReadHandle, 'read'>, size: number, options: CopyOptions): Promise<number> {
    const { onChunk, onProgress, take, signal } = options;
    const buffer = buffers.take();
    try {
      for (let position = 0; position < size;) {
        if (signal?.aborted === true) throw new WherryError('aborted', 'The copy was stopped');
        const read = source.read(buffer.subarray(0, Math.min(buffer.length, size - position)), position);
        const count = isPending(read) ? await read : read;
        if (count === 0) throw new WherryError('truncated', 'The file became shorter while it was sent');
        const chunk = buffer.subarray(0, count);
        if (take !== undefined) await take(count);
        const seen = onChunk?.(chunk, position);
        if (isPending(seen)) await seen;
        await this.#conversation?.send(chunk);
        position += count;
        onProgress?.(count);
      }
      return size;
    } finally {
      buffers.give(buffer);
    }
  }

  async #spoolFrom(source: ReadHandle, options: CopyOptions): Promise<number> {
    const { start, length = Number.POSITIVE_INFINITY, onChunk, onProgress, take, signal } = options;
    const buffer = buffers.take();
    let moved = 0;
    try {
      while (moved < length) {
        if (signal?.aborted === true) throw new WherryError('aborted', 'The copy was stopped');
        const count = await source.read(
          buffer.subarray(0, Math.min(buffer.length, length - moved)),
          start + moved,
        );
        if (count === 0) break;
        const chunk = buffer.subarray(0, count);
        if (take !== undefined) await take(count);
        await onChunk?.(chunk, start + moved);
        await this.write(chunk, start + moved);
        moved += count;
        onProgress?.(count);
      }
      return moved;
    } finally {
      buffers.give(buffer);
    }
  }

  #check(): void {
    if (this.#ended) throw new WherryError('closed', 'Cannot write the file: it is closed');
  }
}

function tooLate(): WherryError {
  return new WherryError(
    'not-supported',
    'SCP tells the size, mode and times of a file before its first octet',
  );
}
