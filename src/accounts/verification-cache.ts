import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What {@link VerificationCache} may keep, and how long. */
export interface VerificationCacheLimits {
  /** How long after the last full check a password is believed. */
  readonly lifetimeMs: number;
  /** Users remembered; at about 300 octets each, 10,000 are 3 MB. The oldest is forgotten first. */
  readonly users: number;
}

export const defaultVerificationCacheLimits: VerificationCacheLimits = Object.freeze({
  lifetimeMs: 300_000,
  users: 10_000,
});

interface Verified<T> {
  readonly digest: Buffer;
  readonly passwordHash: string;
  readonly value: T;
  readonly expiresAt: number;
}

/**
 * Remembers that a password was right, so that the next login of the same user costs no argon2. Kept is an
 * HMAC-SHA-256 over user, password and stored hash under a key that lives and dies with this object; never the
 * password. Only a right password is answered from here: a wrong one, and an unknown user, always pay the full
 * price, so what the time of an answer can tell is only that a right password was used a short while ago, to
 * someone who has that password.
 */
export class VerificationCache<T> {
  readonly #limits: VerificationCacheLimits;
  readonly #now: () => number;
  readonly #key = randomBytes(32);
  readonly #byUser = new Map<string, Verified<T>>();

  /** `now` gives monotonic milliseconds. */
  constructor(
    limits: VerificationCacheLimits = defaultVerificationCacheLimits,
    now = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#now = now;
  }

  get size(): number {
    return this.#byUser.size;
  }

  /** What was kept with a password that was verified lately; null when it has to be verified. */
  recall(user: string, password: Uint8Array): T | null {
    const entry = this.#byUser.get(user);
    // Computed for everybody, so that its time does not tell who has logged in lately.
    const digest = this.#digest(user, password, entry?.passwordHash ?? '');
    if (entry === undefined) return null;
    if (this.#now() >= entry.expiresAt) {
      this.#byUser.delete(user);
      return null;
    }
    return timingSafeEqual(digest, entry.digest) ? entry.value : null;
  }

  /** Keeps `value` for the next login with the password that was just verified against `passwordHash`. */
  remember(login: { user: string; password: Uint8Array; passwordHash: string }, value: T): void {
    const { user, password, passwordHash } = login;
    this.#byUser.delete(user);
    for (const oldest of this.#byUser.keys()) {
      if (this.#byUser.size < this.#limits.users) break;
      this.#byUser.delete(oldest);
    }
    const digest = this.#digest(user, password, passwordHash);
    const expiresAt = this.#now() + this.#limits.lifetimeMs;
    this.#byUser.set(user, { digest, passwordHash, value, expiresAt });
  }

  forget(user: string): void {
    this.#byUser.delete(user);
  }

  clear(): void {
    this.#byUser.clear();
  }

  /** The lengths stand before the texts, so that no two different logins are the same octets. */
  #digest(user: string, password: Uint8Array, passwordHash: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(`${user.length}:${password.length}:${user}${passwordHash}`)
      .update(password)
      .digest();
  }
}
