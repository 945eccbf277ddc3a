import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { SessionRegistry } from '#engine/session-registry.ts';
import { tftpAccount } from '#protocols/tftp/server/account.ts';
import type { TftpServerOptions } from '#protocols/tftp/server/options.ts';
import { serveTftp, type TftpServer } from '#protocols/tftp/server/tftp-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';

export const loopback = '127.0.0.1';

/** Long enough for a busy machine; only a test that fails ever waits for it. */
const patienceMs = 10_000;

/** Retransmission in milliseconds where a test needs it soon. */
export const quickTimes = Object.freeze({ initialMs: 30, minimumMs: 30, maximumMs: 120, retries: 3 });

/** Retransmission that never comes while a test runs. */
export const neverTimes = Object.freeze({
  initialMs: 60_000,
  minimumMs: 60_000,
  maximumMs: 60_000,
  retries: 3,
});

export interface Served {
  readonly server: TftpServer;
  readonly port: number;
  readonly events: ServerEvent[];
  readonly bus: EventBus;
  readonly sessions: SessionRegistry;
  /** Settles with the next event of a name, or one that is there already. */
  readonly once: <Name extends ServerEvent['event']>(
    name: Name,
  ) => Promise<Extract<ServerEvent, { event: Name }>>;
}

/** A server on loopback that is closed with the test. */
export function serve(
  t: TestContext,
  fileSystem: FileSystem,
  options: Partial<TftpServerOptions> = {},
): Served {
  const events: ServerEvent[] = [];
  const bus = new EventBus();
  const waiting: { readonly name: string; readonly resolve: (event: ServerEvent) => void }[] = [];
  bus.subscribe((event) => {
    events.push(event);
    for (const row of waiting.splice(0)) {
      if (row.name === event.event) row.resolve(event);
      else waiting.push(row);
    }
  });
  const account = tftpAccount({ fileSystem, write: options.policy?.write ?? 'off' });
  const sessions = new SessionRegistry();
  const server = serveTftp({
    host: loopback,
    port: 0,
    accountFor: () => account,
    events: bus,
    sessions,
    times: neverTimes,
    ...options,
  });
  t.after(() => server.close(0));
  const once = (name: string): Promise<ServerEvent> => {
    const found = events.find(({ event }) => event === name);
    if (found !== undefined) return Promise.resolve(found);
    return withPatience(`the event ${name}`, (resolve) => waiting.push({ name, resolve }));
  };
  return {
    server,
    port: server.listeners[0]?.port ?? 0,
    events,
    bus,
    sessions,
    once: once as Served['once'],
  };
}

