/** What is told of an upload whose last answer was lost on its way. */
interface FinishedUpload {
  /** Whose it was: as `bearerOf` names them. */
  readonly bearer: string;
  readonly length: number;
  readonly endedAtMs: number;
}

/** Browsers try again for less than a minute; a laptop that was closed may come later. */
const rememberedMs = 600_000;
const maximumRemembered = 4096;

/**
 * Uploads that have ended well. A browser that never got the answer to its last piece asks how far the upload has come:
 * to be told that there is no such upload, it would send the whole file again, under another name or in vain.
 */
export class FinishedUploads {
  readonly #finished = new Map<string, FinishedUpload>();

  add(id: string, { bearer, length }: Pick<FinishedUpload, 'bearer' | 'length'>): void {
    this.#forget();
    this.#finished.set(id, { bearer, length, endedAtMs: performance.now() });
  }

  /** @returns its length; null where there was none, or one of somebody else */
  lengthOf(id: string, bearer: string): number | null {
    this.#forget();
    const found = this.#finished.get(id);
    return found?.bearer === bearer ? found.length : null;
  }

  /** The oldest stand first. */
  #forget(): void {
    const earliestMs = performance.now() - rememberedMs;
    for (const [id, { endedAtMs }] of this.#finished) {
      if (endedAtMs > earliestMs && this.#finished.size < maximumRemembered) break;
      this.#finished.delete(id);
    }
  }
}
