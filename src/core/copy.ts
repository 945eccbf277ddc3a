import type { Awaitable } from './awaitable.ts';

/** Which octets move between two handles, and who is told as they pass. Positions are octets from the start. */
export interface CopyOptions {
  /** First octet to move; the same position in source and target. */
  readonly start: number;
  /** Octets to move at most; to the end of the source when absent. */
  readonly length?: number | undefined;
  /**
   * Called as octets arrive at the target, with the number since the last call. Octets count in order of position:
   * up to what was counted the target has no gap, so that a copy which breaks off can be gone on with from there.
   */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /**
   * Shown every chunk, in order of position, before its memory is used again: for digests. Its presence forbids
   * copying inside the kernel. The copy waits for what it returns.
   */
  readonly onChunk?: ((chunk: Uint8Array, position: number) => Awaitable<void>) | undefined;
  /** Slows the copy: waited for before octets are moved on. */
  readonly take?: ((bytes: number) => Awaitable<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}
