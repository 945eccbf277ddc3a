import type { HostMemory } from '../host-memory.ts';
import type { FtpSession } from '../session.ts';
import type { FxpWay } from './fxp-options.ts';

const memories = new WeakMap<HostMemory, WeakMap<HostMemory, PairMemory>>();

/** What was learned of two servers together; lasts as long as what is known of each. */
export class PairMemory {
  #proven: FxpWay | null = null;

  /** The memory of a pair, shared by all connections of this process between the two hosts. */
  static of(source: FtpSession, target: FtpSession): PairMemory {
    const targets = memories.get(source.memory) ?? new WeakMap<HostMemory, PairMemory>();
    memories.set(source.memory, targets);
    const memory = targets.get(target.memory) ?? new PairMemory();
    targets.set(target.memory, memory);
    return memory;
  }

  prove(way: FxpWay): void {
    this.#proven = way;
  }

  /** The way that worked last comes first. */
  sort(ways: readonly FxpWay[]): readonly FxpWay[] {
    const proven = this.#proven;
    return proven === null
      ? ways
      : ways.toSorted((left, right) => Number(isSame(right, proven)) - Number(isSame(left, proven)));
  }
}

function isSame(left: FxpWay, right: FxpWay): boolean {
  return (
    left.passive === right.passive &&
    left.tls?.verb === right.tls?.verb &&
    left.tls?.client === right.tls?.client
  );
}
