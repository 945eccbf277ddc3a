import type { SshLimits } from '../limits.ts';
import type { Timers } from './timers.ts';

/** Asks a silent peer whether it lives, as OpenSSH's ClientAlive does. */
export class KeepAlive {
  readonly #limits: SshLimits;
  readonly #timers: Timers;
  readonly #ask: () => void;
  readonly #onDead: () => void;
  #heard = false;
  #unanswered = 0;

  constructor(limits: SshLimits, timers: Timers, actions: { ask(): void; onDead(): void }) {
    this.#limits = limits;
    this.#timers = timers;
    this.#ask = () => {
      actions.ask();
    };
    this.#onDead = () => {
      actions.onDead();
    };
  }

  start(): void {
    if (this.#limits.keepAliveMs <= 0) return;
    this.#timers.set('keep-alive', this.#limits.keepAliveMs, () => {
      this.#tick();
    });
  }

  /** Something came from the peer. */
  hear(): void {
    this.#heard = true;
  }

  #tick(): void {
    if (this.#heard) {
      this.#heard = false;
      this.#unanswered = 0;
    } else if (this.#unanswered >= this.#limits.keepAliveTries) {
      this.#onDead();
      return;
    } else {
      this.#unanswered += 1;
      this.#ask();
    }
    this.start();
  }
}
