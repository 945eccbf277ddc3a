import { WherryError } from '#core/errors.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { releaseMemory } from '../protection/packet-memory.ts';
import { message } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import { startMessage, WireWriter } from '../wire/wire-writer.ts';
import type { WireReader } from '../wire/wire-reader.ts';
import type { ChannelLink, RemoteEnd } from './channel-link.ts';
import { ChannelSender } from './channel-sender.ts';
import { ReceiveWindow } from './receive-window.ts';

/** A request of the peer on a channel (RFC 4254 section 5.4). */
export interface ChannelRequest {
  readonly name: string;
  readonly fields: WireReader;
}

/** What the owner of a channel may want to hear of. */
export interface ChannelEvents {
  /** Returns whether the request is granted. Without it every request is refused. */
  onRequest?(request: ChannelRequest): boolean;
  /** Data of another kind, 1 being the standard error; without it such data is thrown away. */
  onExtendedData?(kind: number, data: Buffer): void;
}

interface Waiter {
  readonly resolve: (data: Buffer | null) => void;
  readonly reject: (error: WherryError) => void;
}

/**
 * One of the streams that a connection carries (RFC 4254 section 5). Reading gives back window, so what is not read is
 * not sent; writing waits for the peer's window and for the socket.
 */
export class SshChannel implements ByteChannel {
  readonly zeroCopy = null;
  readonly localId: number;
  readonly #remoteId: number;
  readonly #link: ChannelLink;
  readonly #sender: ChannelSender;
  readonly #window: ReceiveWindow;
  readonly #abort = new AbortController();
  readonly #replies: ((granted: boolean) => void)[] = [];
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** What the target of the last `read` had no room for. */
  #leftover: Buffer | null = null;
  #waiter: Waiter | null = null;
  #peerEnded = false;
  #ended = false;
  #closeSent = false;
  #closeReceived = false;
  #error: WherryError | null = null;
  #exitStatus: number | null = null;
  events: ChannelEvents = {};

