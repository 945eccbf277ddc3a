import {
  openPeerSocket,
  type BlockIntake,
  type BlockStreamOptions,
  type PacketOrigin,
  type PeerSocket,
} from '#native/datagrams.ts';
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

const unknownTransfer = encodeError(errorNumbers.unknownTransfer, 'Unknown transfer ID');

/** What a conversation does with what comes, and with silence. */
export interface ConversationHandler {
  /**
   * Whether all of the file has come. A server that is through and gets an acknowledgement once more may take it for a
   * request, and call it malformed, as busybox's does, which answers from the port that was asked.
   */
  readonly complete: boolean;
  /** Whether a packet may be a server's first answer, and is none that was meant for an earlier user of this port. */
  opens(opcode: number, packet: Buffer): boolean;
  /** Takes a packet of the server; false for one that makes no sense now. */
  receive(opcode: number, packet: Buffer): boolean;
  /** Sends again what has not been answered. */
  resend(): void;
  /** Takes note of what has come without a call of {@link receive}. */
  catchUp(nowMs: number): void;
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

/**
 * One transfer's socket and its time: finds the server's port from its first answer (RFC 1350 section 4), answers
 * strangers with ERROR 5, tries again, gives up, and ends on a signal.
 */
export class Conversation implements Waiter {
  readonly #options: ConversationOptions;
  readonly #socket: PeerSocket;
  #handler: ConversationHandler | null = null;
  /** Whether the server has answered yet, and by that shown its port. */
  #found = false;
  #lingerUntilMs = 0;
  #open = true;
  readonly #onAbort = (): void => {
    this.abandon(new WherryError('aborted', 'The transfer was stopped', { path: this.#options.path }));
  };

  /** @throws WherryError when there is no port or no descriptor */
  constructor(options: ConversationOptions) {
    this.#options = options;
    const { address, family, port } = options.target;
    try {
      this.#socket = openPeerSocket({
        localAddress: family === 6 ? '::' : '0.0.0.0',
        remoteAddress: address,
        remotePort: port,
        onPacket: (packet, origin) => {
          this.#onPacket(packet, origin);
        },
      });
    } catch (thrown) {
      throw toWherryError(thrown, options.action, options.path);
    }
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

  /** Sends packets that lie back to back: to the port that was asked, until the server has answered from its own. */
  send(packets: Uint8Array, packetBytes = packets.length): void {
    if (!this.#open) return;
    const { retransmission } = this.#options;
    if (retransmission.deadlineMs === Number.POSITIVE_INFINITY) retransmission.sent(performance.now());
    this.#socket.send(packets, packetBytes);
  }

  onDeadline(nowMs: number): void {
    if (this.#lingerUntilMs > 0) {
      this.close();
      return;
    }
    this.#handler?.catchUp(nowMs);
    if (nowMs < this.deadlineMs) return;
    if (this.#options.retransmission.tryAgain(nowMs)) {
      this.#handler?.resend();
    } else {
      const { action, path } = this.#options;
      this.abandon(new WherryError('timeout', `Cannot ${action}: the server does not answer`, { path }));
    }
  }

  /** Opens the way of blocks past this program; null where there is none. */
  openBlockIntake(options: BlockStreamOptions): BlockIntake | null {
    return this.#open ? (this.#socket.openBlockIntake?.(options) ?? null) : null;
  }

  /** Ends it with an error and, if the server has answered yet, tells it so that it need not wait. */
  abandon(error: WherryError, number: ErrorNumber = errorNumbers.undefined): void {
    if (!this.#open) return;
    if (this.#found && this.#lingerUntilMs === 0) this.send(encodeError(number, 'Transfer stopped'));
    // First the words, since closing the socket has only its own.
    this.#handler?.fail(error);
    this.close();
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

  #onPacket(packet: Buffer, origin: PacketOrigin): void {
    const opcode = opcodeOf(packet);
    const { anyAddress, action, path, retransmission } = this.#options;
    const first = !this.#found;
    const strange = first
      ? (origin === 'stranger' && !anyAddress) || this.#handler?.opens(opcode, packet) === false
      : origin !== 'peer';
    if (strange) {
      if (opcode !== opcodes.error) this.#socket.answer(unknownTransfer);
      return;
    }
    if (opcode === opcodes.error) {
      const message = parseError(packet);
      const error = serverError(message, action, path);
      if (this.#lingerUntilMs > 0 || this.#handler?.complete === true) return;
      this.#handler?.fail(first ? new RequestRefused(message, error) : error);
      this.close();
      return;
    }
    if (first) {
      this.#found = true;
      this.#socket.adopt();
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
