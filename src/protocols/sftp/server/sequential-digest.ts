import { createDigest } from '#engine/checksum.ts';

/**
 * SHA-256 over a file's octets as they pass. It is known only when they came from the first one on without gap or
 * repetition, which is how whole files are transferred.
 */
export class SequentialDigest {
  readonly #digest = createDigest('SHA-256');
  #position = 0;
  #broken = false;

  add(bytes: Uint8Array, position: number): void {
    if (position !== this.#position) this.#broken = true;
    if (this.#broken) return;
    this.#digest.update(bytes);
    this.#position += bytes.length;
  }

  /** The octets are no longer those of the file, because it was cut or changed otherwise. */
  spoil(): void {
    this.#broken = true;
  }

  /** Hex, or null when it is not known; asked for once, at the end. */
  finish(size: number): string | null {
    return this.#broken || size !== this.#position
      ? null
      : Buffer.from(this.#digest.finish()).toString('hex');
  }
}
