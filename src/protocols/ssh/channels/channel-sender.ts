import type { WherryError } from '#core/errors.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { message } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import type { ChannelLink, RemoteEnd } from './channel-link.ts';

const maximumWindow = 0xffff_ffff;

interface PendingWrite {
  readonly source: Uint8Array;
  offset: number;
  readonly resolve: () => void;
  readonly reject: (error: WherryError) => void;
}

/** The outgoing data of a channel, within the peer's window and the connection's pace. */
export class ChannelSender {
  readonly #link: ChannelLink;
  readonly #pending: PendingWrite[] = [];
  readonly #maximumPacket: number;
  /** CHANNEL_DATA with recipient and length, written anew for each message. */
  readonly #head = Buffer.alloc(9);
  readonly #wait: () => void;
  #window: number;
  #error: WherryError | null = null;
  #onDrained: (() => void) | null = null;

  /** @param wait asks the connection for a call of `pump` */
  constructor(link: ChannelLink, remote: RemoteEnd, wait: () => void) {
    this.#link = link;
    this.#window = remote.window;
    this.#maximumPacket = Math.min(remote.maximumPacket, link.limits.channelPacket);
    this.#wait = wait;
    this.#head[0] = message.channelData;
    this.#head.writeUInt32BE(remote.id, 1);
  }

  /** Sends all of `source`; settles when it is handed on and may be reused. */
  write(source: Uint8Array): Awaitable<void> {
    if (this.#error !== null) throw this.#error;
    const sent = this.#pending.length === 0 ? this.#send(source, 0) : 0;
    if (sent === source.length) return undefined;
    return new Promise((resolve, reject) => {
      this.#pending.push({ source, offset: sent, resolve, reject });
      if (!this.#link.writable) this.#wait();
    });
  }

  /** Goes on with writes that wait. */
  pump(): void {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      next.offset += this.#send(next.source, next.offset);
      if (next.offset < next.source.length) {
        if (!this.#link.writable) this.#wait();
        return;
      }
      this.#pending.shift();
      next.resolve();
    }
    const drained = this.#onDrained;
    this.#onDrained = null;
    drained?.();
  }

  /**
   * The peer takes more.
   *
   * @throws SshDisconnect (`protocol`) for a window beyond 2^32 - 1
   */
  widen(octets: number): void {
    if (this.#window + octets > maximumWindow) throw protocolError('The window of a channel is too large');
    this.#window += octets;
    if (this.#pending.length > 0) this.pump();
  }

  /** Calls back once nothing waits any more; never after `fail`. */
  whenDrained(action: () => void): void {
    if (this.#pending.length === 0) action();
    else this.#onDrained = action;
  }

  /** Fails what waits and everything later. */
  fail(error: WherryError): void {
    this.#error ??= error;
    this.#onDrained = null;
    for (const write of this.#pending.splice(0)) write.reject(this.#error);
  }

  #send(source: Uint8Array, from: number): number {
    let position = from;
    while (position < source.length && this.#window > 0 && this.#link.writable) {
      const length = Math.min(source.length - position, this.#window, this.#maximumPacket);
      this.#head.writeUInt32BE(length, 5);
      const whole = length === source.length;
      this.#link.sendData(this.#head, whole ? source : source.subarray(position, position + length));
      this.#window -= length;
      position += length;
    }
    return position - from;
  }
}
