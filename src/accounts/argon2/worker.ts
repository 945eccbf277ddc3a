import { argon2Sync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Numbered } from '#threads/computing-thread.ts';
import { yieldToTransfers } from '#threads/yield-to-transfers.ts';

/** What the thread is asked: a hash of a password. */
export interface HashRequest {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly length: number;
}

export interface HashAnswer {
  /** Null when it could not be computed. */
  readonly hash: Uint8Array | null;
}

yieldToTransfers();

parentPort?.on('message', ({ id, ...request }: Numbered<HashRequest>) => {
  const answer: Numbered<HashAnswer> = { id, hash: compute(request) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer);
});

function compute(request: HashRequest): Uint8Array | null {
  try {
    return argon2Sync('argon2id', {
      message: request.password,
      nonce: request.salt,
      parallelism: request.parallelism,
      memory: request.memoryKib,
      passes: request.passes,
      tagLength: request.length,
    });
  } catch {
    return null;
  }
}
