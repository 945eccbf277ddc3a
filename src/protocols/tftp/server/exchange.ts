import type { Account } from '#core/account.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import { parentOf } from '#core/virtual-path.ts';
import type { EventBus } from '#engine/events.ts';
import { Session } from '#engine/session.ts';
import { transfer } from '#engine/transfer.ts';
import type { Waiter } from '../wire/deadlines.ts';
import { parseError } from '../wire/error-packet.ts';
import { NetasciiDecoder, NetasciiEncoder } from '../wire/netascii.ts';
import { opcodeOf, opcodes } from '../wire/packets.ts';
import type { TransferRequest } from '../wire/request.ts';
import { Retransmission } from '../wire/retransmission.ts';
import { errorReply } from './error-replies.ts';
import { ReadMover, WriteMover, type Mover, type MoverOptions } from './mover.ts';
import { describeAgreement, negotiate, type Agreement } from './negotiation.ts';
import type { TftpSettings } from './options.ts';
import type { Peer, PeerLink } from './peer-link.ts';
import type { CompiledPolicy, Destination } from './policy.ts';
import { openSource } from './source.ts';

/** What all exchanges of a server share. */
export interface ExchangeHost {
  readonly settings: TftpSettings;
  readonly policy: CompiledPolicy;
  /** Opens the way to the client that its packets come back on. */
  openLink(exchange: Exchange): PeerLink;
  /** Sends an answer for which no way was opened. */
  answer(exchange: Exchange, packet: Uint8Array): void;
  /** Forgets an exchange, once nothing of it is left. */
  release(exchange: Exchange): void;
}

/** What came first: where from, the words of the request, and its octets, by which a repeated one is known. */
export interface ExchangeStart {
  readonly key: string;
  readonly peer: Peer;
  readonly localPort: number;
  readonly request: TransferRequest;
  readonly packet: Buffer;
  readonly account: Account;
}

/** One request and everything that follows from it, up to the last packet that may have to be repeated. */
export class Exchange implements Waiter {
  readonly start: ExchangeStart;
  readonly session: Session;
  readonly #host: ExchangeHost;
  readonly #retransmission: Retransmission;
  readonly #startedAtMs = performance.now();
  #link: PeerLink | null = null;
  #mover: Mover | null = null;
  /** The client has ended it, or must not be told why it ended. */
  #silent = false;
  #sessionOver = false;
  #lingersUntilMs = 0;
  #failure: WherryError | null = null;
  /** Packets of the client so far, and how many there were when it repeated its request. */
  #packets = 0;
  #packetsAtRepetition = -1;

  constructor(host: ExchangeHost, start: ExchangeStart) {
    this.#host = host;
    this.start = start;
    this.#retransmission = new Retransmission(host.settings.times);
    const { remoteAddress, remotePort, localAddress } = start.peer;
    this.session = new Session({
      protocol: 'tftp',
      endpoint: { remoteAddress, remotePort, localAddress, localPort: start.localPort },
      events: host.settings.events,
      end: (reason) => {
        this.stop(new WherryError('aborted', reason));
      },
    });
    this.session.become(start.account);
  }

