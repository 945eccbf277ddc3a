import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { verify } from 'unixcrypt';
import type { Numbered } from '#threads/computing-thread.ts';
import { yieldToTransfers } from '#threads/yield-to-transfers.ts';

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

yieldToTransfers();

parentPort?.on('message', ({ id, scheme, password, hash }: Numbered<VerificationRequest>) => {
  let right: boolean | null = null;
  try {
    right = verifiers[scheme](password, hash);
  } catch {
    // Told as null: the packages' own words may repeat the hash.
  }
  const answer: Numbered<VerificationAnswer> = { id, right };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer);
});
