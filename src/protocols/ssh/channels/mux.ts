import { WherryError } from '#core/errors.ts';
import type { SshLimits } from '../limits.ts';
import { message, openFailure } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import { startMessage } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { SshChannel } from './channel.ts';
import type { ChannelLink, RemoteEnd } from './channel-link.ts';
import { WindowBudget } from './receive-window.ts';

/** What the connection protocol needs of the transport. */
export interface MuxTransport {
  readonly writable: boolean;
  send(payload: Buffer): void;
  sendData(head: Uint8Array, body: Uint8Array): void;
}

/** A channel that the peer wants to open; exactly one of the two functions is called, now or later. */
export interface IncomingChannel {
  readonly type: string;
  readonly fields: WireReader;
  accept(): SshChannel;
  refuse(reason: number, text: string): void;
}

export interface MuxHandler {
  /** Returns the answer's fields, or null to refuse. */
  onGlobalRequest(name: string, fields: WireReader): Buffer | null;
  onChannelOpen(incoming: IncomingChannel): void;
}

interface PendingOpen {
  readonly askedAt: number;
  readonly resolve: (channel: SshChannel) => void;
  readonly reject: (error: WherryError) => void;
}

/** A request that means nothing and is answered at once: OpenSSH asks a silent peer so whether it lives. */
export const keepAliveRequest = 'keepalive@openssh.com';

/** Less than this in a packet would spend far more on frames than on data. */
const minimumPacket = 256;

/** Channels and global requests of one connection (RFC 4254). */
export class Mux implements ChannelLink {
  readonly limits: SshLimits;
  readonly budget: WindowBudget;
  readonly #transport: MuxTransport;
  readonly #handler: MuxHandler;
  readonly #channels = new Map<number, SshChannel>();
  readonly #opening = new Map<number, PendingOpen | null>();
  readonly #blocked = new Set<SshChannel>();
  readonly #globalReplies: ((fields: Buffer | null) => void)[] = [];
  #nextId = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;
  #measured = false;
  #lastActivityMs = performance.now();
  #error: WherryError | null = null;

  constructor(transport: MuxTransport, limits: SshLimits, handler: MuxHandler) {
    this.#transport = transport;
    this.limits = limits;
    this.#handler = handler;
    this.budget = new WindowBudget(limits.windowBudget);
  }

  get writable(): boolean {
    return this.#transport.writable;
  }

  get roundTripMs(): number {
    return this.#roundTripMs === Number.POSITIVE_INFINITY ? 0 : this.#roundTripMs;
  }

  /** Milliseconds in which nothing was said on any channel; questions whether the peer lives do not count. */
  get idleMs(): number {
    return performance.now() - this.#lastActivityMs;
  }

  /** Channels that are open or being opened. */
  get channelCount(): number {
    return this.#channels.size + this.#opening.size;
  }

  send(payload: Buffer): void {
    this.#transport.send(payload);
  }

  sendData(head: Uint8Array, body: Uint8Array): void {
    this.#lastActivityMs = performance.now();
    this.#transport.sendData(head, body);
  }

  waitWritable(channel: SshChannel): void {
    this.#blocked.add(channel);
  }

  forget(channel: SshChannel): void {
    this.#channels.delete(channel.localId);
    this.#blocked.delete(channel);
  }

