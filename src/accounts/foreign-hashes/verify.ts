import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { WherryError } from '#core/errors.ts';
import type { ForeignHash } from './formats.ts';
import type { VerificationAnswer, VerificationRequest } from './worker.ts';

const derive = promisify(pbkdf2);

/** How long the thread stays after its last work: the first logins after an import come one after the other. */
const idleMs = 30_000;

/**
 * Whether a password is the one that a hash of another program was made from; off the main thread.
 *
 * @throws WherryError `unavailable` when hashing fails
 */
export async function verifyForeign(password: Buffer, hash: ForeignHash): Promise<boolean> {
  if (hash.scheme === 'pbkdf2') {
    const made = await derive(password, hash.salt, hash.iterations, hash.hash.length, hash.digest);
    return timingSafeEqual(made, hash.hash);
  }
  const text = password.toString('utf8');
  // Octets that are no UTF-8 came from none of the programs that make these hashes.
  if (!Buffer.from(text, 'utf8').equals(password) || text.includes('\0')) return false;
  return thread.verify({ scheme: hash.scheme, password: text, hash: hash.text });
}

interface Waiting {
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: WherryError) => void;
}

/** The thread that bcrypt and SHA-crypt run in: begun with the first such hash, ended when there is none for a while. */
class VerificationThread {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;
  #idle: NodeJS.Timeout | null = null;

  async verify(request: Omit<VerificationRequest, 'id'>): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const worker = (this.#worker ??= this.#start());
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { resolve, reject });
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ ...request, id: this.#lastId } satisfies VerificationRequest);
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { stdin: false, env: {} });
    worker.on('message', ({ id, right }: VerificationAnswer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (right === null) waiting?.reject(failed());
      else waiting?.resolve(right);
      if (this.#waiting.size === 0) this.#rest(worker);
    });
    const onEnd = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const { reject } of this.#waiting.values()) reject(failed());
      this.#waiting.clear();
    };
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    return worker;
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle = setTimeout(() => {
      this.#worker = null;
      void worker.terminate();
    }, idleMs);
    this.#idle.unref();
  }
}

const thread = new VerificationThread();

function failed(): WherryError {
  return new WherryError('unavailable', 'Cannot check the password: the hash function failed');
}
