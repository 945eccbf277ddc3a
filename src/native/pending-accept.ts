import { abortError, systemError } from './system-error.ts';

/** The one `accept` that may wait at a listener. */
export class PendingAccept<T> {
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #release: (() => void) | undefined;

  get waiting(): boolean {
    return this.#resolve !== undefined;
  }

  /** @param released called once when the wait is over, however it ended */
  wait(signal: AbortSignal | undefined, released: () => void): Promise<T> {
    if (this.waiting) throw systemError('EALREADY', 'accept');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.fail(abortError());
      this.#resolve = resolve;
      this.#reject = reject;
      this.#release = () => {
        signal?.removeEventListener('abort', onAbort);
        released();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  settle(value: T): void {
    const resolve = this.#resolve;
    this.#end();
    resolve?.(value);
  }

  fail(error: Error): void {
    const reject = this.#reject;
    this.#end();
    reject?.(error);
  }

  #end(): void {
    const release = this.#release;
    this.#resolve = this.#reject = this.#release = undefined;
    release?.();
  }
}
