import type { WherryError } from '#core/errors.ts';
import type { Reply } from '../../wire/reply.ts';

export interface CommandOptions {
  /** Told of every 1yz reply. */
  readonly onPreliminary?: ((reply: Reply) => void) | undefined;
  /** Milliseconds for the reply; null until {@link PendingCommand.limit} says otherwise. */
  readonly timeoutMs?: number | null | undefined;
  /** Whether a data connection belongs to it, so that servers may not listen to commands until it is over. */
  readonly transfer?: boolean | undefined;
  /** Whether its argument must not be seen. */
  readonly secret?: boolean | undefined;
  /** Whether it goes ahead of everything that waits (ABOR). */
  readonly urgent?: boolean | undefined;
  /** Who holds the control connection for himself. */
  readonly holder?: object | undefined;
}

/** A command from when it is asked for until its final reply. */
export class PendingCommand {
  readonly verb: string;
  readonly octets: Buffer;
  /** As the conversation shows it. */
  readonly text: string;
  readonly transfer: boolean;
  readonly holder: object | null;
  /** The final reply, whatever it says. Rejects when the connection is lost. */
  readonly reply: Promise<Reply>;
  /** The first reply, preliminary or final. */
  readonly firstReply: Promise<Reply>;
  timeoutMs: number | null;
  /** Whether the data of its transfer have ended, so that commands may follow although it is not answered. */
  dataEnded = false;
  /** Whether it was sent before an earlier one had its reply. */
  sentAhead = false;
  /** When it was sent, by the monotonic clock. */
  sentAtMs = 0;
  #settle: PromiseWithResolvers<Reply>;
  #first: PromiseWithResolvers<Reply>;
  #onPreliminary: ((reply: Reply) => void) | undefined;
  #onLimit: (() => void) | null = null;
  #begun = false;
  #settled = false;

  constructor(
    verb: string,
    encoded: { readonly octets: Buffer; readonly text: string },
    options: CommandOptions,
  ) {
    this.verb = verb;
    this.octets = encoded.octets;
    this.text = encoded.text;
    this.transfer = options.transfer ?? false;
    this.holder = options.holder ?? null;
    this.timeoutMs = options.timeoutMs ?? null;
    this.#onPreliminary = options.onPreliminary;
    this.#settle = Promise.withResolvers<Reply>();
    this.#first = Promise.withResolvers<Reply>();
    this.reply = this.#settle.promise;
    this.firstReply = this.#first.promise;
    // Whoever sent a command may have lost interest; what becomes of it is then nobody's business.
    this.reply.catch(() => undefined);
    this.firstReply.catch(() => undefined);
  }

  /** Whether a preliminary reply has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the final reply has come, or never will. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Gives the reply so long from now on; null for any time. */
  limit(timeoutMs: number | null): void {
    this.timeoutMs = timeoutMs;
    this.#onLimit?.();
  }

  /** Lets the link know when the limit changes. */
  watchLimit(onLimit: () => void): void {
    this.#onLimit = onLimit;
  }

  hearPreliminary(reply: Reply): void {
    this.#begun = true;
    this.#first.resolve(reply);
    this.#onPreliminary?.(reply);
  }

  resolve(reply: Reply): void {
    this.#settled = true;
    this.#first.resolve(reply);
    this.#settle.resolve(reply);
  }

  reject(error: WherryError): void {
    this.#settled = true;
    this.#first.reject(error);
    this.#settle.reject(error);
  }
}
