import { createSocket, type Socket } from 'node:dgram';
import type { TestContext } from 'node:test';
import { loopback } from './harness.ts';

/** How often, of 1, a packet is lost, doubled or overtaken. */
export interface Mischief {
  readonly drop: number;
  readonly double: number;
  readonly swap: number;
  readonly seed: number;
}

/**
 * A network that loses, doubles and swaps packets between clients and a server, by a fixed seed. Each client sees one
 * port for its whole transfer, behind which the server's own one is found.
 */
export class Relay {
  readonly port: number;
  readonly #serverPort: number;
  readonly #mischief: Mischief;
  readonly #front: Socket;
  readonly #behind = new Map<number, Socket>();
  /** Packets that were lost or doubled. */
  disturbed = 0;
  #state: number;
  #closed = false;

  private constructor(serverPort: number, mischief: Mischief) {
    this.#serverPort = serverPort;
    this.#mischief = mischief;
    this.#state = mischief.seed;
    this.#front = createSocket('udp4');
    this.port = this.#front.bindSync({ address: loopback, port: 0 }).port;
    this.#front.on('message', (packet, { port }) => {
      const socket = this.#behind.get(port) ?? this.#open(port);
      // A new request goes to the port that listens, whatever was talked to before.
      const opcode = packet[1] ?? 0;
      const target = opcode <= 2 ? this.#serverPort : (targets.get(socket) ?? this.#serverPort);
      this.#pass(socket, packet, target);
    });
  }

  static open(t: TestContext, serverPort: number, mischief: Mischief): Relay {
    const relay = new Relay(serverPort, mischief);
    t.after(() => {
      relay.#closed = true;
      relay.#front.close();
      for (const socket of relay.#behind.values()) socket.close();
    });
    return relay;
  }

  #open(clientPort: number): Socket {
    const socket = createSocket('udp4');
    socket.bindSync({ address: loopback, port: 0 });
    socket.on('message', (packet, { port }) => {
      targets.set(socket, port);
      this.#pass(this.#front, packet, clientPort);
    });
    this.#behind.set(clientPort, socket);
    return socket;
  }

  #held: { readonly socket: Socket; readonly packet: Buffer; readonly port: number } | null = null;

  #pass(socket: Socket, packet: Buffer, port: number): void {
    const { drop, double, swap } = this.#mischief;
    const chance = this.#random();
    const held = this.#held;
    this.#held = null;
    if (chance < drop) {
      this.disturbed += 1;
    } else if (chance < drop + swap && held === null) {
      this.disturbed += 1;
      this.#held = { socket, packet, port };
      return;
    } else {
      this.#send(socket, packet, port);
      if (chance > 1 - double) {
        this.disturbed += 1;
        this.#send(socket, packet, port);
      }
    }
    if (held !== null) this.#send(held.socket, held.packet, held.port);
  }

  #send(socket: Socket, packet: Buffer, port: number): void {
    if (!this.#closed) socket.send(packet, port, loopback);
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return this.#state / 0x8000_0000;
  }
}

const targets = new WeakMap<Socket, number>();
