import type {
  BlockIntake,
  BlockStream,
  BlockStreamOptions,
  OpenPeerSocket,
  PacketOrigin,
  PeerSocket,
  PeerSocketOptions,
} from '../datagram-contract.ts';
import { checkResult } from '../system-error.ts';
import { LinuxBlockIntake } from './block-intake.ts';
import { LinuxBlockStream } from './block-stream.ts';
import type { DatagramBinding, DatagramRoom } from './datagram-binding.ts';

const packetsPerTurn = 16;
const slotBytes = 65_536;
const origins: readonly PacketOrigin[] = ['stranger', 'same-host', 'peer'];

/** How soon a packet that the kernel did not take is tried again. */
const retryMs = 1;

/** Opens sockets of the addon; null when the addon that was built has none. */
export function linuxPeerSockets(binding: object): OpenPeerSocket | null {
  if (!('datagramStart' in binding)) return null;
  const reception = new Reception(binding as DatagramBinding);
  return (options) => reception.open(options);
}

/** Hands packets to the sockets they came for. Its memory is made with the first socket. */
class Reception {
  readonly #binding: DatagramBinding;
  readonly #sockets = new Map<number, LinuxPeerSocket>();
  #room: DatagramRoom | null = null;

  constructor(binding: DatagramBinding) {
    this.#binding = binding;
  }

  open(options: PeerSocketOptions): PeerSocket {
    const room = (this.#room ??= this.#start());
    const { localAddress, remoteAddress, remotePort } = options;
    const fd = checkResult(this.#binding.datagramOpen(room, localAddress, remoteAddress, remotePort), 'bind');
    const socket = new LinuxPeerSocket(fd, {
      binding: this.#binding,
      room,
      onPacket: options.onPacket,
      onClose: () => this.#sockets.delete(fd),
    });
    this.#sockets.set(fd, socket);
    return socket;
  }

  #start(): DatagramRoom {
    const slab = Buffer.allocUnsafeSlow(packetsPerTurn * slotBytes);
    const facts = new Int32Array(2 * packetsPerTurn);
    const onPackets = (fd: number, count: number): void => {
      // The socket may be closed by what it takes, and its number then be another's.
      const socket = this.#sockets.get(fd);
      for (let index = 0; index < count; index += 1) {
        const start = index * slotBytes;
        const packet = slab.subarray(start, start + (facts[2 * index] ?? 0));
        socket?.take(packet, index, origins[facts[2 * index + 1] ?? 0] ?? 'stranger');
      }
    };
    const room = this.#binding.datagramStart(slab, facts, onPackets, (fd, event, octets) => {
      this.#sockets.get(fd)?.onBlocks(event, octets);
    });
    if (typeof room !== 'number') return room;
    throw new Error(`The addon cannot open datagram sockets: ${checkResult(room, 'socket')}`);
  }
}

interface Parts {
  readonly binding: DatagramBinding;
  readonly room: DatagramRoom;
  readonly onPacket: PeerSocketOptions['onPacket'];
  readonly onClose: () => void;
}

class LinuxPeerSocket implements PeerSocket {
  readonly #fd: number;
  readonly #parts: Parts;
  #open = true;
  /** Which packet of the turn is being taken; -1 between turns. */
  #index = -1;
  #retry: NodeJS.Timeout | null = null;
  #stream: LinuxBlockStream | null = null;
  #intake: LinuxBlockIntake | null = null;

  constructor(fd: number, parts: Parts) {
    this.#fd = fd;
    this.#parts = parts;
  }

  take(packet: Buffer, index: number, origin: PacketOrigin): void {
    if (!this.#open) return;
    this.#index = index;
    this.#parts.onPacket(packet, origin);
    this.#index = -1;
  }

  send(packets: Uint8Array, packetBytes: number): void {
    if (!this.#open) return;
    this.#dropRetry();
    const { binding, room } = this.#parts;
    const sent = binding.datagramSend(room, this.#fd, packets, packetBytes);
    if (sent < 0 || sent >= packets.length) return;
    const rest = packets.subarray(sent);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.send(rest, packetBytes);
    }, retryMs);
  }

  answer(packet: Uint8Array): void {
    const { binding, room } = this.#parts;
    if (this.#open) binding.datagramAnswer(room, this.#fd, this.#index, packet);
  }

  adopt(): void {
    const { binding, room } = this.#parts;
    if (this.#open) binding.datagramAdopt(room, this.#fd, this.#index);
  }

  openBlockStream(options: BlockStreamOptions): BlockStream {
    const { binding, room } = this.#parts;
    this.#stream = new LinuxBlockStream({ binding, room, fd: this.#fd }, options);
    return this.#stream;
  }

  openBlockIntake(options: BlockStreamOptions): BlockIntake {
    const { binding, room } = this.#parts;
    this.#intake = new LinuxBlockIntake({ binding, room, fd: this.#fd }, options);
    return this.#intake;
  }

  /** Takes what the addon tells of a stream or an intake. */
  onBlocks(event: number, octets: number): void {
    if (this.#intake === null) this.#stream?.onEvent(event, octets);
    else this.#intake.onFilled(octets);
  }

  unref(): void {
    const { binding, room } = this.#parts;
    if (this.#open) binding.datagramHold(room, this.#fd, false);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#dropRetry();
    const closed = new Error('The socket was closed');
    this.#stream?.close(closed);
    this.#intake?.close(closed);
    const { binding, room, onClose } = this.#parts;
    binding.datagramClose(room, this.#fd);
    onClose();
  }

  #dropRetry(): void {
    if (this.#retry === null) return;
    clearTimeout(this.#retry);
    this.#retry = null;
  }
}
