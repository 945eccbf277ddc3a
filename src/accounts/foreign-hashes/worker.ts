import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { verify } from 'unixcrypt';

/** What the thread is asked: whether a password fits a hash. */
export interface VerificationRequest {
  readonly id: number;
  readonly scheme: 'bcrypt' | 'sha-crypt';
  readonly password: string;
  readonly hash: string;
}

export interface VerificationAnswer {
  readonly id: number;
  /** Null when the hash could not be computed. */
  readonly right: boolean | null;
}

const verifiers = { bcrypt: compareSync, 'sha-crypt': verify };

parentPort?.on('message', ({ id, scheme, password, hash }: VerificationRequest) => {
  let right: boolean | null = null;
  try {
    right = verifiers[scheme](password, hash);
  } catch {
    // Told as null: the packages' own words may repeat the hash.
  }
  const answer: VerificationAnswer = { id, right };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer);
});