  /** Lets channels write that waited, in turns. */
  onWritable(): void {
    const turn = Array.from(this.#blocked);
    for (const channel of turn) {
      if (!this.#transport.writable) return;
      this.#blocked.delete(channel);
      channel.pump();
    }
  }

  /** Handles a message of the connection protocol; false for one that is none. */
  handle(payload: Buffer): boolean {
    const number = payload[0] ?? 0;
    const reader = new WireReader(payload, 1);
    if (number >= message.channelWindowAdjust && number <= message.channelFailure) {
      const channel = this.#channels.get(reader.uint32());
      if (channel === undefined) throw protocolError('A message names a channel that is not open');
      this.#lastActivityMs = performance.now();
      channel.handle(number, reader);
      return true;
    }
    const handler = this.#handlers[number];
    if (handler === undefined) return false;
    handler(reader);
    return true;
  }

  /** Asks the peer to open a channel. */
  openChannel(type: string, fields: Uint8Array = new Uint8Array(0)): Promise<SshChannel> {
    if (this.#error !== null) return Promise.reject(this.#error);
    const localId = this.#takeId();
    return new Promise((resolve, reject) => {
      this.#opening.set(localId, { askedAt: performance.now(), resolve, reject });
      const open = startMessage(message.channelOpen).string(type).uint32(localId);
      open.uint32(this.limits.initialWindow).uint32(this.limits.channelPacket).raw(fields);
      this.send(open.finish());
    });
  }

  /** Sends a global request that wants no answer. */
  notify(name: string, fields: Uint8Array = new Uint8Array(0)): void {
    this.send(startMessage(message.globalRequest).string(name).boolean(false).raw(fields).finish());
  }

  /** Sends a global request; the answer's fields, or null when the peer refused. */
  request(name: string, fields: Uint8Array = new Uint8Array(0)): Promise<Buffer | null> {
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#globalReplies.length >= this.limits.pendingGlobalRequests) {
      return Promise.reject(new WherryError('too-many', 'Too many requests wait for the peer'));
    }
    return new Promise((resolve) => {
      this.#globalReplies.push(resolve);
      this.send(startMessage(message.globalRequest).string(name).boolean(true).raw(fields).finish());
    });
  }

  /** The connection is over: everything that waits fails. */
  fail(error: WherryError): void {
    this.#error = error;
    for (const pending of this.#opening.values()) pending?.reject(error);
    this.#opening.clear();
    for (const channel of this.#channels.values()) channel.fail(error);
    this.#channels.clear();
    this.#blocked.clear();
    for (const resolve of this.#globalReplies.splice(0)) resolve(null);
  }

  readonly #handlers: Readonly<Record<number, (reader: WireReader) => void>> = {
    [message.globalRequest]: (reader) => {
      const name = reader.text();
      const wantsReply = reader.boolean();
      const fields = this.#handler.onGlobalRequest(name, reader);
      if (!wantsReply) return;
      if (fields === null) this.send(Buffer.from([message.requestFailure]));
      else this.send(startMessage(message.requestSuccess).raw(fields).finish());
    },
    [message.requestSuccess]: (reader) => {
      this.#takeGlobalReply()(reader.rest());
    },
    [message.requestFailure]: () => {
      this.#takeGlobalReply()(null);
    },
    [message.channelOpen]: (reader) => {
      this.#onOpen(reader);
    },
    [message.channelOpenConfirmation]: (reader) => {
      const localId = reader.uint32();
      const remote = { id: reader.uint32(), window: reader.uint32(), maximumPacket: reader.uint32() };
      const opening = this.#takeOpening(localId);
      this.#learnRoundTrip(opening.askedAt);
      opening.resolve(this.#addChannel(localId, remote));
    },
    [message.channelOpenFailure]: (reader) => {
      const pending = this.#takeOpening(reader.uint32());
      const prohibited = reader.uint32() === openFailure.administrativelyProhibited;
      pending.reject(
        new WherryError(prohibited ? 'permission' : 'unavailable', 'The peer does not open this channel'),
      );
    },
  };

  #onOpen(reader: WireReader): void {
    this.#lastActivityMs = performance.now();
    const type = reader.text();
    const remote = { id: reader.uint32(), window: reader.uint32(), maximumPacket: reader.uint32() };
    const refuse = (reason: number, text: string): void => {
      const failure = startMessage(message.channelOpenFailure).uint32(remote.id).uint32(reason);
      this.send(failure.string(text).string('').finish());
    };
    if (this.channelCount >= this.limits.channels) {
      refuse(openFailure.resourceShortage, 'Too many channels are open');
      return;
    }
    if (remote.maximumPacket < minimumPacket) {
      refuse(openFailure.resourceShortage, 'The packets of this channel are too small');
      return;
    }
    const localId = this.#takeId();
    this.#opening.set(localId, null);
    this.#handler.onChannelOpen({
      type,
      fields: reader,
      accept: () => {
        this.#opening.delete(localId);
        const confirmation = startMessage(message.channelOpenConfirmation).uint32(remote.id).uint32(localId);
        confirmation.uint32(this.limits.initialWindow).uint32(this.limits.channelPacket);
        this.send(confirmation.finish());
        void this.#measureOnce();
        return this.#addChannel(localId, remote);
      },
      refuse: (reason, text) => {
        this.#opening.delete(localId);
        refuse(reason, text);
      },
    });
  }

  /** While nothing else is under way that the answer would have to wait for: a peer that opens a channel waits itself. */
  async #measureOnce(): Promise<void> {
    if (this.#measured) return;
    this.#measured = true;
    const askedAt = performance.now();
    try {
      await this.request(keepAliveRequest);
      this.#learnRoundTrip(askedAt);
    } catch {
      // Too many questions are open, or the connection is over: then the distance stays unknown.
    }
  }

  #learnRoundTrip(askedAt: number): void {
    this.#roundTripMs = Math.min(this.#roundTripMs, performance.now() - askedAt);
  }

  #addChannel(localId: number, remote: RemoteEnd): SshChannel {
    const channel = new SshChannel(this, localId, remote);
    if (this.#error === null) this.#channels.set(localId, channel);
    else channel.fail(this.#error);
    return channel;
  }

  #takeOpening(localId: number): PendingOpen {
    const pending = this.#opening.get(localId);
    if (pending === undefined || pending === null)
      throw protocolError('An answer came to no channel request');
    this.#opening.delete(localId);
    return pending;
  }

  #takeGlobalReply(): (fields: Buffer | null) => void {
    const resolve = this.#globalReplies.shift();
    if (resolve === undefined) throw protocolError('An answer came to no request');
    return resolve;
  }

  #takeId(): number {
    while (this.#channels.has(this.#nextId) || this.#opening.has(this.#nextId)) {
      this.#nextId = (this.#nextId + 1) >>> 0;
    }
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) >>> 0;
    return id;
  }
}
