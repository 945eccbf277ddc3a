import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Awaitable } from '../awaitable.ts';
import type { ZeroCopy } from '../contract.ts';
import { systemError } from '../system-error.ts';
import { fileErrorOffset } from './binding.ts';
import type { SocketCore } from './socket-core.ts';

const { EAGAIN, ENODATA } = constants.errno;

/** Octets up to which a file in the page cache is sent from the main thread: about what a thread hop costs. */
const inlineOctets = 64 * 1024;
/** Octets that a thread of the pool moves in a turn: a few milliseconds, so that many transfers share the pool. */
const turnOctets = 16 * 1024 * 1024;

/** What came is written from here before anything else runs, so one buffer serves all sockets. */
const scratch = Buffer.allocUnsafeSlow(inlineOctets);

/** Moves octets between the socket and files; see {@link ZeroCopy}. */
export class SocketZeroCopy implements ZeroCopy {
  readonly #core: SocketCore;
  /** The last turn stopped at a full socket, so that another one now would move nothing. */
  #full = false;
  /** More has come than a thread hop costs; from now on threads receive. */
  #bulk = false;

  constructor(core: SocketCore) {
    this.#core = core;
  }

  sendFile(fileDescriptor: number, position: number, length: number, last = false): Awaitable<number> {
    const core = this.#core;
    core.check();
    if (length <= 0) return 0;
    if (length <= inlineOctets) {
      const sent = core.binding.sendCached(core.fd, fileDescriptor, position, length, last);
      if (sent >= 0) return sent;
      if (sent === -EAGAIN) this.#full = true;
      else if (sent !== -ENODATA) throw core.failed(-sent, 'write');
    }
    return this.#sendInTurns(fileDescriptor, position, { length, copied: false });
  }

  sendCopied(fileDescriptor: number, position: number, length: number): Awaitable<number> {
    if (length <= inlineOctets) return this.sendFile(fileDescriptor, position, length);
    this.#core.check();
    return this.#sendInTurns(fileDescriptor, position, { length, copied: true });
  }

  receiveFile(fileDescriptor: number, position: number, length: number): Awaitable<number> {
    const core = this.#core;
    core.check();
    if (length <= 0) return 0;
    if (!this.#bulk) return this.#receiveInline(fileDescriptor, position, length);
    // One cheap call tells the end without a thread hop, and spares a turn that would find nothing.
    const state = core.binding.tcpPeek(core.fd);
    if (state === 0) return 0;
    if (state < 0 && state !== -EAGAIN) throw core.failed(-state, 'read');
    return this.#receiveInTurns(fileDescriptor, position, { length, wait: state < 0 });
  }

  /** A small upload is there as a whole, and written by the time a thread would have woken up. */
  #receiveInline(fileDescriptor: number, position: number, length: number): Awaitable<number> {
    const core = this.#core;
    const target = length < scratch.length ? scratch.subarray(0, length) : scratch;
    const received = core.binding.tcpReceive(core.fd, target);
    if (received === -EAGAIN) {
      return core.readable().then(() => this.receiveFile(fileDescriptor, position, length));
    }
    if (received < 0) throw core.failed(-received, 'read');
    this.#bulk = received === scratch.length;
    for (let written = 0; written < received;) {
      written += writeSync(fileDescriptor, scratch, written, received - written, position + written);
    }
    return received;
  }

  async #sendInTurns(
    fileDescriptor: number,
    position: number,
    { length, copied }: { readonly length: number; readonly copied: boolean },
  ): Promise<number> {
    const core = this.#core;
    let done = 0;
    while (done < length) {
      if (this.#full) await core.writable();
      this.#full = false;
      const asked = Math.min(turnOctets, length - done);
      const from = position + done;
      const sent = await core.turn((fd) => core.binding.sendTurn(fd, fileDescriptor, from, asked, copied));
      if (sent === 0) break;
      if (sent < 0 && sent !== -EAGAIN) throw core.failed(-sent, 'sendfile');
      if (sent > 0) done += sent;
      this.#full = sent < asked;
      // The caller sees progress whenever the peer makes this side wait.
      if (this.#full && done > 0) break;
    }
    return done;
  }

  async #receiveInTurns(
    fileDescriptor: number,
    position: number,
    { length, wait }: { readonly length: number; readonly wait: boolean },
  ): Promise<number> {
    const core = this.#core;
    let drained = wait;
    let done = 0;
    for (;;) {
      if (drained) await core.readable();
      const asked = Math.min(turnOctets, length - done);
      const to = position + done;
      const received = await core.turn((fd) => core.binding.receiveTurn(fd, fileDescriptor, to, asked));
      if (received < -fileErrorOffset) throw systemError(-received - fileErrorOffset, 'write');
      if (received < 0 && received !== -EAGAIN) throw core.failed(-received, 'splice');
      if (received > 0) done += received;
      drained = received < asked;
      if (received === 0 || done === length || (drained && done > 0)) return done;
    }
  }
}
