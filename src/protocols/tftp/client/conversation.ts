import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { Deadlines, Waiter } from '../wire/deadlines.ts';
import {
  encodeError,
  errorNumbers,
  parseError,
  type ErrorMessage,
  type ErrorNumber,
} from '../wire/error-packet.ts';
import { opcodeOf, opcodes } from '../wire/packets.ts';
import type { Retransmission } from '../wire/retransmission.ts';
import { serverError } from './server-error.ts';

/** A numeric address to talk to. */
export interface Target {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** What a conversation does with what comes, and with silence. */
export interface ConversationHandler {
  /** Takes a packet of the server; false for one that makes no sense now. */
  receive(opcode: number, packet: Buffer): boolean;
  /** Sends again what has not been answered. */
  resend(): void;
  /** Ends what waits. */
  fail(error: WherryError): void;
}

/** An ERROR packet that came before anything else, to decide upon before it is an error of the transfer. */
export class RequestRefused extends WherryError {
  readonly refusal: ErrorMessage;

  constructor(refusal: ErrorMessage, error: WherryError) {
    super(error.code, error.message, error.path === undefined ? {} : { path: error.path });
    this.refusal = refusal;
  }
}

export interface ConversationOptions {
  readonly target: Target;
  readonly path: string;
  /** As in "read the file". */
  readonly action: string;
  readonly anyAddress: boolean;
  readonly retransmission: Retransmission;
  readonly deadlines: Deadlines;
  readonly signal: AbortSignal | undefined;
  /** Called once when the socket has been given back. */
  readonly onClose: () => void;
}

/** Room for a window on its way in; the kernel gives at most what its own limit allows. */
const receiveBufferBytes = 1024 * 1024;

/**
 * One transfer's socket and its time: finds the server's port from its first answer (RFC 1350 section 4), answers
 * strangers with ERROR 5, tries again, gives up, and ends on a signal.
 */
export class Conversation implements Waiter {
  readonly #options: ConversationOptions;
  readonly #socket: Socket;
  #handler: ConversationHandler | null = null;
  #serverAddress: string;
  /** 0 until the server has answered for the first time. */
  #serverPort = 0;
  #lingerUntilMs = 0;
  #open = true;
  readonly #onAbort = (): void => {
    this.abandon(new WherryError('aborted', 'The transfer was stopped', { path: this.#options.path }));
  };

  /** @throws WherryError when there is no port or no descriptor */
  constructor(options: ConversationOptions) {
    this.#options = options;
    const { address, family } = options.target;
    this.#serverAddress = address;
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Only numeric addresses are sent to; a look-up would cost a turn of the event loop for each packet.
      lookup: (host, _options, callback) => {
        callback(null, host, family);
      },
    });
    this.#socket.on('error', () => undefined);
    try {
      this.#socket.bindSync({ address: family === 6 ? '::' : '0.0.0.0', port: 0 });
      this.#socket.setRecvBufferSize(receiveBufferBytes);
    } catch (thrown) {
      this.#socket.close();
      throw toWherryError(thrown, options.action, options.path);
    }
    this.#socket.on('message', (packet, from) => {
      this.#onMessage(packet, from);
    });
    options.deadlines.add(this);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get deadlineMs(): number {
    return this.#lingerUntilMs > 0 ? this.#lingerUntilMs : this.#options.retransmission.deadlineMs;
  }

  /** Says who takes the packets from now on. */
  handOver(handler: ConversationHandler): void {
    this.#handler = handler;
  }

  /** Sends a packet to the server: to the port that was asked, until it has answered from its own. */
  send(packet: Uint8Array): void {
    if (!this.#open) return;
    const { retransmission, target } = this.#options;
    if (retransmission.deadlineMs === Number.POSITIVE_INFINITY) retransmission.sent(performance.now());
    this.#socket.send(packet, this.#serverPort === 0 ? target.port : this.#serverPort, this.#serverAddress);
  }

  onDeadline(nowMs: number): void {
    if (this.#lingerUntilMs > 0) {
      this.close();
    } else if (this.#options.retransmission.tryAgain(nowMs)) {
      this.#handler?.resend();
    } else {
      const { action, path } = this.#options;
      this.abandon(new WherryError('timeout', `Cannot ${action}: the server does not answer`, { path }));
    }
  }

  /** Ends it with an error and, if the server has answered yet, tells it so that it need not wait. */
  abandon(error: WherryError, number: ErrorNumber = errorNumbers.undefined): void {
    if (!this.#open) return;
    if (this.#serverPort !== 0 && this.#lingerUntilMs === 0)
      this.send(encodeError(number, 'Transfer stopped'));
    const handler = this.#handler;
    this.close();
    handler?.fail(error);
  }

  /** Stays a little to acknowledge the last block again, without keeping the program from ending. */
  linger(): void {
    if (!this.#open) return;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#lingerUntilMs = performance.now() + this.#options.retransmission.lingerMs;
    this.#socket.unref();
    this.#options.deadlines.release(this);
  }

  /** Gives the socket back. Safe to call twice. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#options.deadlines.remove(this);
    this.#handler = null;
    this.#socket.close();
    this.#options.onClose();
  }

  #onMessage(packet: Buffer, { address, port }: RemoteInfo): void {
    const opcode = opcodeOf(packet);
    const { anyAddress, action, path, retransmission } = this.#options;
    const sameAddress = address === this.#serverAddress;
    const first = this.#serverPort === 0;
    if (first ? !sameAddress && !anyAddress : port !== this.#serverPort || !sameAddress) {
      if (opcode !== opcodes.error) {
        this.#socket.send(encodeError(errorNumbers.unknownTransfer, 'Unknown transfer ID'), port, address);
      }
      return;
    }
    if (opcode === opcodes.error) {
      const message = parseError(packet);
      const error = serverError(message, action, path);
      const handler = this.#handler;
      if (this.#lingerUntilMs > 0) return;
      this.close();
      handler?.fail(first ? new RequestRefused(message, error) : error);
      return;
    }
    if (first) {
      this.#serverAddress = address;
      this.#serverPort = port;
      retransmission.answered(performance.now());
    }
    if (this.#handler?.receive(opcode, packet) !== false || this.#lingerUntilMs > 0) return;
    const error = new WherryError(
      'protocol',
      `Cannot ${action}: the server sent a packet that makes no sense`,
      {
        path,
      },
    );
    const wasOptions = opcode === opcodes.optionAcknowledgement;
    this.abandon(error, wasOptions ? errorNumbers.optionsRefused : errorNumbers.illegalOperation);
  }
}
