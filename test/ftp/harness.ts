import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { fixedAccounts, anonymousAccounts, firstOf } from '#accounts/index.ts';
import type { FileSystem } from '#core/file-system.ts';
import { readOnlyAccess } from '#core/permission.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { createServer, type ServerOptions, type WherryServer } from '#server/create-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';

/** A server on a free port of loopback, with what it serves and every event it told. */
export interface TestServer extends AsyncDisposable {
  readonly server: WherryServer;
  readonly fileSystem: FileSystem;
  readonly events: readonly ServerEvent[];
  readonly host: string;
  port(protocol?: 'ftp' | 'ftps'): number;
  /** Settles with the first event (past or future) that the test accepts. */
  event(accepts: (event: ServerEvent) => boolean): Promise<ServerEvent>;
  /** A raw client that has taken the greeting. */
  connect(): Promise<RawClient>;
  /** A raw client that has logged in as `alice`, TYPE I. */
  login(user?: string, password?: string): Promise<RawClient>;
}

export interface TestServerOptions extends Partial<Omit<ServerOptions, 'listen'>> {
  readonly fileSystem?: FileSystem;
  readonly host?: string;
  readonly ftps?: boolean;
  readonly anonymous?: boolean;
}

/** Accounts of every test server: `alice` may do everything, `bob` reads, `carol` administers, `dora` needs ACCT. */
export const passwords = { alice: 'wonder land', bob: 'builder', carol: 'christmas' } as const;

/** Starts a server over memory with short time-outs for failed logins and none for anything a test waits for. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const {
    fileSystem = new MemoryFileSystem(),
    host = '127.0.0.1',
    ftps = false,
    anonymous = false,
    ...rest
  } = options;
  const bus = new EventBus();
  const events: ServerEvent[] = [];
  const waiting = new Set<(event: ServerEvent) => void>();
  bus.subscribe((event) => {
    events.push(event);
    for (const wake of waiting) wake(event);
  });
  const known = fixedAccounts([
    { name: 'alice', password: passwords.alice, fileSystem },
    { name: 'bob', password: passwords.bob, fileSystem, access: readOnlyAccess },
    { name: 'carol', password: passwords.carol, fileSystem, administrator: true },
  ]);
  const server = await createServer({
    accounts: anonymous ? firstOf(anonymousAccounts({ fileSystem }), known) : known,
    events: bus,
    defence: new LoginDefence({ exempt: () => true }),
    passivePorts: [0, 0],
    ...rest,
    timeouts: { failedLoginMs: 1, ...rest.timeouts },
    listen: { host, ftp: 0, ...(ftps ? { ftps: 0 } : {}) },
  });
  const port = (protocol: 'ftp' | 'ftps' = 'ftp'): number => {
    const listener = server.listeners.find((candidate) => candidate.protocol === protocol);
    if (listener === undefined) throw new Error(`The server does not listen for ${protocol}`);
    return listener.port;
  };
  const clients = new Set<RawClient>();
  const open = async (): Promise<RawClient> => {
    const client = await RawClient.connect(host, port());
    clients.add(client);
    return client;
  };
  return {
    server,
    fileSystem,
    events,
    host,
    port,
    event: async (accepts) => {
      const past = events.find((event) => accepts(event));
      if (past !== undefined) return past;
      return new Promise((resolve) => {
        const wake = (event: ServerEvent): void => {
          if (!accepts(event)) return;
          waiting.delete(wake);
          resolve(event);
        };
        waiting.add(wake);
      });
    },
    connect: async () => {
      const client = await open();
      await client.expect(220);
      return client;
    },
    login: async (user = 'alice', password = passwords.alice) => {
      const client = await open();
      await client.expect(220);
      await client.command(`USER ${user}`, 331);
      await client.command(`PASS ${password}`, 230);
      await client.command('TYPE I', 200);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy();
      await server.close({ graceMs: 0 });
    },
  };
}

/** A reply as it came: its code and all its lines, without line ends. */
export interface RawReply {
  readonly code: number;
  readonly lines: readonly string[];
  /** All lines with their ends, one character an octet. */
  readonly text: string;
}

