import type { TransferDirection, TransferResultName } from '#engine/events.ts';
import type { Session } from '#engine/session.ts';
import { createDigest, type Digest } from '#engine/checksum.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** Tells the log of one file's transfer. */
export class TransferReport {
  readonly #session: Session | undefined;
  readonly #direction: TransferDirection;
  readonly #path: VirtualPath;
  readonly #startedAt = Date.now();
  readonly #digest: Digest | null;
  #bytes = 0;

  constructor(options: {
    readonly session: Session | undefined;
    readonly direction: TransferDirection;
    readonly path: VirtualPath;
    /** Whether SHA-256 of the octets is wanted. */
    readonly digest: boolean;
  }) {
    const { session, direction, path } = options;
    this.#digest = options.digest ? createDigest('SHA-256') : null;
    this.#session = session;
    this.#direction = direction;
    this.#path = path;
    if (session?.events.wants('transfer-started') === true) {
      session.events.emit({ event: 'transfer-started', ...session.facts(), direction, path });
    }
  }

  /** Counts octets of the file, in their order. */
  count(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#digest?.update(bytes);
  }

  end(result: TransferResultName, reason: string | null): void {
    const session = this.#session;
    if (session?.events.wants('transfer-finished') !== true) return;
    session.events.emit({
      event: 'transfer-finished',
      ...session.facts(),
      direction: this.#direction,
      path: this.#path,
      bytes: this.#bytes,
      durationMs: Date.now() - this.#startedAt,
      result,
      reason,
      sha256: result === 'completed' ? this.#sha256() : null,
    });
  }

  #sha256(): string | null {
    return this.#digest === null ? null : Buffer.from(this.#digest.finish()).toString('hex');
  }
}
