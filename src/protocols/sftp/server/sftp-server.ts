import { isPending, type Awaitable } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { releaseMemory } from '#protocols/ssh/protection/packet-memory.ts';
import { FrameReader, type Frame } from '../wire/frame-reader.ts';
import { packetType, protocolVersion, status } from '../wire/packet-types.ts';
import { SftpReader } from '../wire/sftp-reader.ts';
import { SftpWriter } from '../wire/sftp-writer.ts';
import { defaultSftpLimits, type SftpLimits } from './limits.ts';
import { errorReply, statusReply, type Reply } from './replies.ts';
import { extensions, extensionsByName, requestsByType } from './request-table.ts';
import type { RequestRow } from './request-row.ts';
import { SftpSession, type IdentityNames, type PreparedRequest } from './sftp-session.ts';

/** What an SFTP subsystem works on. */
export interface SftpOptions {
  /** The account's tree with its guard. */
  readonly fileSystem: FileSystem;
  /** Where relative paths begin. */
  readonly home: VirtualPath;
  readonly user: string;
  /** Hears of transfers; none when absent. */
  readonly session?: Session | undefined;
  readonly identities?: IdentityNames | undefined;
  /** Compute SHA-256 of whole files as they pass, for the log. */
  readonly digest?: boolean | undefined;
  readonly limits?: Partial<SftpLimits> | undefined;
}

const unsupportedReply = statusReply(status.operationUnsupported, 'This server does not have that operation');

/**
 * Serves SFTP version 3 on a channel until the client ends it.
 *
 * @returns the exit status of the subsystem: 0, or 1 when the client broke the protocol
 */
export async function serveSftp(channel: SshChannel, options: SftpOptions): Promise<number> {
  return new SftpServer(channel, options).serve();
}

/** A request that is in work. */
interface Ticket {
  readonly id: number;
  readonly frame: Frame;
  /** Octets that it stands for in the limit of what is outstanding. */
  readonly cost: number;
}

class SftpServer {
  readonly #channel: SshChannel;
  readonly #limits: SftpLimits;
  readonly #session: SftpSession;
  readonly #frames: FrameReader;
  #greeted = false;
  #outstandingBytes = 0;
  #outstandingRequests = 0;
  #wake: (() => void) | null = null;

