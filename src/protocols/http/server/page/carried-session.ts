import { Session, type TransferProgress } from '#engine/session.ts';
import type { SessionFacts } from '#engine/events.ts';
import type { Flow, FlowDirection } from '#engine/limits/flow.ts';

/**
 * What an upload goes on in while logins come and go: its limits and its place in the log are those of whoever brings
 * the pieces at the moment.
 */
export class CarriedSession extends Session {
  #bearer: Session;
  #progress: TransferProgress | null = null;

  /** @param end the upload is to be given up */
  constructor(bearer: Session, end: (reason: string) => void) {
    const { endpoint, events } = bearer;
    super({ protocol: 'http', endpoint, events, end });
    this.#bearer = bearer;
  }

  get bearer(): Session {
    return this.#bearer;
  }

  /** Another login of the same account goes on with it. */
  carriedBy(session: Session): void {
    if (session === this.#bearer) return;
    if (this.#progress !== null) {
      this.#bearer.endTransfer(this.#progress);
      session.beginTransfer(this.#progress);
    }
    this.#bearer = session;
  }

  override facts(): SessionFacts {
    return this.#bearer.facts();
  }

  override digests(direction: FlowDirection): boolean {
    return this.#bearer.digests(direction);
  }

  override flow(direction: FlowDirection): Flow | null {
    return this.#bearer.flow(direction);
  }

  override touch(): void {
    this.#bearer.touch();
  }

  override beginTransfer(progress: TransferProgress): void {
    this.#progress = progress;
    this.#bearer.beginTransfer(progress);
  }

  override endTransfer(progress: TransferProgress): void {
    this.#progress = null;
    this.#bearer.endTransfer(progress);
  }
}