  constructor(link: ChannelLink, localId: number, remote: RemoteEnd) {
    this.localId = localId;
    this.#remoteId = remote.id;
    this.#link = link;
    this.#sender = new ChannelSender(link, remote, () => {
      link.waitWritable(this);
    });
    this.#window = new ReceiveWindow(link.limits, link.budget, () => link.roundTripMs);
  }

  /**
   * What the peer's program ended with; null before, and for one that a signal ended. Servers may tell it after the end
   * of the data, so it is sure only when the channel is closed.
   */
  get exitStatus(): number | null {
    return this.#exitStatus;
  }

  /** Aborted when the channel is closed from either side or the connection is lost. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Settles when the channel is closed or the connection is lost; never rejects. */
  async whenClosed(): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  /**
   * The next piece of data as it came, without a copy; null when the peer has ended its side. Its memory belongs to the
   * caller, who may give it back with `releaseMemory` when no view of it is needed any more.
   */
  receive(): Awaitable<Buffer | null> {
    this.#window.activate();
    const data = this.#received.shift();
    if (data !== undefined) {
      this.#receivedBytes -= data.length;
      this.#consume(data.length);
      return data;
    }
    if (this.#peerEnded) return null;
    if (this.#error !== null) throw this.#error;
    if (this.#waiter !== null) throw new WherryError('busy', 'Somebody reads from this channel already');
    this.#adjust();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async read(target: Uint8Array): Promise<number> {
    const data = this.#leftover ?? (await this.receive());
    if (data === null) return 0;
    const taken = Math.min(data.length, target.length);
    target.set(taken === data.length ? data : data.subarray(0, taken));
    this.#leftover = taken < data.length ? data.subarray(taken) : null;
    if (this.#leftover === null) releaseMemory(data);
    return taken;
  }

  write(source: Uint8Array): Awaitable<void> {
    if (this.#ended) throw new WherryError('closed', 'This side of the channel has ended');
    return this.#sender.write(source);
  }

  /** Sends EOF when everything written is handed on. The other direction stays open. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sender.whenDrained(() => {
      if (!this.#closeSent) this.#send(message.channelEof);
    });
  }

  /** Closes both directions at once. */
  destroy(): void {
    this.#close(new WherryError('aborted', 'The channel was closed'));
  }

  /** Ends a program's channel in order: exit status, EOF, CLOSE, behind everything written. */
  exit(status: number): void {
    this.#sender.whenDrained(() => {
      if (this.#closeSent) return;
      this.notify('exit-status', new WireWriter().uint32(status).finish());
      if (!this.#ended) this.#send(message.channelEof);
      this.#ended = true;
      this.#close(new WherryError('closed', 'The program has ended'));
    });
  }

  /** Sends a request that wants no answer. */
  notify(name: string, fields: Uint8Array = new Uint8Array(0)): void {
    this.#link.send(this.#start(message.channelRequest).string(name).boolean(false).raw(fields).finish());
  }

  /** Sends a request and tells whether the peer granted it. */
  request(name: string, fields: Uint8Array = new Uint8Array(0)): Promise<boolean> {
    if (this.#error !== null) return Promise.reject(this.#error);
    return new Promise((resolve) => {
      this.#replies.push(resolve);
      this.#link.send(this.#start(message.channelRequest).string(name).boolean(true).raw(fields).finish());
    });
  }

  /** Goes on with writes that waited for the connection. */
  pump(): void {
    this.#sender.pump();
  }

  /** Handles a message of RFC 4254 that names this channel; the reader stands behind the channel number. */
  handle(number: number, reader: WireReader): void {
    if (number === message.channelData) this.#onData(reader.string());
    else this.#handlers[number]?.(reader);
  }

  /** The connection is lost. */
  fail(error: WherryError): void {
    this.#closeSent = true;
    this.#closeReceived = true;
    this.#settle(error);
  }

  readonly #handlers: Readonly<Record<number, (reader: WireReader) => void>> = {
    [message.channelWindowAdjust]: (reader) => {
      this.#sender.widen(reader.uint32());
    },
    [message.channelExtendedData]: (reader) => {
      const kind = reader.uint32();
      const data = reader.string();
      this.#window.receive(data.length);
      this.events.onExtendedData?.(kind, data);
      this.#consume(data.length);
    },
    [message.channelEof]: () => {
      this.#peerEnded = true;
      this.#waiter?.resolve(null);
      this.#waiter = null;
    },
    [message.channelClose]: () => {
      this.#onClose();
    },
    [message.channelRequest]: (reader) => {
      this.#onRequest(reader);
    },
    [message.channelSuccess]: () => {
      this.#onReply(true);
    },
    [message.channelFailure]: () => {
      this.#onReply(false);
    },
  };

  #onData(data: Buffer): void {
    this.#window.receive(data.length);
    if (this.#peerEnded) throw protocolError('Data came on a channel after its end');
    if (this.#closeSent || data.length === 0) return;
    const waiter = this.#waiter;
    if (waiter === null) {
      this.#received.push(data);
      this.#receivedBytes += data.length;
      return;
    }
    this.#waiter = null;
    this.#consume(data.length);
    waiter.resolve(data);
  }

  #onRequest(reader: WireReader): void {
    const name = reader.text();
    const wantsReply = reader.boolean();
    if (name === 'exit-status' && !wantsReply) {
      this.#exitStatus = reader.uint32();
      return;
    }
    const granted = !this.#closeSent && this.events.onRequest?.({ name, fields: reader }) === true;
    if (wantsReply && !this.#closeSent) this.#send(granted ? message.channelSuccess : message.channelFailure);
  }

  #onReply(granted: boolean): void {
    const resolve = this.#replies.shift();
    if (resolve === undefined) throw protocolError('An answer came to no request');
    resolve(granted);
  }

  #onClose(): void {
    this.#closeReceived = true;
    const error = this.#peerEnded
      ? new WherryError('closed', 'The peer has closed the channel')
      : new WherryError('truncated', 'The peer closed the channel before it ended its data');
    this.#close(error);
    this.#forgetIfClosed();
  }

  #close(error: WherryError): void {
    if (!this.#closeSent) {
      this.#closeSent = true;
      this.#send(message.channelClose);
    }
    this.#settle(error);
    this.#forgetIfClosed();
  }

  #settle(error: WherryError): void {
    this.#error ??= error;
    this.#sender.fail(this.#error);
    this.#waiter?.reject(this.#error);
    this.#waiter = null;
    for (const resolve of this.#replies.splice(0)) resolve(false);
    this.#abort.abort(this.#error);
  }

  #forgetIfClosed(): void {
    if (!this.#closeSent || !this.#closeReceived) return;
    this.#window.release();
    this.#link.forget(this);
  }

  #consume(length: number): void {
    this.#window.consume(length, this.#receivedBytes);
    this.#adjust();
  }

  #adjust(): void {
    if (this.#peerEnded || this.#closeSent) return;
    const octets = this.#window.adjustment(this.#receivedBytes);
    if (octets > 0) this.#link.send(this.#start(message.channelWindowAdjust).uint32(octets).finish());
  }

  #send(number: number): void {
    this.#link.send(this.#start(number).finish());
  }

  #start(number: number): ReturnType<typeof startMessage> {
    return startMessage(number).uint32(this.#remoteId);
  }
}