  constructor(channel: SshChannel, options: SftpOptions) {
    this.#channel = channel;
    this.#limits = { ...defaultSftpLimits, ...options.limits };
    this.#frames = new FrameReader(this.#limits.packetLength, releaseMemory);
    this.#session = new SftpSession({
      fileSystem: options.fileSystem,
      home: options.home,
      user: options.user,
      limits: this.#limits,
      identities: options.identities ?? null,
      engineSession: options.session ?? null,
      digest: options.digest ?? false,
    });
  }

  async serve(): Promise<number> {
    try {
      for (let chunk = await this.#channel.receive(); chunk !== null; chunk = await this.#channel.receive()) {
        this.#frames.push(chunk);
        for (let frame = this.#frames.next(); frame !== null; frame = this.#frames.next()) {
          if (this.#isFull()) await this.#room(() => !this.#isFull());
          this.#take(frame);
        }
      }
      await this.#room(() => this.#outstandingRequests === 0);
      return this.#frames.incomplete ? 1 : 0;
    } catch {
      // A broken packet or a lost channel: the client is told by the end of the channel, the log by its transfers.
      return 1;
    } finally {
      await this.#room(() => this.#outstandingRequests === 0);
      await this.#abandon();
    }
  }

  #isFull(): boolean {
    return (
      this.#outstandingBytes >= this.#limits.outstandingBytes ||
      this.#outstandingRequests >= this.#limits.outstandingRequests
    );
  }

  async #room(enough: () => boolean): Promise<void> {
    while (!enough()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(frame: Frame): void {
    const reader = new SftpReader(frame.bytes);
    const type = reader.byte();
    if (type === packetType.init || !this.#greeted) {
      this.#greet(type, reader);
      return;
    }
    this.#session.touch();
    const id = reader.uint32();
    const prepared = this.#prepare(type, reader);
    const cost = frame.bytes.length + ('run' in prepared ? (prepared.cost ?? 0) : 0);
    const ticket: Ticket = { id, frame, cost };
    this.#outstandingBytes += cost;
    this.#outstandingRequests += 1;
    if ('run' in prepared) this.#lineUp(ticket, prepared);
    else this.#answer(ticket, prepared);
  }

  /** INIT comes first and once; whatever version is offered from 3 on, 3 is spoken. */
  #greet(type: number, reader: SftpReader): void {
    if (type !== packetType.init || this.#greeted) throw outOfOrder();
    if (reader.uint32() < protocolVersion) throw outOfOrder();
    this.#greeted = true;
    const writer = new SftpWriter(packetType.version, 512).uint32(protocolVersion);
    for (const row of extensions) {
      if (row.announced === null || row.available?.(this.#session.fileSystem) === false) continue;
      writer.string(row.announced.name).string(row.announced.data);
    }
    void this.#write(writer.finish());
  }

  #prepare(type: number, reader: SftpReader): PreparedRequest | Reply {
    try {
      const row = this.#find(type, reader);
      return row === undefined ? unsupportedReply : row.prepare(this.#session, reader);
    } catch (thrown) {
      return errorReply(toWherryError(thrown, 'read the request'));
    }
  }

  #find(type: number, reader: SftpReader): RequestRow | undefined {
    return type === packetType.extended ? extensionsByName.get(reader.text()) : requestsByType.get(type);
  }

  #lineUp(ticket: Ticket, request: PreparedRequest): void {
    let missing = request.lanes.length;
    for (const { lane, mode } of request.lanes) {
      lane.enter(mode, () => {
        missing -= 1;
        if (missing === 0) this.#run(ticket, request);
      });
    }
  }

  #run(ticket: Ticket, request: PreparedRequest): void {
    let result: Awaitable<Reply>;
    try {
      result = request.run();
    } catch (thrown) {
      result = failed(thrown);
    }
    if (isPending(result)) void this.#finishLater(ticket, request, result);
    else this.#finish(ticket, request, result);
  }

  async #finishLater(ticket: Ticket, request: PreparedRequest, result: Promise<Reply>): Promise<void> {
    let reply: Reply;
    try {
      reply = await result;
    } catch (thrown) {
      reply = failed(thrown);
    }
    this.#finish(ticket, request, reply);
  }

  #finish(ticket: Ticket, request: PreparedRequest, reply: Reply): void {
    // Answered first: what the lanes let in next answers behind it.
    this.#answer(ticket, reply);
    for (const { lane } of request.lanes) lane.leave();
  }

  #answer(ticket: Ticket, reply: Reply): void {
    ticket.frame.release();
    const written = this.#write(reply.encode(ticket.id));
    if (isPending(written)) {
      void written.then(() => {
        this.#settle(ticket, reply);
      });
    } else {
      this.#settle(ticket, reply);
    }
  }

  #settle(ticket: Ticket, reply: Reply): void {
    reply.release?.();
    this.#outstandingBytes -= ticket.cost;
    this.#outstandingRequests -= 1;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Settles also when the channel is gone: then there is nobody to answer. */
  #write(packet: Buffer): Awaitable<void> {
    try {
      const written = this.#channel.write(packet);
      return isPending(written) ? written.catch(() => undefined) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The client is gone: what it did not close is given up. */
  async #abandon(): Promise<void> {
    const { handles } = this.#session;
    const left = Array.from(handles.values());
    handles.clear();
    for (const opened of left) {
      try {
        if (opened.type === 'file') {
          await opened.abandon();
          this.#session.reportEnd(opened, 'aborted', 'the client left the file open');
        } else {
          await opened.close();
        }
      } catch {
        // Whatever the storage could not give up it has to clean by itself; the others are still to be given up.
      }
    }
  }
}

function failed(thrown: unknown): Reply {
  return errorReply(toWherryError(thrown, 'answer the request'));
}

function outOfOrder(): WherryError {
  return new WherryError(
    'protocol',
    'The first packet, and only the first, has to be INIT of version 3 or later',
  );
}
