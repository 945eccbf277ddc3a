import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { maximumPendingReplies } from '../../wire/limits.ts';
import { ReplyFramer } from '../../wire/reply-framer.ts';
import type { Reply } from '../../wire/reply.ts';
import { telnet } from '../../wire/telnet.ts';
import type { PipeliningDepth } from '../options.ts';
import { replyError } from '../reply-errors.ts';
import type { Conversation } from './conversation.ts';
import { isForeignReply } from './expected-replies.ts';
import { settleLeft } from './left-commands.ts';
import { PendingCommand, type CommandOptions } from './pending-command.ts';
import { requireSafeArgument, utf8Codec, type TextCodec } from './text-codec.ts';

/** Commands sent ahead at most: fewer than any server known to queue them would refuse to hold. */
const maximumAhead = 32;

export interface ControlLinkOptions {
  readonly conversation: Conversation;
  readonly replyTimeoutMs: number;
  readonly telnetEscapes: boolean;
  /** Told when replies and commands came apart after commands were sent ahead. */
  readonly onConfusion: () => void;
}

/**
 * A control connection: commands go out in the order in which they were asked for, as far ahead of their replies as
 * the server copes with, and replies are given to them in the same order (RFC 959 section 5.4). Losing the
 * connection is one path: {@link fail}, which ends everything that waits with one and the same error.
 */
export class ControlLink {
  /** How far ahead commands are sent. */
  depth: PipeliningDepth = 'none';
  codec: TextCodec = utf8Codec;
  readonly #options: ControlLinkOptions;
  #framer = new ReplyFramer();
  readonly #outstanding: PendingCommand[] = [];
  readonly #waiting: PendingCommand[] = [];
  readonly #lost = new AbortController();
  #transport: Duplex;
  #failure: WherryError | null = null;
  #unsent: Buffer[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Who wants the connection for himself, first come first; only the first one's commands go out. */
  readonly #holders: object[] = [];
  readonly #turns: (() => void)[] = [];
  #flushing = false;
  /** A NOOP or STAT sent during a transfer, which servers answer before its end or after it. */
  #keepAlive: { readonly onReply: (reply: Reply) => void } | null = null;
  #greeting: PromiseWithResolvers<Reply> | null = null;
  #untoldEnd = false;
  #roundTripMs = Number.POSITIVE_INFINITY;
  /** Between two transports: nothing goes out. */
  #moving = false;

  constructor(transport: Duplex, options: ControlLinkOptions) {
    this.#options = options;
    this.#transport = transport;
    this.#listen(transport);
  }

  get transport(): Duplex {
    return this.#transport;
  }

  /** Whether a transfer ended of which the server said nothing; told once. */
  takeUntoldEnd(): boolean {
    const untold = this.#untoldEnd;
    this.#untoldEnd = false;
    return untold;
  }

  /** The shortest time in which a reply has come so far, infinite before the first: about as long as the way takes. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Why the connection is of no further use; null while it is. */
  get failure(): WherryError | null {
    return this.#failure;
  }

  /** Aborted, with the {@link failure} as reason, when the connection is lost or closed. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether commands are on their way or wait, or the way is being changed. */
  get busy(): boolean {
    return this.#moving || this.#outstanding.length > 0 || this.#waiting.length > 0;
  }

