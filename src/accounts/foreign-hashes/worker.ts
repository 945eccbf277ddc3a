import { compareSync } from 'bcryptjs';
import { verify } from 'unixcrypt';
import { computeInTurn } from '#threads/compute-in-turn.ts';

/** What the thread is asked: whether a password fits a hash. */
export interface VerificationRequest {
  readonly scheme: 'bcrypt' | 'sha-crypt';
  readonly password: string;
  readonly hash: string;
}

export interface VerificationAnswer {
  /** Null when the hash could not be computed. */
  readonly right: boolean | null;
}

const verifiers = { bcrypt: compareSync, 'sha-crypt': verify };

computeInTurn(({ scheme, password, hash }: VerificationRequest): VerificationAnswer => {
  try {
    return { right: verifiers[scheme](password, hash) };
  } catch {
    // The packages' own words may repeat the hash.
    return { right: null };
  }
});
