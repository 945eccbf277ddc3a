import { toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import type { Reply } from '../../wire/reply.ts';
import { telnet } from '../../wire/telnet.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import { replyError, type RefusedCommand } from '../reply-errors.ts';
import type { DataChannel } from '../data/data-channel.ts';
import type { FtpSession } from '../session.ts';
import { StallWatch } from './stall-watch.ts';

/** Failures of the data connection that only show that it is gone, not why. */
const failureOfData: ReadonlySet<ErrorCode> = new Set(['connection-lost', 'truncated', 'aborted', 'closed']);

interface TransferParts {
  readonly command: PendingCommand;
  readonly channel: DataChannel;
  readonly direction: 'download' | 'upload';
  readonly described: RefusedCommand;
  /** Breaks the data connection off. */
  readonly signal: AbortSignal | undefined;
  /** Told when all data of a download have come, before the server confirms them. */
  readonly onDataEnd: () => void;
  /** Lets the next transfer begin. */
  readonly leave: () => void;
}

/** How the telnet protocol asks for attention (RFC 854), which servers that heed it expect before ABOR. */
const attention = Uint8Array.of(telnet.iac, telnet.interrupt, telnet.iac, telnet.dataMark);

/**
 * Has a server end a transfer whose data connection is gone: most notice by themselves, others are sent ABOR.
 *
 * @throws WherryError when the control connection is lost over it
 */
export async function settleStopped(session: FtpSession, command: PendingCommand): Promise<void> {
  // ABOR would end the one before it.
  await session.link.untilFirst(command);
  await waitForWord(command, session.times.abortMs);
  await abortTransfer(session, command);
}

/**
 * Has a server end a transfer at once (ABOR).
 *
 * @throws WherryError when the control connection is lost over it
 */
export async function abortTransfer(session: FtpSession, command: PendingCommand): Promise<void> {
  const { link, times, tls } = session;
  if (command.settled || link.failure !== null) return;
  if (tls === null) link.sendRaw(attention);
  command.limit(times.abortMs);
  const abort = link.send('ABOR', null, { urgent: true, timeoutMs: times.abortMs });
  const { code } = await command.reply;
  // A server that says nothing of the end answers ABOR alone, in words that may stand for both; what it says next tells.
  if (code < 300 && !abort.settled) link.send('NOOP', null, { urgent: true, timeoutMs: times.abortMs });
  await abort.reply;
}

/** Waits until a command has its final reply, but not for long. */
export async function waitForWord(command: PendingCommand, timeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  const settle = (): void => resolve();
  void command.reply.then(settle, settle);
  await promise;
  clearTimeout(timer);
}

/** A data connection with the command that it belongs to. Exactly one of `finish` and `abandon` ends it. */
export class Transfer {
  readonly channel: DataChannel;
  readonly watch: StallWatch;
  readonly #session: FtpSession;
  readonly #parts: TransferParts;
  #over = false;
  #keepAlive: NodeJS.Timeout | null = null;

  constructor(session: FtpSession, parts: TransferParts) {
    this.#session = session;
    this.#parts = parts;
    this.channel = parts.channel;
    this.watch = new StallWatch(
      session.times.stallMs,
      () => parts.channel.destroy(),
      () => session.link.isFirst(parts.command),
    );
    const { keepAliveMs } = session.times;
    if (keepAliveMs > 0 && session.profile.keepsAlive) {
      this.#keepAlive = setInterval(() => session.link.sendKeepAlive(), keepAliveMs).unref();
    }
    session.link.lost.addEventListener('abort', this.#breakOff, { once: true });
    parts.signal?.addEventListener('abort', this.#breakOff, { once: true });
    if (parts.signal?.aborted === true) this.#breakOff();
    // A refusal in the middle ends the data too, though some servers leave the connection open.
    void this.#followRefusal();
  }

  /** The server's final reply has come; or null while it has not. */
  get refusal(): WherryError | null {
    return this.#refusal;
  }

  #refusal: WherryError | null = null;

  /**
   * Waits for the server to say that all is well, after the data has ended.
   *
   * @throws WherryError what the server says instead
   */
  async finish(): Promise<void> {
    if (this.#over) return;
    this.#stopClocks();
    const { command, channel, described } = this.#parts;
    command.limit(this.#session.times.completionMs);
    if (this.#parts.direction === 'download') {
      channel.answerEnd();
      this.#parts.onDataEnd();
    }
    try {
      const reply = await command.reply;
      if (reply.code >= 300) throw replyError(reply, described);
      channel.close();
    } finally {
      channel.destroy();
      this.#end();
    }
  }

  /**
   * Stops in the middle and leaves the control connection usable: the data connection is dropped, which servers
   * notice, and those that do not are sent ABOR.
   */
  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#stopClocks();
    const { command, channel } = this.#parts;
    channel.destroy();
    try {
      await settleStopped(this.#session, command);
    } catch {
      // The connection is lost; whoever uses it next hears why.
    } finally {
      this.#end();
    }
  }

  /**
   * What a failed data connection really means: a server that broke it off says why on the control connection.
   *
   * @throws WherryError always
   */
  async fail(thrown: unknown): Promise<never> {
    const { command, described } = this.#parts;
    const failure = this.watch.expired
      ? new WherryError(
          'timeout',
          `Cannot ${described.action}: no data moved for ${Math.round(this.#session.times.stallMs / 1000)} seconds`,
        )
      : toWherryError(thrown, described.action, described.path);
    // Broken off from here too, when the server had refused or the control connection was lost.
    const isLoss = failureOfData.has(failure.code);
    if (isLoss && !command.settled && !this.#over) {
      await this.#session.link.untilFirst(command);
      await waitForWord(command, this.#session.times.abortMs);
    }
    const refusal = this.#refusal;
    const lost = this.#session.link.failure;
    await this.abandon();
    if (isLoss && refusal !== null) throw refusal;
    if (isLoss && lost !== null) throw lost;
    throw failure;
  }

  readonly #breakOff = (): void => {
    this.channel.destroy();
  };

  async #followRefusal(): Promise<void> {
    const { command, described, channel } = this.#parts;
    try {
      const reply: Reply = await command.reply;
      if (reply.code < 300) return;
      this.#refusal = replyError(reply, described);
      if (!this.#over) channel.destroy();
    } catch {
      // Told through whoever waits for the reply.
    }
  }

  #stopClocks(): void {
    this.watch.stop();
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
  }

  #end(): void {
    this.#over = true;
    this.#session.link.lost.removeEventListener('abort', this.#breakOff);
    this.#parts.signal?.removeEventListener('abort', this.#breakOff);
    this.#parts.leave();
  }
}
