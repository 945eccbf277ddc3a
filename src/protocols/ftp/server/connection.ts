import { isPending, type Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import { resolveVirtualPath, type VirtualPath } from '#core/virtual-path.ts';
import type { PendingLogin } from '#engine/login-defence.ts';
import { Session, type Endpoint } from '#engine/session.ts';
import type { TcpSocket } from '#native/index.ts';
import { foreignProtocol, parseCommandLine, type CommandLine } from '../wire/command-line.ts';
import { maximumBadCommands, maximumBadCommandsBeforeLogin, maximumPendingCommands } from '../wire/limits.ts';
import { encodeReply, reply, type Reply } from '../wire/reply.ts';
import type { Command, CommandTable } from './command.ts';
import { ControlChannel } from './control/control-channel.ts';
import { DataConnections } from './data/data-connections.ts';
import type { PassivePorts } from './data/passive-ports.ts';
import { errorReply } from './error-replies.ts';
import type { FtpServerOptions, SessionTls } from './options.ts';
import { FtpState } from './state.ts';
import { describeTls, type ServerHandshake } from './tls/server-handshake.ts';

/** What the connections of one server share. */
export interface FtpServerContext {
  readonly options: FtpServerOptions;
  /** The rows of all commands. */
  readonly commands: CommandTable;
  readonly passivePorts: PassivePorts;
  readonly onClose: (connection: FtpConnection) => void;
}

interface ConnectionStart {
  readonly context: FtpServerContext;
  readonly socket: TcpSocket;
  readonly endpoint: Endpoint;
  /** Whether TLS comes first (port 990) instead of a greeting. */
  readonly implicitTls: boolean;
  /** The address of this machine that the connection arrived at; behind a proxy not the one the client called. */
  readonly boundAddress: string;
  /** Whether a trusted proxy made the connection, and so makes the data connections. */
  readonly proxied: boolean;
  readonly tunnelled: boolean;
  readonly attempts: PendingLogin;
}

/** A transfer under way, which ABOR can end. */
export interface RunningTransfer {
  abort(): void;
}

interface PendingCommand {
  readonly line: CommandLine;
  readonly command: Command;
}

/** One FTP client: its control connection, what it has set, and the one order in which its commands run. */
export class FtpConnection {
  readonly context: FtpServerContext;
  readonly session: Session;
  readonly state: FtpState;
  readonly data = new DataConnections();
  readonly control: ControlChannel;
  readonly implicitTls: boolean;
  readonly proxied: boolean;
  /** Whether it came through an SSH connection to this server, which protects it. */
  readonly tunnelled: boolean;
  /** This connection's share in the login defence. */
  readonly attempts: PendingLogin;
  /** Where passive ports are opened. */
  readonly boundAddress: string;
  /** The TLS material of control and data connections, once either has needed it. */
  tls: SessionTls | null = null;
  /** The name the TLS client asked for (SNI). */
  serverName: string | null = null;
  #transfer: RunningTransfer | null = null;
  #pending: PendingCommand[] = [];
  #running: Command | null = null;
  #lastActivityMs = performance.now();
  #closing = false;
  #inputEnded = false;
  #greeted = false;
  /** Whether the client knows that the transfer begins. */
  #announced = false;
  #draining: string | null = null;
  #onClosed: (() => void) | null = null;
  #onUnwanted: (() => void) | null = null;
  /** What the connection counts as when it ends without a login. */
  #offence: 'no-login' | 'scan' | 'protocol' = 'scan';

  constructor(start: ConnectionStart) {
    const { context, socket, endpoint, implicitTls, proxied } = start;
    const { options } = context;
    this.context = context;
    this.implicitTls = implicitTls;
    this.proxied = proxied;
    this.tunnelled = start.tunnelled;
    this.boundAddress = start.boundAddress;
    this.attempts = start.attempts;
    this.state = new FtpState(options.timeouts.idleMs);
    this.session = new Session({
      protocol: implicitTls ? 'ftps' : 'ftp',
      endpoint,
      events: options.events,
      end: (reason) => this.kick(reason),
    });
    this.control = new ControlChannel(socket, {
      onReadable: () => this.#pump(),
      onInputEnd: () => this.#endInput(),
      onClose: (reason) => this.#closed(reason),
    });
    options.sessions.add(this.session);
  }

  get options(): FtpServerOptions {
    return this.context.options;
  }

  /** The account's tree. @throws WherryError `login-refused` before login */
  get fileSystem(): FileSystem {
    const { fileSystem } = this.session;
    if (fileSystem === null) throw new WherryError('login-refused', 'Please log in with USER and PASS');
    return fileSystem;
  }

  /** Whether nobody between here and the client can read what is said: TLS or SSH is around it. */
  get protectedControl(): boolean {
    return this.tunnelled || this.control.tls !== null;
  }

  /** Whether files and listings must not travel in the clear. */
  get mustProtectData(): boolean {
    return this.options.requireTls || this.session.account?.requireTls === true;
  }

  get transferring(): boolean {
    return this.#transfer !== null;
  }

  /** The path that an argument names, seen from the working directory. */
  resolve(argument: string): VirtualPath {
    return resolveVirtualPath(this.state.directory, argument);
  }

  /** Greets the client, after TLS where it comes first. */
  async start(): Promise<void> {
    if (this.implicitTls) {
      try {
        await this.secureControl();
      } catch {
        this.destroy('the TLS handshake failed');
        return;
      }
      this.state.security.bufferSizeSet = true;
      this.state.security.protectData = true;
    }
    this.send(reply(220, this.options.banner));
    this.control.flush();
    this.#greeted = true;
    this.control.start();
    this.#pump();
  }

  /** Sends a reply behind those sent before, with the next flush. */
  send(message: Reply): void {
    const octets = encodeReply(message);
    const { session } = this;
    if (session.events.wants('reply')) {
      for (const line of octets.slice(0, -2).split('\r\n')) {
        session.events.emit({ event: 'reply', ...session.facts(), text: printableName(line) });
      }
    }
    this.control.write(octets);
  }

  /** The TLS material of this connection; made when first asked for. @throws WherryError `not-supported` */
  sessionTls(): SessionTls {
    const { tls } = this.options;
    if (tls === null) throw new WherryError('not-supported', 'TLS is not set up on this server');
    this.tls ??= tls.createSessionTls();
    return this.tls;
  }

  /** Takes the control connection into TLS. */
  async secureControl(): Promise<ServerHandshake> {
    const { options, session } = this;
    const handshake = await this.control.startTls({
      tls: this.sessionTls(),
      clientCertificates: options.tls?.clientCertificates ?? 'off',
      timeoutMs: options.timeouts.tlsHandshakeMs,
    });
    this.serverName = handshake.serverName;
    session.security = describeTls(handshake.socket);
    if (session.events.wants('negotiated')) {
      const description = session.security;
      session.events.emit({ event: 'negotiated', ...session.facts(), channel: 'control', description });
    }
    return handshake;
  }

  /** Lets ABOR, a kick or a lost control connection end what runs; null when it has ended. */
  setTransfer(transfer: RunningTransfer | null): void {
    this.#transfer = transfer;
    this.#announced = false;
    this.touch();
  }

  /** Says that the transfer begins; what is answered beside it is answered from here on. */
  announceTransfer(message: Reply): void {
    this.send(message);
    this.#announced = true;
    while (this.#pending[0]?.command.duringTransfer === 'answer') {
      const next = this.#pending.shift();
      if (next !== undefined) this.#answer(next);
    }
  }

  /** Ends a running transfer; its own reply follows. */
  abortTransfer(): void {
    this.#transfer?.abort();
  }

  /** Has `listener` called when the connection is over; a later one, or null, takes its place. */
  onceClosed(listener: (() => void) | null): void {
    this.#onClosed = listener;
    this.#onUnwanted = null;
  }

  /** As {@link onceClosed}, and also when the client ends its side without QUIT; it may then be called twice. */
  onceUnwanted(listener: () => void): void {
    this.#onClosed = listener;
    this.#onUnwanted = listener;
  }

  /** Takes the client for alive. */
  touch(): void {
    this.#lastActivityMs = performance.now();
    this.session.touch();
  }

  /** Watches over idle and unfinished logins; called every second or so. */
  checkTimeouts(nowMs: number): void {
    if (this.#closing || this.#transfer !== null) return;
    const { timeouts } = this.options;
    if (this.state.login.stage !== 'ready' && Date.now() - this.session.openedAt > timeouts.loginMs) {
      this.close(reply(421, 'Login took too long, closing control connection'), 'no login in time');
    } else if (this.#running === null && nowMs - this.#lastActivityMs > this.state.idleTimeoutMs) {
      this.close(reply(421, 'Idle for too long, closing control connection'), 'idle');
    }
  }

  /** Ends the connection behind what was said, and a last reply where there is one. */
  close(last: Reply | null, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.data.clear();
    if (last !== null && (this.#greeted || !this.implicitTls)) this.send(last);
    this.control.end(this.options.timeouts.closeMs);
    this.#closed(reason);
  }

  /** Drops the connection at once. */
  destroy(reason: string): void {
    this.#closed(reason);
    this.control.destroy();
  }

  /** Ends the connection with 421, and a transfer with it. */
  kick(reason: string): void {
    this.#draining = reason;
    if (this.#transfer === null) this.close(reply(421, `${reason}, closing control connection`), reason);
    else this.#transfer.abort();
  }

  /** Ends the connection with 421 once nothing runs on it. */
  drain(reason: string): void {
    this.#draining = reason;
    if (this.#running === null) this.close(reply(421, `${reason}, closing control connection`), reason);
  }

  /** Works off what has arrived, as far as order allows. */
  #pump(): void {
    if (!this.#greeted) return;
    while (!this.#closing) {
      if (this.#running !== null && this.#transfer === null) break;
      const next = this.#take();
      if (next === null) break;
      if (this.#running !== null) this.#duringTransfer(next);
      else this.#execute(next);
    }
    if (this.#inputEnded && this.#running === null && !this.#closing) {
      this.close(null, 'the client closed the connection');
      return;
    }
    this.control.setBusy(this.#running !== null);
    this.control.flush();
  }

  /** The next command to look at: queued ones first, unless one is running. */
  #take(): PendingCommand | null {
    if (this.#running === null) {
      const queued = this.#pending.shift();
      if (queued !== undefined) return queued;
    } else if (this.#pending.length >= maximumPendingCommands) {
      return null;
    }
    for (;;) {
      const event = this.control.next();
      if (event === null) return null;
      this.touch();
      if (this.#offence === 'scan') this.#offence = 'no-login';
      if (event.kind === 'telnet-answer') {
        this.control.write(Buffer.from(event.bytes).toString('latin1'));
      } else {
        const tooLong = event.kind === 'too-long';
        const next = tooLong ? this.#refuse(reply(500, 'Command line too long')) : this.#parse(event.bytes);
        if (next !== null) return next;
      }
      if (this.#closing) return null;
    }
  }

  #parse(bytes: Uint8Array): PendingCommand | null {
    const line = parseCommandLine(bytes);
    const command = this.context.commands.byVerb.get(line.verb);
    if (command === undefined) {
      if (foreignProtocol(bytes) !== null) {
        this.#offence = 'protocol';
        this.destroy('the client speaks another protocol');
        return null;
      }
      this.#log(line.verb === '' ? '(empty)' : printableName(line.verb));
      return this.#refuse(reply(500, line.verb === '' ? 'Empty command' : 'Command not understood'));
    }
    if (this.session.events.wants('command')) this.#log(describeCommand(line, command));
    if (line.hasNul || line.hasLineBreak) {
      return this.#refuse(reply(501, 'Names with NUL, CR or LF are not possible'));
    }
    return { line, command };
  }

  #log(text: string): void {
    const { session } = this;
    if (session.events.wants('command')) session.events.emit({ event: 'command', ...session.facts(), text });
  }

  /**
   * Makes a command of what is none, which answers so in its turn and forgets a RNFR or REST before it as any other
   * does. Enough of it, and the connection is over.
   */
  #refuse(message: Reply): PendingCommand | null {
    this.state.badCommands += 1;
    const ready = this.state.login.stage === 'ready';
    if (this.state.badCommands > (ready ? maximumBadCommands : maximumBadCommandsBeforeLogin)) {
      this.#offence = 'protocol';
      this.close(reply(421, 'Too many bad commands, closing control connection'), 'too many bad commands');
      return null;
    }
    const command: Command = {
      verb: '',
      syntax: '',
      summary: '',
      source: '',
      beforeLogin: true,
      run: () => {
        // It may have been a transfer, and those behind it must not take each other's ports.
        if (this.state.portsAhead) this.data.clear();
        return message;
      },
    };
    return { line: parseCommandLine(new Uint8Array()), command };
  }

  #duringTransfer(next: PendingCommand): void {
    const { command } = next;
    if (command.duringTransfer === 'abort') {
      this.#pending.unshift(next);
      this.#transfer?.abort();
    } else if (command.duringTransfer === 'answer' && this.#announced && this.#pending.length === 0) {
      this.#answer(next);
    } else {
      this.#pending.push(next);
    }
  }

  /** Runs a command beside the transfer. */
  #answer(next: PendingCommand): void {
    const result = this.#run(next);
    if (!isPending(result)) {
      if (result !== null) this.send(result);
      return;
    }
    void result.then((message) => {
      if (message !== null && !this.#closing) this.send(message);
      this.control.flush();
    });
  }

  #execute(next: PendingCommand): void {
    // Of several ports each belongs to one transfer, also to one that is refused before it uses its own.
    const meant = next.command.usesData === true && this.state.portsAhead ? this.data.next : null;
    const result = this.#run(next);
    if (!isPending(result)) {
      this.data.discard(meant);
      if (result !== null) this.send(result);
      return;
    }
    this.#running = next.command;
    void result.then((message) => {
      this.data.discard(meant);
      this.#finish(message);
    });
  }

  #finish(message: Reply | null): void {
    this.#running = null;
    this.touch();
    if (message !== null && !this.#closing) this.send(message);
    if (this.#draining !== null && !this.#closing) {
      this.close(reply(421, `${this.#draining}, closing control connection`), this.#draining);
    }
    this.#pump();
  }

  /** The gates that a row asks for, then the row itself; errors become replies here and nowhere else. */
  #run({ line, command }: PendingCommand): Awaitable<Reply | null> {
    const { pending, login } = this.state;
    const { argument } = line;
    pending.forgetAllBut(command.keeps);
    if (command.beforeLogin === undefined && login.stage !== 'ready') {
      return reply(530, 'Please log in with USER and PASS');
    }
    if (command.argument === 'none' && argument !== null && argument.trim() !== '') {
      return reply(501, `${command.verb} takes no argument`);
    }
    if (command.argument === 'required' && (argument === null || argument === '')) {
      return reply(501, `Missing argument: ${command.syntax}`);
    }
    try {
      const result = command.run(this, argument ?? '');
      return isPending(result) ? result.catch((thrown: unknown) => this.#explain(thrown)) : result;
    } catch (thrown) {
      return this.#explain(thrown);
    }
  }

  #explain(thrown: unknown): Reply {
    if (!(thrown instanceof WherryError) && this.session.events.wants('warning')) {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      this.session.events.emit({ event: 'warning', message: `Unexpected error in a command: ${text}` });
    }
    return errorReply(thrown);
  }

  /**
   * The client will send nothing more. A transfer or a long computation ends with it, as nobody waits for them any more,
   * unless the client has said QUIT: that waits for what runs.
   */
  #endInput(): void {
    this.#inputEnded = true;
    if (this.#running !== null && !this.#quits()) {
      this.#transfer?.abort();
      this.#onUnwanted?.();
    }
    this.#pump();
  }

  /** Whether QUIT is among what waits behind the running command. */
  #quits(): boolean {
    for (let next = this.#take(); next !== null; next = this.#take()) this.#pending.push(next);
    return this.#pending.some(({ command }) => command.verb === 'QUIT');
  }

  #closed(reason: string): void {
    this.#closing = true;
    this.data.abort();
    this.data.clear();
    this.#transfer?.abort();
    const listener = this.#onClosed;
    this.#onClosed = null;
    listener?.();
    // Whom we send away ourselves has done nothing.
    this.attempts.end(this.#draining === null ? this.#offence : undefined);
    this.context.onClose(this);
    this.options.sessions.remove(this.session, reason);
  }
}

function describeCommand({ verb, argument }: CommandLine, command: Command): string {
  if (argument === null) return verb;
  return command.secret === true ? `${verb} ***` : `${verb} ${printableName(argument)}`;
}
