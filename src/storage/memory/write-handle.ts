import type { Entry } from '#core/entry.ts';
import type { Attributes, WriteHandle } from '#core/file-system.ts';
import { failure, handleEnded } from '../failure.ts';
import { checkPosition } from '../validation.ts';
import { applyAttributes } from './attributes.ts';
import { entryOf } from './node.ts';
import type { FileNode } from './node.ts';
import type { MemoryVolume } from './volume.ts';

export interface MemoryWriteOptions {
  readonly volume: MemoryVolume;
  readonly node: FileNode;
  readonly name: string;
  readonly readable: boolean;
  /** Gives a new file its name; absent for a file that is written in place. */
  readonly publish?: (node: FileNode) => void;
}

export class MemoryWriteHandle implements WriteHandle {
  readonly initialSize: number;
  readonly fileDescriptor = null;
  readonly #volume: MemoryVolume;
  readonly #node: FileNode;
  readonly #name: string;
  readonly #readable: boolean;
  readonly #publish: ((node: FileNode) => void) | undefined;
  #open = true;

  constructor(options: MemoryWriteOptions) {
    this.#volume = options.volume;
    this.#node = options.node;
    this.#name = options.name;
    this.#readable = options.readable;
    this.#publish = options.publish;
    this.initialSize = options.node.content.size;
    options.node.handles += 1;
    options.node.updating = true;
  }

  write(source: Uint8Array, position: number): void {
    this.#check('write the file');
    checkPosition(position, 'write the file');
    this.#volume.write(this.#node, source, position);
  }

  read(target: Uint8Array, position: number): number {
    this.#check('read the file');
    if (!this.#readable) throw failure('not-supported', 'read the file');
    checkPosition(position, 'read the file');
    return this.#node.content.read(target, position);
  }

  truncate(size: number): void {
    this.#check('truncate the file');
    checkPosition(size, 'truncate the file');
    this.#volume.truncate(this.#node, size);
  }

  stat(): Entry {
    this.#check('examine the file');
    return entryOf(this.#node, this.#name);
  }

  setAttributes(attributes: Attributes): void {
    this.#check('change the attributes');
    applyAttributes(this.#volume, this.#node, attributes);
  }

  sync(): void {
    this.#check('write the file');
  }

  finish(): void {
    this.#check('complete the file');
    try {
      this.#publish?.(this.#node);
    } finally {
      this.#end();
    }
  }

  abort(): void {
    if (this.#open) this.#end();
  }

  #check(action: string): void {
    if (!this.#open) throw handleEnded(action);
  }

  #end(): void {
    this.#open = false;
    this.#node.updating = false;
    this.#node.handles -= 1;
    this.#volume.releaseIfUnused(this.#node);
  }
}
