import type { TransferDirection, TransferResultName } from '#engine/events.ts';
import type { Session } from '#engine/session.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** Tells the log of one file's transfer. */
export class TransferReport {
  readonly #session: Session | undefined;
  readonly #direction: TransferDirection;
  readonly #path: VirtualPath;
  readonly #startedAt = Date.now();
  bytes = 0;

  constructor(session: Session | undefined, direction: TransferDirection, path: VirtualPath) {
    this.#session = session;
    this.#direction = direction;
    this.#path = path;
    if (session?.events.wants('transfer-started') === true) {
      session.events.emit({ event: 'transfer-started', ...session.facts(), direction, path });
    }
  }

  end(result: TransferResultName, reason: string | null): void {
    const session = this.#session;
    if (session?.events.wants('transfer-finished') !== true) return;
    session.events.emit({
      event: 'transfer-finished',
      ...session.facts(),
      direction: this.#direction,
      path: this.#path,
      bytes: this.bytes,
      durationMs: Date.now() - this.#startedAt,
      result,
      reason,
      sha256: null,
    });
  }
}
