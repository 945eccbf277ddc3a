import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dialer, DialTarget } from '#core/dialer.ts';

/** A network that dies after so many octets: every connection is closed then, and none opened any more. */
export class CuttingNetwork implements Dialer {
  readonly #server: Server;
  readonly #targets: DialTarget[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #limit: number;
  /** Octets that have passed, both ways, over all connections. */
  passed = 0;

  private constructor(server: Server, limit: number) {
    this.#server = server;
    this.#limit = limit;
    server.on('connection', (near: Socket) => this.#relay(near));
  }

  static async open(limit = Number.POSITIVE_INFINITY): Promise<CuttingNetwork> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingNetwork(server, limit);
  }

  async dial(target: DialTarget): Promise<Duplex> {
    this.#targets.push(target);
    const { port } = this.#server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.#sockets.add(socket);
    await once(socket, 'connect');
    return socket;
  }

  close(): void {
    this.#cut();
    this.#server.close();
  }

  #relay(near: Socket): void {
    const target = this.#targets.shift();
    this.#sockets.add(near);
    near.on('error', () => undefined);
    if (target === undefined || this.passed >= this.#limit) {
      near.destroy();
      return;
    }
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.#sockets.add(far);
    far.on('error', () => near.destroy());
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      const room = this.#limit - this.passed;
      const part = chunk.subarray(0, Math.min(chunk.length, room));
      this.passed += part.length;
      const cut = this.passed >= this.#limit;
      to.write(part, () => {
        if (cut) this.#cut();
      });
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroySoon());
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}
