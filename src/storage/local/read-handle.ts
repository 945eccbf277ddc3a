import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { ReadHandle } from '#core/file-system.ts';
import { readCached } from '#native/index.ts';
import { handleEnded } from '../failure.ts';
import { checkPosition } from '../validation.ts';
import { attempt } from './attempt.ts';
import type { Descriptor } from './descriptor.ts';

const action = 'read the file';

/** Octets that are copied in less time than a thread takes to wake up; more is read while this thread does other work. */
const inlineOctets = 128 * 1024;

/** Reads little that the kernel has at hand without waiting, and everything else in the thread pool. */
export function readFrom(descriptor: Descriptor, target: Uint8Array, position: number): Awaitable<number> {
  if (descriptor.ended) throw handleEnded(action);
  checkPosition(position, action);
  return attempt(action, undefined, () => {
    if (target.length > inlineOctets) return descriptor.fill(target, position);
    let filled = 0;
    while (filled < target.length) {
      const rest = filled === 0 ? target : target.subarray(filled);
      const count = readCached(descriptor.number, rest, position + filled);
      if (count < 0) return descriptor.fill(target, position, filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  });
}

export class LocalReadHandle implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor: number;
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor, entry: Entry) {
    this.#descriptor = descriptor;
    this.fileDescriptor = descriptor.number;
    this.entry = entry;
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return readFrom(this.#descriptor, target, position);
  }

  close(): Awaitable<void> {
    return attempt('close the file', undefined, () =>
      this.#descriptor.idle ? this.#descriptor.endNow() : this.#descriptor.end(),
    );
  }
}
