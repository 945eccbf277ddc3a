import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { after } from 'node:test';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { TlsProvider } from '#protocols/ftp/server/options.ts';
import { openTls, type OpenTlsOptions } from '#server/tls.ts';
import {
  dial,
  type RawClient,
  readAll,
  startServer,
  type TestServer,
  type TestServerOptions,
} from './harness.ts';
import { parseExtendedPassive } from './helpers.ts';

/** What every test of TLS runs with. */
export const versions = ['TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof versions)[number];

const directories: string[] = [];
after(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

/** A directory that goes with the test file. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-ftps-'));
  directories.push(directory);
  return directory;
}

let shared: Promise<TlsProvider> | null = null;

/** TLS with a certificate of the server's own making; the plain kind is made once for a test file. */
export async function makeTls(options: Partial<OpenTlsOptions> = {}): Promise<TlsProvider> {
  const make = async (): Promise<TlsProvider> =>
    (await openTls({ dataDirectory: await scratchDirectory(), ...options })).provider;
  if (Object.keys(options).length > 0) return make();
  shared ??= make();
  return shared;
}

/** A test server that has TLS. */
export async function startTlsServer(options: TestServerOptions = {}): Promise<TestServer> {
  return startServer({ tls: await makeTls(), ...options });
}

/** How an upload says that it is over. */
export type UploadEnd = 'close-notify' | 'bare-fin' | 'reset';

/** What a data connection is opened with, where it is not the session's own ticket. */
export interface DataOptions {
  /** Another session to resume; null for a full handshake. */
  readonly session?: Buffer | null;
  readonly tls?: ConnectionOptions;
}

/** An FTP client that has gone over to TLS, with the ticket of its control connection. */
export class TlsClient {
  readonly raw: RawClient;
  readonly version: TlsVersion;
  readonly #sessions: Buffer[] = [];
  #wake: (() => void) | null = null;

  private constructor(raw: RawClient, version: TlsVersion) {
    this.raw = raw;
    this.version = version;
  }

  /** Over to TLS on a connection that has taken the greeting. */
  static async secure(
    raw: RawClient,
    version: TlsVersion,
    options: ConnectionOptions = {},
  ): Promise<TlsClient> {
    const client = new TlsClient(raw, version);
    await raw.command('AUTH TLS', 234);
    const upgrading = raw.upgrade({ ...client.pinned, ...options });
    const socket = await upgrading;
    client.#collect(socket);
    return client;
  }

  /** Logged in as `alice`, TYPE I, PROT P. */
  static async login(
    fixture: TestServer,
    version: TlsVersion,
    { user = 'alice', password = 'wonder land' } = {},
  ): Promise<TlsClient> {
    const client = await TlsClient.secure(await fixture.connect(), version);
    const { raw } = client;
    await raw.command('PBSZ 0', 200);
    await raw.command('PROT P', 200);
    await raw.command(`USER ${user}`, 331);
    await raw.command(`PASS ${password}`, 230);
    await raw.command('TYPE I', 200);
    return client;
  }

  /** The version alone. */
  get pinned(): ConnectionOptions {
    return { minVersion: this.version, maxVersion: this.version, rejectUnauthorized: false };
  }

  /** The first ticket of the control connection. */
  async session(): Promise<Buffer> {
    for (;;) {
      const [first] = this.#sessions;
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Goes over to TLS on a data connection; answers after the handshake. */
  async secureData(socket: Socket | Duplex, options: DataOptions = {}): Promise<TLSSocket> {
    const session = options.session === undefined ? await this.session() : options.session;
    const tls = connectTls({
      socket,
      ...this.pinned,
      ...(session === null ? {} : { session }),
      ...options.tls,
    });
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve);
      tls.once('error', reject);
      tls.once('close', () => reject(new Error('closed during the TLS handshake')));
    });
    tls.on('error', () => undefined);
    return tls;
  }

  /** Asks for a passive port (EPSV) and connects to it. */
  async dialPassive(): Promise<Socket> {
    const { text } = await this.raw.command('EPSV', 229);
    return dial(this.raw.socket.remoteAddress ?? '127.0.0.1', parseExtendedPassive(text));
  }

  /** Runs a command that sends something, over a fresh passive connection. */
  async download(line: string, options: DataOptions = {}): Promise<Buffer> {
    const plain = await this.dialPassive();
    await this.raw.command(line, 150);
    const tls = await this.secureData(plain, options);
    const content = await readAll(tls);
    tls.end();
    await this.raw.expect(226);
    return content;
  }

  /** Runs a command that receives, over a fresh passive connection; gives the final code. */
  async upload(
    line: string,
    content: Uint8Array,
    { end = 'close-notify', ...options }: DataOptions & { readonly end?: UploadEnd } = {},
  ): Promise<number> {
    const plain = await this.dialPassive();
    await this.raw.command(line, 150);
    const tls = await this.secureData(plain, options);
    tls.resume();
    if (content.length > 0) {
      await new Promise<void>((resolve) => {
        tls.write(content, () => resolve());
      });
    }
    endings[end](tls, plain);
    const { code } = await this.raw.reply();
    plain.destroy();
    return code;
  }

  destroy(): void {
    this.raw.destroy();
  }

  #collect(socket: TLSSocket): void {
    const keep = (session: Buffer): void => {
      this.#sessions.push(session);
      this.#wake?.();
    };
    socket.on('session', keep);
    const early = this.version === 'TLSv1.2' ? socket.getSession() : undefined;
    if (early !== undefined) keep(early);
  }
}

const endings: Readonly<Record<UploadEnd, (tls: TLSSocket, plain: Socket) => void>> = {
  'close-notify': (tls) => tls.end(),
  'bare-fin': (_tls, plain) => plain.end(),
  reset: (_tls, plain) => plain.resetAndDestroy(),
};

/** A connection whose octets a test sees, and may change, on both ways. */
export class Tap extends Duplex {
  /** Everything that came, as it came. */
  readonly received: Buffer[] = [];
  /** What to make of the next octets that go out, or come in. */
  onSend: (octets: Buffer) => Buffer = (octets) => octets;
  onReceive: (octets: Buffer) => Buffer = (octets) => octets;
  /** Whether the connection outlives what runs over the tap. */
  keepsOpen = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => {
      this.received.push(octets);
      const passed = this.onReceive(octets);
      if (passed.length > 0) this.push(passed);
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(this.onSend(octets), callback);
  }

  override _final(callback: () => void): void {
    if (this.keepsOpen) callback();
    else this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.keepsOpen) this.#socket.destroy();
    callback(error);
  }
}

/** The types and lengths of the TLS records in octets from the wire. */
export function recordsIn(octets: Buffer): { readonly type: number; readonly length: number }[] {
  const records = [];
  for (let at = 0; at + 5 <= octets.length;) {
    const length = octets.readUInt16BE(at + 3);
    records.push({ type: octets.readUInt8(at), length });
    at += 5 + length;
  }
  return records;
}

/** The octets of a ClientHello, for hostile clients. */
export async function clientHello(options: ConnectionOptions = {}): Promise<Buffer> {
  const hello = Promise.withResolvers<Buffer>();
  const sink = new Duplex({
    read: () => undefined,
    write: (octets: Buffer, _encoding, callback) => {
      hello.resolve(octets);
      callback();
    },
  });
  const tls = connectTls({ socket: sink, rejectUnauthorized: false, ...options });
  tls.on('error', () => undefined);
  const octets = await hello.promise;
  tls.destroy();
  return octets;
}