  /** The next 2yz, 4yz or 5yz reply that no command asked for. */
  async greeting(timeoutMs: number): Promise<Reply> {
    this.#greeting = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => {
      this.fail(
        new WherryError('timeout', 'The server accepted the connection but sent no greeting in time'),
      );
    }, timeoutMs);
    try {
      this.#deliver();
      return await this.#greeting.promise;
    } finally {
      clearTimeout(timer);
      this.#greeting = null;
    }
  }

  /**
   * Sends a command, or has it wait for its turn.
   *
   * @throws WherryError `name-invalid` for an argument that cannot be sent, or why the connection is lost; nothing
   * has been sent then
   */
  send(verb: string, argument: string | null = null, options: CommandOptions = {}): PendingCommand {
    if (this.#failure !== null) throw this.#failure;
    const command = new PendingCommand(verb, this.#encode(verb, argument, options.secret ?? false), {
      ...options,
      timeoutMs: options.timeoutMs === undefined ? this.#options.replyTimeoutMs : options.timeoutMs,
    });
    command.watchLimit(() => {
      if (this.#outstanding[0] === command) this.#watch();
    });
    if (options.urgent === true && !this.#moving) {
      this.#write(command);
    } else {
      this.#waiting.push(command);
      this.#advance();
    }
    return command;
  }

  /** Sends a command and waits for its final reply. */
  async command(verb: string, argument: string | null = null, options: CommandOptions = {}): Promise<Reply> {
    return this.send(verb, argument, options).reply;
  }

  /** Whether a command is the one whose reply comes next, or has had it. */
  isFirst(command: PendingCommand): boolean {
    return command.settled || this.#outstanding[0] === command;
  }

  /** Waits until everything before a command is answered, or the connection is lost. */
  async untilFirst(command: PendingCommand): Promise<void> {
    while (this.#failure === null && !this.isFirst(command)) {
      await (this.#outstanding[0]?.reply.catch(() => undefined) ?? this.#nextTurn());
    }
  }

  /** Octets outside any command: the telnet sequence before ABOR. */
  sendRaw(octets: Uint8Array): void {
    this.#unsent.push(Buffer.from(octets));
    this.#flushSoon();
  }

  /**
   * A question during a transfer, NOOP or STAT; its reply is taken wherever it comes. One at a time: while it is not
   * answered, no other is asked.
   */
  sendKeepAlive(verb: 'NOOP' | 'STAT' = 'NOOP', onReply: (reply: Reply) => void = () => undefined): void {
    if (this.#failure !== null || this.#keepAlive !== null || this.#moving) return;
    this.#keepAlive = { onReply };
    this.#options.conversation.command(verb);
    this.sendRaw(Buffer.from(`${verb}\r\n`));
  }

  /** From now on only commands of this holder go out; waits until everything sent before is answered. */
  async hold(holder: object): Promise<void> {
    this.#holders.push(holder);
    while (this.#failure === null && (this.#holders[0] !== holder || this.#outstanding.length > 0)) {
      await this.#nextTurn();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Lets others send again. Safe to call twice. */
  release(holder: object): void {
    const index = this.#holders.indexOf(holder);
    if (index >= 0) this.#holders.splice(index, 1);
    this.#advance();
  }

  /**
   * Hands the transport over for TLS. What the server sent in the clear behind its reply would be believed to have
   * come through TLS, so there must be nothing.
   *
   * @throws WherryError `protocol`
   */
  detach(): Duplex {
    if (this.#failure !== null) throw this.#failure;
    if (this.#framer.bufferedBytes > 0 || this.#transport.readableLength > 0) {
      const error = new WherryError(
        'protocol',
        'The server sent more in the clear than the reply to AUTH: somebody may have put it there',
      );
      this.fail(error);
      throw error;
    }
    this.#unlisten(this.#transport);
    this.#transport.pause();
    return this.#transport;
  }

  attach(transport: Duplex): void {
    this.#transport = transport;
    this.#listen(transport);
  }

  /**
   * Goes on over another connection to the same server, which is stuck in a transfer on this one. What it has not answered
   * is settled ({@link settleLeft}); what was not sent yet goes over the new connection.
   *
   * @param open gives a connection that is logged in alike
   * @throws WherryError why there is none; this one is lost then too
   */
  async moveTo(open: () => Promise<Duplex>): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#moving = true;
    this.#unlisten(this.#transport);
    this.#transport.on('error', () => undefined).destroy();
    this.#framer = new ReplyFramer();
    this.#unsent = [];
    this.#keepAlive = null;
    const left = this.#outstanding.splice(0);
    this.#watch();
    this.#waiting.unshift(...settleLeft(left));
    try {
      const transport = await open();
      if (this.#failure !== null) transport.destroy();
      else this.attach(transport);
      transport.resume();
    } catch (thrown) {
      const { message } = toWherryError(thrown, 'connect again');
      this.fail(new WherryError('connection-lost', message, { cause: thrown }));
    } finally {
      this.#moving = false;
    }
    const lost = this.failure;
    if (lost !== null) throw lost;
    this.#advance();
  }

  /** Ends the connection; the first reason counts. Safe to call twice. */
  fail(error: WherryError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#transport.destroy();
    const failed = [...this.#outstanding.splice(0), ...this.#waiting.splice(0)];
    for (const command of failed) command.reject(error);
    this.#greeting?.reject(error);
    this.#lost.abort(error);
    this.#wakeTurns();
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#turns.push(resolve);
    });
  }

  #wakeTurns(): void {
    for (const wake of this.#turns.splice(0)) wake();
  }

  #encode(verb: string, argument: string | null, secret: boolean): { octets: Buffer; text: string } {
    const line = argument === null ? verb : `${verb} ${argument}`;
    requireSafeArgument(line);
    let octets = this.codec.encode(line);
    if (this.#options.telnetEscapes && octets.includes(telnet.iac)) {
      octets = Buffer.from(octets.toString('latin1').replaceAll('\xff', '\xff\xff'), 'latin1');
    }
    return { octets, text: secret && argument !== null ? `${verb} ***` : line };
  }

  #advance(): void {
    while (this.#failure === null) {
      const holder = this.#holders[0];
      const index =
        holder === undefined ? 0 : this.#waiting.findIndex((command) => command.holder === holder);
      const command = this.#waiting[index];
      if (command === undefined || !this.#maySend()) break;
      this.#waiting.splice(index, 1);
      this.#write(command);
    }
    if (this.#turns.length > 0) this.#wakeTurns();
  }

  #maySend(): boolean {
    const ahead = this.#outstanding.length;
    if (this.#moving) return false;
    if (ahead === 0) return this.#keepAlive === null;
    if (this.depth === 'none' || ahead >= maximumAhead || this.#keepAlive !== null) return false;
    return (
      this.depth === 'transfers' ||
      this.#outstanding.every(({ transfer, dataEnded }) => !transfer || dataEnded)
    );
  }

  #write(command: PendingCommand): void {
    this.#options.conversation.command(command.text);
    command.sentAhead = this.#outstanding.length > 0;
    command.sentAtMs = performance.now();
    this.#outstanding.push(command);
    if (this.#outstanding.length === 1) this.#watch();
    this.#unsent.push(command.octets, lineEnd);
    this.#flushSoon();
  }

  /**
   * Commands that are asked for in one turn of the event loop go out in one segment: those that give an upload its name
   * with those of the next file, which cost the server one awakening instead of two.
   */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#unsent.length === 0 || this.#failure !== null) return;
      const octets = Buffer.concat(this.#unsent);
      this.#unsent = [];
      this.#transport.write(octets);
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#framer.push(chunk);
    this.#deliver();
  };

  readonly #onEnd = (): void => {
    this.fail(new WherryError('connection-lost', 'The server closed the control connection'));
  };

  readonly #onError = (cause: Error): void => {
    this.fail(new WherryError('connection-lost', 'The control connection was lost', { cause }));
  };

  readonly #onClose = (): void => {
    this.fail(new WherryError('connection-lost', 'The control connection was lost'));
  };

  #listen(transport: Duplex): void {
    transport
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  #unlisten(transport: Duplex): void {
    transport
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose);
  }

  #deliver(): void {
    try {
      let count = 0;
      for (let reply = this.#framer.next(); reply !== null; reply = this.#framer.next()) {
        count += 1;
        if (count > maximumPendingReplies)
          throw new WherryError('protocol', 'The server sent replies without end');
        const decoded = this.#decode(reply);
        this.#options.conversation.reply(decoded);
        this.#take(decoded);
        if (this.#failure !== null) return;
      }
    } catch (thrown) {
      this.fail(thrown as WherryError);
    }
  }

  #decode(reply: Reply): Reply {
    if (this.codec === utf8Codec) return reply;
    return { code: reply.code, lines: reply.lines.map((line) => this.codec.decode(utf8Codec.encode(line))) };
  }

  #take(reply: Reply): void {
    const command = this.#outstanding[0];
    if (reply.code === 421) {
      this.fail(replyError(reply, { verb: command?.verb ?? '', action: 'go on with this connection' }));
      return;
    }
    if (this.#greeting !== null && command === undefined) {
      if (reply.code >= 200) this.#greeting.resolve(reply);
      return;
    }
    if (this.#isKeepAlive(command, reply)) {
      const { onReply } = this.#keepAlive ?? {};
      this.#keepAlive = null;
      onReply?.(reply);
      this.#advance();
      return;
    }
    if (command === undefined) {
      throw new WherryError('protocol', 'The server sent a reply that nothing asked for');
    }
    if (command.transfer && command.begun && opensData.has(reply.code)) {
      // Pure-FTPd says it a second time, and nothing else, when the data connection broke.
      this.#finish(command, { code: 426, lines: reply.lines });
      return;
    }
    if (command.transfer && reply.code === noTransfer && this.#outstanding[1]?.verb === 'ABOR') {
      // The answer to ABOR alone: the transfer had ended before, and nothing was said of it.
      this.#untoldEnd = true;
      this.#finish(command, { code: 426, lines: reply.lines });
      this.#take(reply);
      return;
    }
    if (command.verb === 'ABOR' && reply.code === stillHere && this.#outstanding[1]?.verb === 'NOOP') {
      // What ended the transfer was the answer to ABOR.
      this.#untoldEnd = true;
      this.#finish(command, { code: noTransfer, lines: reply.lines });
      this.#take(reply);
      return;
    }
    if (reply.code < 200) {
      command.hearPreliminary(reply);
      this.#watch();
      return;
    }
    if (isForeignReply(command.verb, command.transfer, reply)) {
      this.#noteConfusion();
      throw new WherryError(
        'protocol',
        `The server answered ${command.verb} with ${reply.code}, which belongs to another command`,
        {
          retryable: true,
        },
      );
    }
    this.#finish(command, reply);
  }

  #finish(command: PendingCommand, reply: Reply): void {
    this.#outstanding.shift();
    this.#watch();
    if (!command.sentAhead)
      this.#roundTripMs = Math.min(this.#roundTripMs, performance.now() - command.sentAtMs);
    command.resolve(reply);
    this.#advance();
  }

  /** The reply to a NOOP or STAT sent ahead of its turn: before the end of the transfer, or right behind it. */
  #isKeepAlive(command: PendingCommand | undefined, { code }: Reply): boolean {
    if (this.#keepAlive === null) return false;
    return command === undefined || (command.transfer && keepAliveReplies.has(code));
  }

  #noteConfusion(): void {
    if (this.#outstanding.length > 1 || this.#outstanding[0]?.sentAhead === true) this.#options.onConfusion();
  }

  #watch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const command = this.#outstanding[0];
    if (command === undefined || command.timeoutMs === null || this.#failure !== null) return;
    this.#timer = setTimeout(() => {
      this.#noteConfusion();
      this.fail(new WherryError('timeout', `The server did not answer ${command.verb} in time`));
    }, command.timeoutMs);
  }
}

/** Replies that announce a data connection; there is one at most for each command (RFC 959 section 4.2). */
const opensData: ReadonlySet<number> = new Set([125, 150]);
/** What ABOR is answered with when there is nothing to abort. */
const noTransfer = 225;
/** What NOOP is answered with. */
const stillHere = 200;
const lineEnd = Buffer.from('\r\n');

/** What servers answer to NOOP and STAT, none of which ends a transfer. */
const keepAliveReplies: ReadonlySet<number> = new Set([200, 211, 212, 213, 500, 502]);