/** Fails with words instead of hanging. */
export function withPatience<T>(what: string, start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Waited in vain for ${what}`));
    }, patienceMs);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** A packet as it came, taken apart. */
export interface Arrived {
  readonly packet: Buffer;
  readonly opcode: number;
  /** Block number of DATA and ACK, error number of ERROR. */
  readonly number: number;
  readonly data: Buffer;
  readonly from: RemoteInfo;
}

/** A bare UDP socket that speaks TFTP packet by packet, as honestly or not as the test wants. */
export class RawPeer {
  readonly socket: Socket;
  readonly serverPort: number;
  readonly #arrived: Arrived[] = [];
  readonly #address: string;
  #waiting: ((arrived: Arrived) => void) | null = null;
  /** Packets that have come in all. */
  count = 0;

  private constructor(socket: Socket, serverPort: number, address: string) {
    this.socket = socket;
    this.serverPort = serverPort;
    this.#address = address;
    socket.on('message', (packet, from) => {
      this.count += 1;
      const number = packet.length >= 4 ? packet.readUInt16BE(2) : -1;
      const arrived = { packet, opcode: packet.readUInt16BE(0), number, data: packet.subarray(4), from };
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting === null) this.#arrived.push(arrived);
      else waiting(arrived);
    });
  }

  static open(t: TestContext, serverPort: number, address = loopback): RawPeer {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bindSync({ address, port: 0 });
    t.after(() => {
      socket.close();
    });
    return new RawPeer(socket, serverPort, address);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Packets that have come and that nobody has taken. */
  get pending(): number {
    return this.#arrived.length;
  }

  send(packet: Uint8Array, port = this.serverPort): void {
    this.socket.send(packet, port, this.#address);
  }

  next(): Promise<Arrived> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return withPatience('a packet', (resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Takes the next packet, which must be of this kind and number. */
  async expect(opcode: number, number?: number): Promise<Arrived> {
    const arrived = await this.next();
    const told = arrived.packet.subarray(0, 60).toString('latin1');
    assert.equal(arrived.opcode, opcode, `opcode of ${JSON.stringify(told)}`);
    if (number !== undefined) assert.equal(arrived.number, number, `number of ${JSON.stringify(told)}`);
    return arrived;
  }

  /**
   * Shows that nothing more came for what was sent before: a malformed request, which is answered at once and costs
   * the server nothing, has gone there and back several times since.
   */
  async expectSilence(): Promise<void> {
    const probe = createSocket('udp4');
    try {
      probe.bindSync({ address: loopback, port: 0 });
      for (let round = 0; round < 3; round += 1) {
        await withPatience<void>('the probe', (resolve) => {
          probe.once('message', () => {
            resolve();
          });
          probe.send(malformedRequest, this.serverPort, this.#address);
        });
        await new Promise(setImmediate);
      }
    } finally {
      probe.close();
    }
    assert.deepEqual(
      this.#arrived.map(({ opcode, number }) => ({ opcode, number })),
      [],
    );
  }
}

const malformedRequest = Buffer.from([0, 1]);

/** A request; options as name, value, name, value. */
export function request(opcode: 1 | 2, name: string, mode = 'octet', ...options: string[]): Buffer {
  const strings = [name, mode, ...options].map((text) => `${text}\0`).join('');
  return Buffer.concat([Buffer.from([0, opcode]), Buffer.from(strings, 'latin1')]);
}

export function ack(block: number): Buffer {
  return Buffer.from([0, 4, block >> 8, block & 255]);
}

export function data(block: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0, 3, block >> 8, block & 255]), content]);
}

/** The options of an OACK. */
export function optionsOf(packet: Buffer): Record<string, string> {
  const strings = packet.subarray(2, -1).toString('latin1').split('\0');
  const rows = Array.from({ length: strings.length / 2 }, (_, index) => [
    strings[2 * index],
    strings[2 * index + 1],
  ]);
  return Object.fromEntries(rows) as Record<string, string>;
}

/** Reads to the end, one block at a time, from the packet that came first. */
export async function readBlocks(peer: RawPeer, blockSize: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let count = 1; ; count += 1) {
    const { data: content, from } = await peer.expect(3, count % 65_536);
    parts.push(content);
    peer.send(ack(count % 65_536), from.port);
    if (content.length < blockSize) return Buffer.concat(parts);
  }
}

/** The number on the wire of a block, counted from 1 without end. */
export function numberOf(count: number, rollover: 0 | 1): number {
  if (count <= 65_535) return count;
  return rollover === 0 ? count % 65_536 : ((count - 1) % 65_535) + 1;
}

/** Confirms the options and reads to the end, in windows; blocks out of their order are left alone. */
export async function readWindows(
  peer: RawPeer,
  from: RemoteInfo,
  how: { readonly blockSize: number; readonly windowSize: number; readonly rollover: 0 | 1 },
): Promise<Buffer> {
  const parts: Buffer[] = [];
  await withPatience<void>('the whole file', (resolve) => {
    peer.socket.removeAllListeners('message');
    peer.socket.on('message', (packet) => {
      const number = numberOf(parts.length + 1, how.rollover);
      if (packet.readUInt16BE(2) !== number) return;
      parts.push(packet.subarray(4));
      const last = packet.length < 4 + how.blockSize;
      if (last || parts.length % how.windowSize === 0) peer.send(ack(number), from.port);
      if (last) resolve();
    });
    peer.send(ack(0), from.port);
  });
  return Buffer.concat(parts);
}

/** Octets without a pattern that a wrong offset could hide in. */
export function noise(length: number, seed = 1): Buffer {
  const octets = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    octets[index] = state >> 16;
  }
  return octets;
}

export function memory(files: Readonly<Record<string, Uint8Array>> = {}): MemoryFileSystem {
  const fileSystem = new MemoryFileSystem();
  for (const [name, content] of Object.entries(files)) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const directory = resolveVirtualPath(rootPath, parts.slice(0, index + 1).join('/'));
      try {
        fileSystem.makeDirectory(directory);
      } catch {
        // An earlier file made it.
      }
    });
    const handle = fileSystem.openWrite(resolveVirtualPath(rootPath, name));
    void handle.write(content, 0);
    void handle.finish();
  }
  return fileSystem;
}

export async function contentOf(fileSystem: FileSystem, name: string): Promise<Buffer> {
  const handle = await fileSystem.openRead(resolveVirtualPath(rootPath, name));
  const content = Buffer.alloc(handle.entry.size ?? 0);
  let length = 0;
  while (length < content.length) {
    const count = await handle.read(content.subarray(length), length);
    if (count === 0) break;
    length += count;
  }
  await handle.close();
  return content;
}

/** Names of everything in the root, temporary or not. */
export async function namesIn(fileSystem: FileSystem): Promise<string[]> {
  const names: string[] = [];
  for await (const batch of fileSystem.readDirectory(rootPath)) names.push(...batch.map(({ name }) => name));
  return names;
}
