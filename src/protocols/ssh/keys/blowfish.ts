/**
 * Blowfish with the expensive key schedule of bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme").
 * It exists for the format of encrypted OpenSSH private keys alone and protects no connection: OpenSSL has
 * Blowfish but not this schedule.
 */
const rounds = 16;
const subkeyCount = rounds + 2;
const boxSize = 256;
const boxCount = 4;
const wordCount = subkeyCount + boxCount * boxSize;

/** Subkeys and S-boxes begin as the fraction of pi in binary; computed once, by Machin's formula. */
let initialState: Uint32Array | null = null;

function piWords(): Uint32Array {
  if (initialState !== null) return initialState;
  const guardBits = 64n;
  const bits = BigInt(wordCount * 32) + guardBits;
  const one = 1n << bits;
  const arctangentOfInverse = (value: bigint): bigint => {
    let power = one / value;
    let sum = power;
    const square = value * value;
    for (let divisor = 3n, sign = -1n; power !== 0n; divisor += 2n, sign = -sign) {
      power /= square;
      sum += sign * (power / divisor);
    }
    return sum;
  };
  const pi = 4n * (4n * arctangentOfInverse(5n) - arctangentOfInverse(239n));
  const fraction = (pi - 3n * one) >> guardBits;
  const digits = fraction.toString(16).padStart(wordCount * 8, '0');
  initialState = Uint32Array.from({ length: wordCount }, (_, index) =>
    Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16),
  );
  return initialState;
}

/** Reads four octets of a key that repeats endlessly. */
class CyclicWords {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let word = 0;
    for (let index = 0; index < 4; index += 1) {
      word = (word << 8) | (this.#bytes[this.#position] ?? 0);
      this.#position = (this.#position + 1) % this.#bytes.length;
    }
    return word >>> 0;
  }
}

/** The cipher's state: subkeys, then four S-boxes, in one array. */
export class Blowfish {
  readonly #state = Uint32Array.from(piWords());
  readonly #block = new Uint32Array(2);

  /** Mixes a key, and a salt where there is one, into the state (EksBlowfish `ExpandKey`). */
  expand(key: Uint8Array, salt: Uint8Array | null): void {
    const state = this.#state;
    const keyWords = new CyclicWords(key);
    for (let index = 0; index < subkeyCount; index += 1) state[index] = (state[index] ?? 0) ^ keyWords.next();
    const saltWords = salt === null ? null : new CyclicWords(salt);
    const block = this.#block;
    block.fill(0);
    for (let index = 0; index < wordCount; index += 2) {
      if (saltWords !== null) {
        block[0] = (block[0] ?? 0) ^ saltWords.next();
        block[1] = (block[1] ?? 0) ^ saltWords.next();
      }
      this.encrypt(block, 0);
      state[index] = block[0] ?? 0;
      state[index + 1] = block[1] ?? 0;
    }
  }

  /** Encrypts the two words at `offset`. */
  encrypt(words: Uint32Array, offset: number): void {
    const state = this.#state;
    let left = words[offset] ?? 0;
    let right = words[offset + 1] ?? 0;
    for (let round = 0; round < rounds; round += 1) {
      left = (left ^ (state[round] ?? 0)) >>> 0;
      right = (right ^ this.#mix(left)) >>> 0;
      [left, right] = [right, left];
    }
    words[offset] = right ^ (state[rounds + 1] ?? 0);
    words[offset + 1] = left ^ (state[rounds] ?? 0);
  }

  #mix(word: number): number {
    const state = this.#state;
    const first = state[subkeyCount + (word >>> 24)] ?? 0;
    const second = state[subkeyCount + boxSize + ((word >>> 16) & 0xff)] ?? 0;
    const third = state[subkeyCount + 2 * boxSize + ((word >>> 8) & 0xff)] ?? 0;
    const fourth = state[subkeyCount + 3 * boxSize + (word & 0xff)] ?? 0;
    return (((first + second) ^ third) + fourth) >>> 0;
  }
}
