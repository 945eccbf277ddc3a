import type { Awaitable } from '#core/awaitable.ts';
import type { SpeedLimits } from '#core/limits.ts';
import type { SessionFacts } from './events.ts';
import type { UsageLedger } from './quota/usage-ledger.ts';

/** What may be asked about before it is done. */
export type BeforeAction = 'login' | 'upload' | 'download' | 'delete' | 'rename';

/** An action that is about to be done. */
export interface BeforeFacts extends SessionFacts {
  readonly action: BeforeAction;
  /** The path; null for a login. */
  readonly path: string | null;
  /** The new name of a rename. */
  readonly other: string | null;
}

/** Somebody who may forbid what the rights allow. */
export interface BeforeCheck {
  /** Whether it wants to be asked at all; without that nothing waits. */
  asks(action: BeforeAction): boolean;
  /** Why it must not be, in words for the peer; null when it may. Never rejects. */
  refusal(facts: BeforeFacts): Awaitable<string | null>;
}

/** Keeps addresses out. */
export interface AddressGate {
  /** Why an address is kept out, in words for the peer; null when it may come. */
  refusal(remoteAddress: string): string | null;
}

/** Which transfers are hashed as they pass, for their event. Hashing rules out the kernel's own way of moving octets. */
export interface DigestPolicy {
  readonly upload: boolean;
  readonly download: boolean;
}

/** What holds for the sessions of every protocol, beside how many there may be. */
export interface SessionControls {
  readonly gate: AddressGate | null;
  /** Where quota and volume are counted; null counts none, whatever the accounts say. */
  readonly usage: UsageLedger | null;
  readonly before: BeforeCheck | null;
  readonly digest: DigestPolicy;
  /** Shared by all sessions of the server. */
  readonly speed: SpeedLimits | null;
}

/** Nothing is asked, counted, hashed or held back. */
export const noControls: SessionControls = Object.freeze({
  gate: null,
  usage: null,
  before: null,
  digest: Object.freeze({ upload: false, download: false }),
  speed: null,
});
