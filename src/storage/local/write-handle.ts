import { fstatSync, fsync, ftruncate, writeSync } from 'node:fs';
import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { Attributes, WriteHandle } from '#core/file-system.ts';
import { failure, handleEnded } from '../failure.ts';
import { checkAttributes, checkPosition } from '../validation.ts';
import { attempt, inBackground } from './attempt.ts';
import { changeOpened, changeOwnNow, isSmallChange } from './attributes.ts';
import type { Descriptor } from './descriptor.ts';
import { entryOfStats } from './entry-of-stats.ts';
import type { Publication } from './publication.ts';
import { readFrom } from './read-handle.ts';
import type { LocalTree } from './tree.ts';

/**
 * Octets at the start of a new file that are written without leaving the thread: memory copies of some ten
 * microseconds, where a way through the thread pool costs as much again. Files no larger are published so too.
 */
const immediateOctets = 65536;

export interface LocalWriteOptions {
  readonly tree: LocalTree;
  readonly descriptor: Descriptor;
  readonly name: string;
  readonly initialSize: number;
  readonly readable: boolean;
  /** Present for a new file, absent for one that is written in place. */
  readonly publication: Publication | undefined;
  /** Gives back the right to write in place. */
  readonly unlock: (() => void) | undefined;
}

export class LocalWriteHandle implements WriteHandle {
  readonly initialSize: number;
  readonly fileDescriptor: number;
  readonly #options: LocalWriteOptions;
  readonly #descriptor: Descriptor;
  readonly #publication: Publication | undefined;
  #ended = false;

  constructor(options: LocalWriteOptions) {
    this.#options = options;
    this.#descriptor = options.descriptor;
    this.#publication = options.publication;
    this.initialSize = options.initialSize;
    this.fileDescriptor = options.descriptor.number;
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    const action = 'write the file';
    this.#check(action);
    checkPosition(position, action);
    const immediate = this.#publication !== undefined && position + source.length <= immediateOctets;
    return attempt(action, undefined, () => {
      if (!immediate) return this.#descriptor.writeAll(source, position);
      let done = 0;
      while (done < source.length) {
        done += writeSync(this.#descriptor.number, source, done, source.length - done, position + done);
      }
      return undefined;
    });
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    this.#check('read the file');
    if (!this.#options.readable) throw failure('not-supported', 'read the file');
    return readFrom(this.#descriptor, target, position);
  }

  truncate(size: number): Awaitable<void> {
    const action = 'truncate the file';
    this.#check(action);
    checkPosition(size, action);
    return this.#inBackground(action, (done) => {
      ftruncate(this.#descriptor.number, size, done);
    });
  }

  stat(): Entry {
    const action = 'examine the file';
    this.#check(action);
    const extras = {
      name: this.#options.name,
      linkTarget: null,
      owners: this.#options.tree.owners.current(),
    };
    return attempt(action, undefined, () =>
      entryOfStats(fstatSync(this.#descriptor.number), extras),
    ) as Entry;
  }

  setAttributes(attributes: Attributes): Awaitable<void> {
    const action = 'change the attributes';
    this.#check(action);
    checkAttributes(attributes);
    const { number } = this.#descriptor;
    const later = (): Promise<void> => this.#descriptor.hold(changeOpened(number, attributes));
    return attempt(action, undefined, () => {
      if (!this.#descriptor.idle || !isSmallChange(attributes)) return later();
      return this.#options.tree.pace.run(() => changeOwnNow(number, attributes), later);
    });
  }

  sync(): Awaitable<void> {
    this.#check('write the file');
    return this.#inBackground('write the file', (done) => {
      fsync(this.#descriptor.number, done);
    });
  }

  finish(): Awaitable<void> {
    const action = 'complete the file';
    this.#check(action);
    this.#ended = true;
    return attempt(action, undefined, () => {
      const publication = this.#publication;
      const now = publication?.immediate === true && this.#mayFinishNow();
      return now ? this.#finishNow(publication) : this.#finishLater();
    });
  }

  /** Small, not to be forced to the disk, and nothing under way. */
  #mayFinishNow(): boolean {
    if (this.#options.tree.durability === 'disk' || !this.#descriptor.idle) return false;
    return fstatSync(this.#descriptor.number).size <= immediateOctets;
  }

  #finishNow(publication: Publication): Awaitable<void> {
    try {
      this.#descriptor.endNow();
    } catch (error) {
      publication.discardNow();
      throw error;
    }
    return this.#options.tree.pace.run(
      () => {
        publication.publishNow();
      },
      () => publication.publish(false),
    );
  }

  async #finishLater(): Promise<void> {
    const durable = this.#options.tree.durability === 'disk';
    try {
      await this.#close(durable);
    } catch (error) {
      await this.#publication?.discard();
      throw error;
    } finally {
      this.#options.unlock?.();
    }
    await this.#publication?.publish(durable);
  }

  /** Closes before the name is given: some file systems tell only then that the device is full. */
  async #close(durable: boolean): Promise<void> {
    try {
      if (durable) {
        await this.#descriptor.hold(
          inBackground((done) => {
            fsync(this.#descriptor.number, done);
          }),
        );
      }
    } finally {
      await this.#descriptor.end();
    }
  }

  abort(): Awaitable<void> {
    if (this.#ended) return undefined;
    this.#ended = true;
    return attempt('give up the file', undefined, () => this.#abandon());
  }

  async #abandon(): Promise<void> {
    try {
      await this.#descriptor.end();
    } finally {
      this.#options.unlock?.();
      await this.#publication?.discard();
    }
  }

  #check(action: string): void {
    if (this.#ended) throw handleEnded(action);
  }

  #inBackground(action: string, start: Parameters<typeof inBackground>[0]): Awaitable<void> {
    return attempt(action, undefined, () => this.#descriptor.hold(inBackground(start)));
  }
}
