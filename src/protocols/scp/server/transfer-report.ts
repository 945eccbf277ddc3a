import type { TransferResultName } from '#engine/events.ts';
import type { Session } from '#engine/session.ts';
import { createDigest, type Digest } from '#engine/checksum.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { FlowDirection } from '#engine/limits/flow.ts';
import type { TransferProgress } from '#engine/session.ts';
import { beginChange } from '#engine/transfer-events.ts';

/** Tells the log of one file's transfer. */
export class TransferReport implements TransferProgress {
  readonly direction: FlowDirection;
  readonly path: VirtualPath;
  readonly startedAt = Date.now();
  readonly total = null;
  bytes = 0;
  readonly #session: Session | undefined;
  readonly #digest: Digest | null;

  constructor(options: {
    readonly session: Session | undefined;
    readonly direction: FlowDirection;
    readonly path: VirtualPath;
    /** Whether SHA-256 of the octets is wanted. */
    readonly digest: boolean;
  }) {
    const { session, direction, path } = options;
    const digests = options.digest || session?.digests(direction) === true;
    this.#digest = digests ? createDigest('SHA-256') : null;
    this.#session = session;
    this.direction = direction;
    this.path = path;
    session?.beginTransfer(this);
    if (session?.events.wants('transfer-started') === true) {
      session.events.emit({ event: 'transfer-started', ...session.facts(), direction, path });
    }
  }

  /** How many octets to pass at a time, so that none waits long for others and a change of limits is noticed. */
  get pieceSize(): number {
    return this.#session?.flow(this.direction)?.pieceSize ?? Number.POSITIVE_INFINITY;
  }

  /** Lets octets pass when the limits of speed and volume allow it. @throws WherryError `quota` */
  pass(bytes: number): Awaitable<void> {
    const session = this.#session;
    return session?.flow(this.direction)?.take(bytes, () => session.signal);
  }

  /** An upload is about to take its name. */
  publishes(): void {
    if (this.#session !== undefined) beginChange(this.#session, this.path);
  }

  /** Counts octets of the file, in their order. */
  count(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.#digest?.update(bytes);
  }

  end(result: TransferResultName, reason: string | null): void {
    const session = this.#session;
    session?.endTransfer(this);
    if (session?.events.wants('transfer-finished') !== true) return;
    session.events.emit({
      event: 'transfer-finished',
      ...session.facts(),
      direction: this.direction,
      path: this.path,
      bytes: this.bytes,
      durationMs: Date.now() - this.startedAt,
      result,
      reason,
      sha256: result === 'completed' ? this.#sha256() : null,
    });
  }

  #sha256(): string | null {
    return this.#digest === null ? null : Buffer.from(this.#digest.finish()).toString('hex');
  }
}
