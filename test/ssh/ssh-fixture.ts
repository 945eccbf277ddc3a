import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import { algorithmSets } from '#protocols/ssh/algorithms.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { connectSsh, type SshClientConnection } from '#protocols/ssh/client/client-connection.ts';
import type { SshClientOptions } from '#protocols/ssh/client/client-options.ts';
import { generatePrivateKey, type PrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { serveSshConnection, type SshServerConnection } from '#protocols/ssh/server/server-connection.ts';
import type { SessionProgram, SshServerOptions } from '#protocols/ssh/server/server-options.ts';

/** One key of each type; made once for a test file, as RSA takes its time. */
export const hostKeys: readonly PrivateKey[] = await Promise.all(
  (['ed25519', 'rsa', 'ecdsa-nistp256', 'ecdsa-nistp384', 'ecdsa-nistp521'] as const).map((type) =>
    generatePrivateKey(type),
  ),
);

/** The user and password that the fixture's server takes. */
export const testUser = 'user';
export const testPassword = 'right';

async function echo(channel: SshChannel): Promise<number> {
  for (let data = await channel.receive(); data !== null; data = await channel.receive()) {
    await channel.write(data);
  }
  return 0;
}

/** What `openCommand` may start on the fixture's server. */
const programs: Readonly<Record<string, SessionProgram>> = {
  echo,
  async count(channel) {
    let octets = 0;
    for (let data = await channel.receive(); data !== null; data = await channel.receive())
      octets += data.length;
    await channel.write(Buffer.from(String(octets)));
    return 0;
  },
  async pattern(channel) {
    for (let index = 0; index < 64; index += 1) await channel.write(patternBlock(index));
    return 0;
  },
  fail: () => 7,
  throws() {
    throw new Error('a program that fails');
  },
  never: (channel) =>
    new Promise((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve(0);
      });
    }),
};

/** 256 KiB that differ from every other block's. */
export function patternBlock(index: number): Buffer {
  const block = Buffer.alloc(262_144);
  for (let offset = 0; offset < block.length; offset += 4)
    block.writeUInt32BE((index << 18) + offset, offset);
  return block;
}

/** Options of a server that takes `testUser` with `testPassword` or any key, and runs the fixture's programs. */
export function serverOptions(changes: Partial<SshServerOptions<string>> = {}): SshServerOptions<string> {
  return {
    hostKeys,
    algorithms: algorithmSets.compatible,
    authenticator: {
      methods: ['publickey', 'password', 'keyboard-interactive'],
      authenticate({ user, credential }) {
        const accepted =
          credential.kind === 'public-key' ||
          (credential.kind === 'password' && credential.password.reveal() === testPassword);
        return accepted ? { outcome: 'accepted', identity: user } : { outcome: 'refused', reason: 'wrong' };
      },
    },
    openSession: (request) => (request.kind === 'exec' ? (programs[request.command] ?? null) : null),
    ...changes,
  };
}

/** Options of a client that fits {@link serverOptions}. */
export function clientOptions(changes: Partial<SshClientOptions> = {}): SshClientOptions {
  return {
    user: testUser,
    credentials: [{ kind: 'password', password: new Secret(testPassword) }],
    verifyHostKey: () => undefined,
    ...changes,
  };
}

/** A server and a logged-in client joined in memory. */
export interface Pair {
  readonly server: SshServerConnection<string>;
  readonly client: SshClientConnection;
}

/** Joins a server and a client without a network; both end with the test. */
export async function connectPair(
  test: Pick<TestContext, 'after'>,
  server: Partial<SshServerOptions<string>> = {},
  client: Partial<SshClientOptions> = {},
): Promise<Pair> {
  const [serverSide, clientSide] = duplexPair();
  return connectOver(test, [serverSide, clientSide], { server, client });
}

/** The same over streams that the test has made. */
export async function connectOver(
  test: Pick<TestContext, 'after'>,
  [serverSide, clientSide]: readonly [Duplex, Duplex],
  options: {
    readonly server?: Partial<SshServerOptions<string>>;
    readonly client?: Partial<SshClientOptions>;
  } = {},
): Promise<Pair> {
  const server = serveSshConnection(serverSide, serverOptions(options.server));
  test.after(() => {
    server.close();
    serverSide.destroy();
    clientSide.destroy();
  });
  const client = await connectSsh(clientSide, clientOptions(options.client));
  test.after(() => {
    client.close();
  });
  return { server, client };
}

/** A listening server for real clients. */
export interface Listener {
  readonly port: number;
  readonly connections: readonly SshServerConnection<string>[];
}

/** Listens on a free port of the loopback until the test ends. */
export async function listen(
  test: Pick<TestContext, 'after'>,
  options: SshServerOptions<string>,
): Promise<Listener> {
  const connections: SshServerConnection<string>[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    connections.push(serveSshConnection(socket, options));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  test.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (listener.address() as AddressInfo).port, connections };
}

/** A TCP connection to the loopback that ends with the test. */
export async function dial(test: Pick<TestContext, 'after'>, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  test.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes on a channel until its end. */
export async function readAll(channel: SshChannel): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let data = await channel.receive(); data !== null; data = await channel.receive()) parts.push(data);
  return Buffer.concat(parts);
}

/** A generator of numbers that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
