import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a scripted server does with a command: the lines to send back, if any at once. */
export type Script = (argument: string, session: ScriptedSession) => string | null | Promise<string | null>;

export interface ScriptedServerOptions {
  readonly greeting?: string;
  /** By verb; what is not here is answered as an ordinary small server would. */
  readonly scripts?: Readonly<Record<string, Script>>;
  /** Cuts what is sent into pieces of this many octets, each in a segment of its own as far as the kernel allows. */
  readonly pieceBytes?: number;
}

/** One control connection of a scripted server. */
export class ScriptedSession {
  readonly socket: Socket;
  readonly commands: string[] = [];
  readonly #pieceBytes: number;
  #sending = Promise.resolve();
  #listener: Server | null = null;
  #data: PromiseWithResolvers<Socket> = Promise.withResolvers();

  constructor(socket: Socket, pieceBytes: number) {
    this.socket = socket;
    this.#pieceBytes = pieceBytes;
  }

  /** Sends octets as they are, in pieces. */
  send(text: string): void {
    const octets = Buffer.from(text, 'latin1');
    this.#sending = this.#sending.then(async () => {
      for (let position = 0; position < octets.length; position += this.#pieceBytes) {
        if (this.socket.destroyed) return;
        const piece = octets.subarray(position, position + this.#pieceBytes);
        await new Promise<void>((resolve) => {
          this.socket.write(piece, () => resolve());
        });
        if (this.#pieceBytes < octets.length) {
          await new Promise<void>((resolve) => {
            setImmediate(resolve);
          });
        }
      }
    });
  }

  /** Listens for the next data connection; gives the port. */
  async listen(): Promise<number> {
    this.#listener?.close();
    this.#data = Promise.withResolvers<Socket>();
    const { resolve } = this.#data;
    const listener = createServer((socket) => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    this.#listener = listener;
    await new Promise<void>((ready) => {
      listener.listen(0, '127.0.0.1', ready);
    });
    return (listener.address() as AddressInfo).port;
  }

  /** The data connection, when it is there. */
  async data(): Promise<Socket> {
    const socket = await this.#data.promise;
    this.#listener?.close();
    return socket;
  }

  close(): void {
    this.#listener?.close();
    this.socket.destroy();
  }
}

/** Sends a whole content over the data connection, with the replies around it. */
export function sends(content: string | Buffer): Script {
  return async (_argument, session) => {
    session.send('150 Here it comes\r\n');
    const data = await session.data();
    await new Promise<void>((resolve) => {
      data.end(content, () => resolve());
    });
    return '226 Done\r\n';
  };
}

/** What an ordinary small server says. */
const ordinary: Readonly<Record<string, Script>> = {
  USER: () => '331 Password\r\n',
  PASS: () => '230 Welcome\r\n',
  FEAT: () => '211-Features\r\n MLST type*;size*;modify*;\r\n SIZE\r\n REST STREAM\r\n211 End\r\n',
  SYST: () => '215 UNIX Type: L8\r\n',
  TYPE: () => '200 Type set\r\n',
  PWD: () => '257 "/" is current\r\n',
  NOOP: () => '200 Still here\r\n',
  REST: () => '350 Restarting\r\n',
  QUIT: (_argument, session) => {
    session.socket.end('221 Bye\r\n');
    return null;
  },
  MLST: (argument) => `250-Listing\r\n type=file;size=10;modify=20200102030405; ${argument}\r\n250 End\r\n`,
  EPSV: async (_argument, session) => `229 Extended (|||${await session.listen()}|)\r\n`,
  PASV: async (_argument, session) => {
    const port = await session.listen();
    return `227 Passive (127,0,0,1,${port >> 8},${port & 255})\r\n`;
  },
  MLSD: sends(''),
  LIST: sends(''),
};

/** A server on a port of loopback that says what a test tells it to. */
export class ScriptedServer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly sessions: readonly ScriptedSession[];
  readonly #server: Server;

  private constructor(server: Server, sessions: readonly ScriptedSession[]) {
    this.#server = server;
    this.sessions = sessions;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const { greeting = '220 Ready\r\n', scripts = {}, pieceBytes = 65_536 } = options;
    const arrived: ScriptedSession[] = [];
    const server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => {
      const session = new ScriptedSession(socket, pieceBytes);
      arrived.push(session);
      socket.on('error', () => undefined);
      session.send(greeting);
      serve(session, { ...ordinary, ...scripts });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new ScriptedServer(server, arrived);
  }

  /** Every command of every session, in order. */
  get commands(): readonly string[] {
    return this.sessions.flatMap(({ commands }) => commands);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Takes commands one after the other, each when the one before has been dealt with. */
function serve(session: ScriptedSession, scripts: Readonly<Record<string, Script>>): void {
  let received = '';
  let working = Promise.resolve();
  session.socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
      const line = received.slice(0, end);
      received = received.slice(end + 2);
      working = working.then(() => answer(session, line, scripts));
    }
  });
}

async function answer(
  session: ScriptedSession,
  line: string,
  scripts: Readonly<Record<string, Script>>,
): Promise<void> {
  session.commands.push(line);
  const space = line.indexOf(' ');
  const verb = space < 0 ? line : line.slice(0, space);
  const script = Object.hasOwn(scripts, verb) ? scripts[verb] : undefined;
  const reply =
    script === undefined ? '500 Unknown\r\n' : await script(space < 0 ? '' : line.slice(space + 1), session);
  if (reply !== null) session.send(reply);
}