  get deadlineMs(): number {
    if (this.#sessionOver) return this.#lingersUntilMs;
    const { transferMs, unprovenMs } = this.#host.settings.limits;
    const longestMs = this.#mover?.proven === true ? transferMs : Math.min(unprovenMs, transferMs);
    return Math.min(this.#retransmission.deadlineMs, this.#startedAtMs + longestMs);
  }

  /** Whether only a repeated last packet is waited for. */
  get lingers(): boolean {
    return this.#sessionOver;
  }

  onDeadline(nowMs: number): void {
    if (this.#sessionOver) {
      this.#release();
      return;
    }
    this.#mover?.catchUp(nowMs);
    if (nowMs < this.deadlineMs) return;
    if (nowMs < this.#retransmission.deadlineMs) {
      this.stop(new WherryError('timeout', 'The transfer took too long'));
    } else if (this.#retransmission.tryAgain(nowMs)) {
      this.#mover?.resend();
    } else {
      this.stop(new WherryError('timeout', 'The client does not answer'));
    }
  }

  /** Serves the request. Never rejects: what goes wrong is told to the client and to the log. */
  async run(): Promise<void> {
    let reason = 'completed';
    try {
      this.#tellRequest();
      if (this.start.request.direction === 'read') await this.#send();
      else await this.#receive();
    } catch (thrown) {
      const error = this.#failure ?? toWherryError(thrown, 'transfer the file');
      reason = error.message;
      if (!this.#silent) this.#refuse(error);
      this.#mover = null;
    }
    this.#sessionOver = true;
    this.#host.settings.sessions.remove(this.session, reason);
    // After an upload the last ACK may be lost, and the client sends its last block again (RFC 1350 section 6).
    const lingers = this.#mover !== null && this.start.request.direction === 'write';
    if (lingers) this.#lingersUntilMs = performance.now() + this.#retransmission.lingerMs;
    else this.#release();
  }

  /** Takes a packet of the client. */
  receive(packet: Buffer): void {
    const opcode = opcodeOf(packet);
    if (opcode === opcodes.error) {
      const { number, text } = parseError(packet);
      this.#silent = true;
      this.stop(new WherryError('aborted', `The client stopped the transfer with error ${number}: ${text}`));
      return;
    }
    const mover = this.#mover;
    if (mover === null) return;
    this.#packets += 1;
    if (!mover.receive(opcode, packet, performance.now()) && !this.#sessionOver) {
      this.stop(new WherryError('protocol', 'The client sent a packet that makes no sense here'));
    }
  }

  /**
   * Takes the same request again: the first answer was lost, or the request was doubled on its way.
   *
   * @returns false when the client has obviously begun anew, and so must this end
   */
  repeat(): boolean {
    if (this.#sessionOver) return false;
    const nowMs = performance.now();
    const mover = this.#mover;
    mover?.catchUp(nowMs);
    if (mover?.proven !== true) {
      // Each answer takes one of the tries, so that repeating a request does not make more of them.
      if (mover !== null && this.#retransmission.tryAgain(nowMs)) mover.resend();
      return true;
    }
    const packets = this.#packets + mover.answersElsewhere;
    const first = packets !== this.#packetsAtRepetition;
    this.#packetsAtRepetition = packets;
    return first;
  }

  /** Ends it early; also ends waiting for a repeated last packet. */
  stop(error: WherryError): void {
    if (this.#sessionOver) {
      this.#release();
      return;
    }
    this.#failure ??= error;
    this.#mover?.fail(this.#failure);
  }

  /** As {@link stop}, without a word to the client, who has begun anew from the same port. */
  supersede(): void {
    this.#silent = true;
    this.stop(new WherryError('aborted', 'The client has begun anew'));
  }

  async #send(): Promise<void> {
    const { settings } = this.#host;
    const { request, peer } = this.start;
    const destination = this.#locate();
    const netascii = request.mode === 'netascii';
    await transfer({
      session: this.session,
      path: destination.path,
      direction: 'download',
      position: 0,
      length: null,
      open: () =>
        openSource(this.#fileSystem(), destination, {
          clientAddress: peer.remoteAddress,
          serverAddress: peer.localAddress,
          maximumBytes: settings.limits.templateBytes,
        }),
      announce: ({ entry }) => {
        // How long the text will be on the wire is not known before it has been converted.
        const size = netascii ? null : entry.size;
        return this.#begin(new ReadMover(this.#agree(size)));
      },
      complete: (channel) => channel.end(),
      codec: netascii ? new NetasciiEncoder() : null,
      stallTimeoutMs: settings.limits.transferMs,
      digest: settings.digest || this.session.digests('download'),
      text: netascii,
    });
  }

  async #receive(): Promise<void> {
    const { settings } = this.#host;
    const { request } = this.start;
    const destination = this.#locate();
    const { write } = settings.policy;
    if (write === 'off' || destination.words !== null)
      this.#deny(destination, 'TFTP writing is off for this name');
    await this.#requireRoom(destination, request.options.tsize ?? 0);
    await transfer({
      session: this.session,
      path: destination.path,
      direction: 'upload',
      position: () => 0,
      length: settings.limits.uploadBytes,
      open: () =>
        this.#fileSystem().openWrite(destination.path, {
          disposition: write === 'create' ? 'create' : 'replace',
        }),
      announce: () => this.#begin(new WriteMover(this.#agree(null))),
      complete: (channel) => channel.end(),
      codec: request.mode === 'netascii' ? new NetasciiDecoder() : null,
      stallTimeoutMs: settings.limits.transferMs,
      digest: settings.digest || this.session.digests('upload'),
      text: request.mode === 'netascii',
    });
  }

