import { seededRandom } from '../ssh/ssh-fixture.ts';

/** Seconds that each fuzzer runs; `scripts/fuzz.mjs` asks for more than a run of the tests. */
const seconds = Number(process.env['WHERRY_FUZZ_SECONDS'] ?? 2);
const seed = Number(process.env['WHERRY_FUZZ_SEED'] ?? 20_260_101);

/** What one round opens, closed at its end: a run of an hour is not to hold all of them. */
export class Round {
  readonly #actions: (() => unknown)[] = [];

  after(action?: unknown): void {
    if (typeof action === 'function') this.#actions.push(action as () => unknown);
  }

  end(): void {
    for (const action of this.#actions.splice(0)) action();
  }
}

/** Numbers that are the same in every run with the same seed, so that what was found is found again. */
export class Fuzz {
  readonly #random: () => number;
  readonly #end: number;
  rounds = 0;

  /**
   * @param stream parts the numbers of one fuzzer from those of the others
   * @param share how many times the usual time it runs
   */
  constructor(stream: number, share = 1) {
    this.#end = performance.now() + share * seconds * 1000;
    this.#random = seededRandom(seed + stream);
  }

  /** Begins the next round; false when the time is over. The first hundred run in any case. */
  next(): boolean {
    this.rounds += 1;
    return this.rounds <= 100 || performance.now() < this.#end;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(one: number): boolean {
    return this.below(one) === 0;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(limit: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(limit) }, () => this.below(256)));
  }

  /** Numbers at which things tend to break, and others. */
  uint32(): number {
    return this.pick([0, 1, this.below(64), this.below(2 ** 32), 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]);
  }

  /** Flips, cuts, doubles or lengthens what was well-formed. */
  damage(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    const at = this.below(copy.length);
    switch (this.below(5)) {
      case 0:
        copy[at] = this.below(256);
        return copy;
      case 1:
        return copy.subarray(0, at);
      case 2:
        return Buffer.concat([copy, copy]);
      case 3:
        return Buffer.concat([copy.subarray(0, at), this.bytes(40), copy.subarray(at)]);
      default:
        return copy;
    }
  }
}
