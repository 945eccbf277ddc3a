import type { HostMemory } from '../host-memory.ts';
import type { FtpSession } from '../session.ts';
import type { FxpWay } from './fxp-options.ts';

/** Why two connections cannot, as far as the accounts that they are logged in with decide it. */
const refusals = new WeakMap<FtpSession, WeakMap<FtpSession, string>>();

/** What these two connections were refused before; null when nothing was. */
export function refusalBetween(source: FtpSession, target: FtpSession): string | null {
  return refusals.get(source)?.get(target) ?? null;
}

/** Remembers that no way is open to two connections, so that the next file need not try them all. */
export function rememberRefusal(source: FtpSession, target: FtpSession, reason: string): void {
  const targets = refusals.get(source) ?? new WeakMap<FtpSession, string>();
  refusals.set(source, targets);
  targets.set(target, reason);
}

const memories = new WeakMap<HostMemory, WeakMap<HostMemory, PairMemory>>();

/** What was learned of two servers together; lasts as long as what is known of each. */
export class PairMemory {
  #proven: FxpWay | null = null;
  /** Ways over which a server closed its control connection; they are not tried again. */
  readonly #fatal: FxpWay[] = [];

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

  /** Remembers that a way costs the connection: ProFTPD hangs up on a certificate that it does not trust. */
  avoid(way: FxpWay): void {
    this.#fatal.push(way);
  }

  /** The ways that may work, the one that worked last first. */
  choose(ways: readonly FxpWay[]): readonly FxpWay[] {
    const usable = ways.filter((way) => !this.#fatal.some((fatal) => isSame(way, fatal)));
    const proven = this.#proven;
    return proven === null
      ? usable
      : usable.toSorted((left, right) => Number(isSame(right, proven)) - Number(isSame(left, proven)));
  }
}

function isSame(left: FxpWay, right: FxpWay): boolean {
  return (
    left.passive === right.passive &&
    left.tls?.verb === right.tls?.verb &&
    left.tls?.client === right.tls?.client
  );
}
