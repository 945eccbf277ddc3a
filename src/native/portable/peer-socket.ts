import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { PacketOrigin, PeerSocket, PeerSocketOptions } from '../datagram-contract.ts';

/** Room for a window in either direction; the kernel gives at most what its own limits allow. */
const bufferBytes = 1024 * 1024;

/** A {@link PeerSocket} on `node:dgram`. */
export function openPortablePeerSocket(options: PeerSocketOptions): PeerSocket {
  return new PortablePeerSocket(options);
}

class PortablePeerSocket implements PeerSocket {
  readonly #socket: Socket;
  readonly #onPacket: PeerSocketOptions['onPacket'];
  #address: string;
  #port: number;
  #sender: RemoteInfo | null = null;
  #open = true;

  constructor(options: PeerSocketOptions) {
    this.#onPacket = options.onPacket;
    this.#address = options.remoteAddress;
    this.#port = options.remotePort;
    const family = options.localAddress.includes(':') ? 6 : 4;
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      // Only numeric addresses are sent to. Looking them up, as Node does even so, takes two fifths of a send.
      lookup: (host, _options, callback) => {
        callback(null, host, family);
      },
    });
    // Nothing to do: what was not sent or not received is tried again, and given up in time, by the protocol.
    this.#socket.on('error', () => undefined);
    try {
      this.#socket.bindSync({ address: options.localAddress, port: 0 });
      this.#socket.setRecvBufferSize(bufferBytes);
      this.#socket.setSendBufferSize(bufferBytes);
    } catch (thrown) {
      this.#socket.close();
      throw thrown;
    }
    this.#socket.on('message', (packet, from) => {
      this.#sender = from;
      this.#onPacket(packet, this.#originOf(from));
      this.#sender = null;
    });
  }

  send(packets: Uint8Array, packetBytes: number): void {
    if (!this.#open) return;
    if (packets.length <= packetBytes) {
      this.#socket.send(packets, this.#port, this.#address);
      return;
    }
    for (let start = 0; start < packets.length; start += packetBytes) {
      this.#socket.send(packets.subarray(start, start + packetBytes), this.#port, this.#address);
    }
  }

  answer(packet: Uint8Array): void {
    if (this.#open && this.#sender !== null)
      this.#socket.send(packet, this.#sender.port, this.#sender.address);
  }

  adopt(): void {
    if (this.#sender === null) return;
    this.#address = this.#sender.address;
    this.#port = this.#sender.port;
  }

  unref(): void {
    if (this.#open) this.#socket.unref();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }

  #originOf({ address, port }: RemoteInfo): PacketOrigin {
    if (address !== this.#address) return 'stranger';
    return port === this.#port ? 'peer' : 'same-host';
  }
}
