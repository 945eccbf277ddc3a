import type { Account } from '#core/account.ts';
import type { AccountLimits } from '#core/limits.ts';
import { Flow, type FlowDirection } from './limits/flow.ts';
import { SpeedPair } from './limits/speed.ts';
import type { AccountUsage } from './quota/account-usage.ts';
import type { UsageLedger } from './quota/usage-ledger.ts';
import type { Session } from './session.ts';

/** What the sessions of one account have in common while there are any: their number, their speed, their usage. */
export class AccountShare {
  readonly sessions = new Set<Session>();
  readonly speed = new SpeedPair();
  readonly #ledger: UsageLedger | null;
  #limits: AccountLimits | null = null;
  #usage: AccountUsage | null = null;

  constructor(ledger: UsageLedger | null) {
    this.#ledger = ledger;
  }

  /** What the account uses of its quota and volume; null where nothing of it is limited. */
  get usage(): AccountUsage | null {
    return this.#usage;
  }

  /** Lets what an account is now hold for all its sessions. */
  update(account: Account): void {
    const limits = account.limits ?? null;
    if (limits === this.#limits) return;
    this.#limits = limits;
    this.speed.set(limits?.accountSpeed ?? null);
    if (limits !== null && needsUsage(limits)) this.#usage ??= this.#ledger?.open(account.name) ?? null;
    if (this.#usage !== null) this.#usage.limits = limits;
  }

  /** What the octets of one session have to pass; null for nothing. */
  flow(
    direction: FlowDirection,
    { server, session }: { server: SpeedPair; session: SpeedPair },
  ): Flow | null {
    const limiters = [server[direction], this.speed[direction], session[direction]].filter(
      (limiter) => limiter.limited,
    );
    const volume = this.#usage?.volume ?? null;
    return limiters.length === 0 && volume === null ? null : new Flow(direction, { limiters, volume });
  }

  /** The last session has gone. */
  close(): void {
    this.#usage?.close();
    this.#usage = null;
  }
}

function needsUsage({ quotaBytes, quotaFiles, volume }: AccountLimits): boolean {
  return (
    quotaBytes !== null ||
    quotaFiles !== null ||
    Object.values(volume).some((limit: number | null) => limit !== null)
  );
}
