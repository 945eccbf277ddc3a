import { argon2Sync } from 'node:crypto';
import { computeInTurn } from '#threads/compute-in-turn.ts';

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

computeInTurn((request: HashRequest): HashAnswer => {
  try {
    const hash = argon2Sync('argon2id', {
      message: request.password,
      nonce: request.salt,
      parallelism: request.parallelism,
      memory: request.memoryKib,
      passes: request.passes,
      tagLength: request.length,
    });
    return { hash };
  } catch {
    return { hash: null };
  }
});
