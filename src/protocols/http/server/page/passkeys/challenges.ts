import { randomBytes } from 'node:crypto';

/** Something that a browser has to answer, once. */
export interface Challenge {
  /** What the authenticator signs, in base64url. */
  readonly text: string;
  /** Who it was given to: an account that adds a passkey, or nobody yet. */
  readonly account: string | null;
}

/** Time to find the device and touch it. */
const lifetimeMs = 300_000;
/** Logins that have begun and not ended; the oldest goes first. */
const maximumChallenges = 1000;
const challengeOctets = 32;

/** Challenges that were given out and not answered. */
export class Challenges {
  readonly #open = new Map<string, Challenge & { readonly endsAt: number }>();

  /** Gives one out. @returns it and the name by which it is answered */
  give(account: string | null): { readonly id: string; readonly text: string } {
    const now = Date.now();
    for (const [id, { endsAt }] of this.#open) {
      if (endsAt > now && this.#open.size < maximumChallenges) break;
      this.#open.delete(id);
    }
    const id = randomBytes(challengeOctets).toString('base64url');
    const text = randomBytes(challengeOctets).toString('base64url');
    this.#open.set(id, { text, account, endsAt: now + lifetimeMs });
    return { id, text };
  }

  /** Takes one back; it serves once. @returns null for one that is over, unknown, or was given to another */
  take(id: string, account: string | null): string | null {
    const known = this.#open.get(id);
    this.#open.delete(id);
    const isGood = known !== undefined && known.endsAt > Date.now() && known.account === account;
    return isGood ? known.text : null;
  }
}
