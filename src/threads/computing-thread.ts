import { Worker } from 'node:worker_threads';
import { WherryError } from '#core/errors.ts';

/** How long the thread stays after its last work: logins come one after the other. */
const idleMs = 30_000;

/** What goes to the thread and comes back: the work's own fields, and which work it is. */
export type Numbered<Fields> = Fields & { readonly id: number };

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: WherryError) => void;
}

/**
 * A thread that computes what would hold up the server, of a priority that leaves transfers theirs. It is begun with
 * the first work, ended when there is none for a while, and keeps no process alive.
 */
export class ComputingThread<Request extends object, Answer extends object> {
  readonly #program: URL;
  readonly #failure: string;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | null = null;
  #lastId = 0;
  #idle: NodeJS.Timeout | null = null;

  /**
   * @param program a module that answers each message, a numbered request, with the numbered answer
   * @param failure what is said when the thread ends before it has answered
   */
  constructor(program: URL, failure: string) {
    this.#program = program;
    this.#failure = failure;
  }

  /** Works under way. */
  get load(): number {
    return this.#waiting.size;
  }

  /** @throws WherryError `unavailable` when the thread ends before it has answered */
  async compute(request: Request): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const worker = (this.#worker ??= this.#start());
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { resolve, reject });
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ ...request, id: this.#lastId } satisfies Numbered<Request>);
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { stdin: false, env: {} });
    worker.on('message', (answer: Numbered<Answer>) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      waiting?.resolve(answer);
      if (this.#waiting.size === 0) this.#rest(worker);
    });
    const onEnd = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const { reject } of this.#waiting.values()) {
        reject(new WherryError('unavailable', this.#failure));
      }
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