/** An FTP client that does only what a test says, octet by octet. */
export class RawClient {
  socket: Socket;
  #received = '';
  #ended = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#listen(socket);
  }

  static async connect(host: string, port: number): Promise<RawClient> {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** A client whose connection is in TLS from the first octet on. */
  static async connectTls(options: ConnectionOptions): Promise<RawClient> {
    const socket = connectTls({ rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** What has arrived and is in no reply yet. */
  get received(): string {
    return this.#received;
  }

  /** Sends octets as they are, one character each. */
  send(octets: string): void {
    this.socket.write(octets, 'latin1');
  }

  /** The next whole reply, multi-line or not. */
  async reply(): Promise<RawReply> {
    for (;;) {
      const reply = this.#take();
      if (reply !== null) return reply;
      if (this.#ended) throw new Error(`The connection ended; left over: ${JSON.stringify(this.#received)}`);
      await this.#more();
    }
  }

  /** The next reply, which must have one of the codes. */
  async expect(...codes: readonly number[]): Promise<RawReply> {
    const reply = await this.reply();
    if (!codes.includes(reply.code)) throw new Error(`Expected ${codes.join(' or ')}, got: ${reply.text}`);
    return reply;
  }

  /** Sends one command and takes its reply, which must have one of the codes if any are given. */
  async command(line: string, ...codes: readonly number[]): Promise<RawReply> {
    this.send(`${line}\r\n`);
    if (codes.length === 0) return this.reply();
    const reply = await this.reply();
    if (!codes.includes(reply.code))
      throw new Error(`${line}: expected ${codes.join(' or ')}, got: ${reply.text}`);
    return reply;
  }

  /** Settles when the server has ended the connection; gives what came before it. */
  async end(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  /** Asks for a passive port (EPSV) and connects to it. */
  async passive(): Promise<Socket> {
    const reply = await this.command('EPSV', 229);
    const port = Number(/\(\|\|\|(\d+)\|\)/.exec(reply.text)?.[1]);
    return dial(this.socket.remoteAddress ?? '127.0.0.1', port);
  }

  /** Sends a transfer command over a fresh passive connection and takes everything the server sends. */
  async download(line: string, final = 226): Promise<Buffer> {
    const data = await this.passive();
    const arriving = readAll(data);
    // When the command is refused, that is the error to tell.
    arriving.catch(() => undefined);
    await this.command(line, 150, 125);
    const content = await arriving;
    await this.expect(final);
    return content;
  }

  /** Sends a transfer command over a fresh passive connection and hands the server `content`. */
  async upload(line: string, content: string | Uint8Array, final = 226): Promise<RawReply> {
    const data = await this.passive();
    await this.command(line, 150, 125);
    data.end(content);
    const reply = await this.expect(final);
    data.destroy();
    return reply;
  }

  /** Goes over to TLS as the client. */
  async secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
    await this.command('AUTH TLS', 234);
    return this.upgrade(options);
  }

  /** Performs the TLS handshake on the connection as it is. */
  async upgrade(options: ConnectionOptions = {}): Promise<TLSSocket> {
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('end');
    const tls = connectTls({ socket: this.socket, rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve);
      tls.once('error', reject);
      tls.once('close', () => reject(new Error('closed during the TLS handshake')));
    });
    this.socket = tls;
    this.#listen(tls);
    return tls;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#received += chunk;
      this.#notify();
    });
    const over = (): void => {
      this.#ended = true;
      this.#notify();
    };
    socket.on('end', over);
    socket.on('close', over);
    socket.on('error', over);
  }

  #take(): RawReply | null {
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const end = this.#received.indexOf('\r\n', from);
      if (end < 0) return null;
      const line = this.#received.slice(from, end);
      from = end + 2;
      lines.push(line);
      const first = lines[0] ?? '';
      if (first[3] !== '-' || (lines.length > 1 && line.startsWith(`${first.slice(0, 3)} `))) {
        const text = this.#received.slice(0, from);
        this.#received = this.#received.slice(from);
        return { code: Number(first.slice(0, 3)), lines, text };
      }
    }
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** A plain TCP connection. */
export async function dial(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

/** Everything a connection sends until it ends. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
