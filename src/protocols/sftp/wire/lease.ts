/** Memory of a chunk that several views are of; it is given back with the last of them. */
export class Lease {
  readonly #chunk: Buffer;
  readonly #giveBack: (chunk: Buffer) => void;
  #holders = 1;

  /** Whoever makes it is the first holder. */
  constructor(chunk: Buffer, giveBack: (chunk: Buffer) => void) {
    this.#chunk = chunk;
    this.#giveBack = giveBack;
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#giveBack(this.#chunk);
  }
}
