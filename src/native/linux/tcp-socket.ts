import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Awaitable } from '../awaitable.ts';
import type { TcpSocket, ZeroCopy } from '../contract.ts';
import { drainUntilClosed } from '../drain.ts';
import type { Endpoint } from './endpoints.ts';
import type { SocketCore } from './socket-core.ts';
import { SocketZeroCopy } from './zero-copy.ts';

const { EAGAIN, EINPROGRESS, ENOTCONN } = constants.errno;
const shutdownWriting = 1;

/** A {@link TcpSocket} whose descriptor is the addon's. */
export class LinuxTcpSocket implements TcpSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly zeroCopy: ZeroCopy;
  readonly #core: SocketCore;

  constructor(core: SocketCore, remote: Endpoint, local: Endpoint) {
    this.#core = core;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.zeroCopy = new SocketZeroCopy(core);
  }

  read(target: Uint8Array): Awaitable<number> {
    const core = this.#core;
    core.check();
    const length = core.binding.tcpReceive(core.fd, target);
    if (length >= 0) return length;
    if (length !== -EAGAIN) throw core.failed(-length, 'read');
    return this.#readLater(target);
  }

  onceReadable(listener: () => void): void {
    this.#core.check();
    this.#core.onceReadable(listener);
  }

  writeLatin1(text: string): Awaitable<void> {
    const core = this.#core;
    core.check();
    if (core.rest !== null) return core.rest.then(() => this.writeLatin1(text));
    if (text === '') return undefined;
    core.becomeSender();
    const sent = core.binding.tcpSendLatin1(core.fd, text);
    if (sent === text.length) return undefined;
    if (sent === -EINPROGRESS) return this.writeLatin1(text);
    if (sent < 0 && sent !== -EAGAIN) throw core.failed(-sent, 'write');
    return core.sendAll(Buffer.from(text, 'latin1'), Math.max(sent, 0));
  }

  write(source: Uint8Array): Awaitable<void> {
    const core = this.#core;
    core.check();
    if (core.rest !== null) return core.rest.then(() => this.write(source));
    if (source.length === 0) return undefined;
    const sent = core.binding.tcpSend(core.fd, source, 0);
    if (sent === source.length) return undefined;
    if (sent === -EINPROGRESS) return this.write(source);
    if (sent < 0 && sent !== -EAGAIN) throw core.failed(-sent, 'write');
    return core.sendAll(source, Math.max(sent, 0));
  }

  end(): Awaitable<void> {
    const core = this.#core;
    core.check();
    if (core.rest !== null) return core.rest.then(() => this.end());
    const result = core.binding.tcpShutdown(core.fd, shutdownWriting);
    if (result === -EINPROGRESS) return this.end();
    // The peer may have reset already; the next read tells.
    if (result < 0 && result !== -ENOTCONN) throw core.failed(-result, 'shutdown');
    return undefined;
  }

  destroy(): void {
    this.#core.close('close');
  }

  reset(): void {
    this.#core.close('reset');
  }

  waitForPeerClose(signal?: AbortSignal): Promise<void> {
    return drainUntilClosed(this, signal);
  }

  toNodeSocket(readInto?: Buffer): Socket {
    const fd = this.#core.release();
    const common = { fd, readable: true, writable: true, allowHalfOpen: true };
    const socket: Socket = new Socket({
      ...common,
      ...(readInto === undefined
        ? {}
        : {
            onread: {
              buffer: readInto,
              callback: (length: number) => {
                socket.emit('data', readInto.subarray(0, length));
                // Without it the end of the connection would not be seen by a socket that nobody listens to any more.
                return true;
              },
            },
          }),
    });
    return socket.setNoDelay(true).pause();
  }

  async #readLater(target: Uint8Array): Promise<number> {
    const core = this.#core;
    for (;;) {
      await core.readable();
      core.check();
      const length = core.binding.tcpReceive(core.fd, target);
      if (length >= 0) return length;
      if (length !== -EAGAIN) throw core.failed(-length, 'read');
    }
  }
}