  #locate(): Destination {
    const { remoteAddress } = this.start.peer;
    return this.#host.policy.locate(this.start.request.fileName, {
      remoteAddress,
      home: this.start.account.home,
    });
  }

  #fileSystem(): FileSystem {
    const { fileSystem } = this.session;
    if (fileSystem === null) throw new WherryError('login-refused', 'There is no account');
    return fileSystem;
  }

  #agree(size: number | null): MoverOptions {
    const { settings } = this.#host;
    const agreement = negotiate(this.start.request, settings.limits, size);
    this.#tellAgreement(agreement);
    const link = (this.#link = this.#host.openLink(this));
    return {
      agreement,
      rollover: settings.rollover,
      retransmission: this.#retransmission,
      send: (packets, packetBytes) => {
        link.send(packets, packetBytes);
      },
      onDestroy: () => undefined,
      openBlockStream: link.openBlockStream?.bind(link) ?? null,
    };
  }

  #begin<Kind extends Mover>(mover: Kind): ReturnType<Kind['start']> {
    if (this.#failure !== null) throw this.#failure;
    this.#mover = mover;
    return mover.start() as ReturnType<Kind['start']>;
  }

  /** Refuses a file that will not fit before its first octet; a storage that cannot tell is asked by writing. */
  async #requireRoom(destination: Destination, announced: number): Promise<void> {
    if (announced > this.#host.settings.limits.uploadBytes)
      throw new WherryError('too-large', 'The file is too large');
    const fileSystem = this.#fileSystem();
    if (announced === 0 || !fileSystem.capabilities.space || fileSystem.space === undefined) return;
    let available = Number.POSITIVE_INFINITY;
    try {
      ({ availableBytes: available } = await fileSystem.space(parentOf(destination.path)));
    } catch {
      // Opening the file says better what is wrong with its directory.
    }
    if (announced > available) throw new WherryError('no-space', 'The file does not fit');
  }

  #deny({ path }: Destination, rule: string): never {
    const { events } = this.session;
    if (events.wants('denied')) {
      events.emit({ event: 'denied', ...this.session.facts(), action: 'upload', path, rule });
    }
    throw new WherryError('permission', rule, { path });
  }

  #refuse(error: WherryError): void {
    const packet = errorReply(error);
    if (this.#link === null) this.#host.answer(this, packet);
    else this.#link.send(packet, packet.length);
    this.#emit('reply', () => ({ text: `ERROR ${packet[3] ?? 0}` }));
  }

  #tellRequest(): void {
    const { request } = this.start;
    const verb = request.direction === 'read' ? 'RRQ' : 'WRQ';
    this.#emit('command', () => ({ text: `${verb} ${printableName(request.fileName)} ${request.mode}` }));
  }

  #tellAgreement(agreement: Agreement): void {
    const { events } = this.session;
    if (!events.wants('negotiated')) return;
    const description = describeAgreement(agreement);
    events.emit({ event: 'negotiated', ...this.session.facts(), channel: 'data', description });
  }

  #emit(event: 'command' | 'reply', fields: () => { readonly text: string }): void {
    const events: EventBus = this.session.events;
    if (events.wants(event)) events.emit({ event, ...this.session.facts(), ...fields() });
  }

  #release(): void {
    this.#link?.close();
    this.#host.release(this);
  }
}
