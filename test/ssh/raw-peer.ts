import type { TestContext } from 'node:test';
import { duplexPair, type Duplex } from 'node:stream';
import type { WherryError } from '#core/errors.ts';
import { algorithmSets } from '#protocols/ssh/algorithms.ts';
import { defaultSshLimits, type SshLimits } from '#protocols/ssh/limits.ts';
import { Transport } from '#protocols/ssh/transport/transport.ts';
import { message } from '#protocols/ssh/wire/messages.ts';
import { startMessage } from '#protocols/ssh/wire/wire-writer.ts';
import { serveSshConnection } from '#protocols/ssh/server/server-connection.ts';
import type { SshServerOptions } from '#protocols/ssh/server/server-options.ts';
import { serverOptions, testPassword, testUser } from './ssh-fixture.ts';

/** A client that is past the key exchange and then says whatever a test wants. */
export class RawPeer {
  readonly transport: Transport;
  /** Settles when the server has ended the connection. */
  readonly ended: Promise<WherryError | null>;
  /** Numbers of everything that came since the first NEWKEYS, in order. */
  readonly order: number[] = [];
  /** What the server announced in EXT_INFO. */
  extensions: ReadonlyMap<string, Buffer> = new Map();
  readonly #messages: Buffer[] = [];
  #wake: (() => void) | null = null;
  #over = false;

  constructor(socket: Duplex) {
    let end: (error: WherryError | null) => void = () => undefined;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.transport = new Transport(
      socket,
      {
        role: { side: 'client', hostKeyAlgorithms: ['ssh-ed25519'], verifyHostKey: () => undefined },
        software: 'raw',
        algorithms: algorithmSets.default,
        limits: defaultSshLimits,
      },
      {
        onIdentified: () => undefined,
        onSecured: () => undefined,
        onNegotiated: () => {
          this.#arrive(Buffer.from([message.newKeys]));
        },
        onExtensions: (extensions) => {
          this.extensions = extensions;
          this.#arrive(Buffer.from([message.extensionInfo]));
        },
        onMessage: (payload) => {
          this.#arrive(payload);
        },
        onUnimplemented: (payload) => {
          this.#arrive(payload);
        },
        onWritable: () => undefined,
        onClosed: (error) => {
          this.#over = true;
          this.#wake?.();
          end(error);
        },
      },
    );
  }

  #arrive(payload: Buffer): void {
    this.order.push(payload[0] ?? 0);
    this.#messages.push(payload);
    this.#wake?.();
  }

  /** The next message of this number, those before it passed over; null at the end of the connection. */
  async next(number: number): Promise<Buffer | null> {
    for (;;) {
      const found = this.#messages.findIndex((payload) => payload[0] === number);
      if (found >= 0) return this.#messages.splice(0, found + 1).at(-1) ?? null;
      if (this.#over) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(payload: Buffer): void {
    this.transport.send(payload);
  }

  async logIn(): Promise<void> {
    this.send(startMessage(message.serviceRequest).string('ssh-userauth').finish());
    const request = startMessage(message.authenticationRequest).string(testUser).string('ssh-connection');
    this.send(request.string('password').boolean(false).string(testPassword).finish());
    await this.next(message.authenticationSuccess);
  }

  /** Opens a session channel of number 0 and returns the server's number. */
  async openSession(window = 1_000_000, maximumPacket = 32_768): Promise<number> {
    const open = startMessage(message.channelOpen).string('session').uint32(0);
    this.send(open.uint32(window).uint32(maximumPacket).finish());
    const confirmation = await this.next(message.channelOpenConfirmation);
    return confirmation?.readUInt32BE(5) ?? -1;
  }
}

/** A server, and a raw peer that has done the first key exchange with it. */
export async function startRaw(
  test: Pick<TestContext, 'after'>,
  limits: Partial<SshLimits> = {},
  changes: Partial<SshServerOptions<string>> = {},
): Promise<RawPeer> {
  const [serverSide, clientSide] = duplexPair();
  const server = serveSshConnection(serverSide, serverOptions({ limits, ...changes }));
  const peer = new RawPeer(clientSide);
  test.after(() => {
    server.close();
    peer.transport.close();
    serverSide.destroy();
    clientSide.destroy();
  });
  await peer.next(message.newKeys);
  return peer;
}
