import type { Entry } from '#core/entry.ts';
import type { ReadHandle } from '#core/file-system.ts';
import { handleEnded } from '../failure.ts';
import { checkPosition } from '../validation.ts';
import { entryOf } from './node.ts';
import type { FileNode } from './node.ts';
import type { MemoryVolume } from './volume.ts';

export class MemoryReadHandle implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = null;
  readonly #volume: MemoryVolume;
  readonly #node: FileNode;
  #open = true;

  constructor(volume: MemoryVolume, node: FileNode, name: string) {
    this.#volume = volume;
    this.#node = node;
    this.entry = entryOf(node, name);
    node.handles += 1;
  }

  read(target: Uint8Array, position: number): number {
    if (!this.#open) throw handleEnded('read the file');
    checkPosition(position, 'read the file');
    return this.#node.content.read(target, position);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#node.handles -= 1;
    this.#volume.releaseIfUnused(this.#node);
  }
}
