import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { releaseMemory } from '../protection/packet-memory.ts';
import { disconnectReason, message } from '../wire/messages.ts';
import { keepBytes } from '../wire/keep-bytes.ts';
import { IdentificationReader, type Identification } from '../wire/identification.ts';
import { protocolError, SshDisconnect } from '../wire/ssh-error.ts';
import { startMessage } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { KeyExchange } from './key-exchange.ts';
import { isKernelSocket, OutputQueue } from './output-queue.ts';
import { PacketReader } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';
import { isSharedRead } from './shared-reads.ts';
import { RekeyPolicy } from './rekey-policy.ts';
import { Timers } from './timers.ts';
import type { Negotiated, ProvenHostKey, TransportOptions } from './transport-options.ts';

/** What lies above the transport. Everything it throws ends the connection with that reason. */
export interface TransportHandler {
  /** The peer has said who it is. */
  onIdentified(peer: Identification): void;
  /** The first key exchange may carry messages from now on; EXT_INFO may be written here, as the first of them. */
  onSecured(): void;
  onNegotiated(negotiated: Negotiated): void;
  /** A message that is neither of the transport nor of the key exchange; the payload may be kept. */
  onMessage(payload: Buffer): void;
  /** The peer did not understand one of our messages. */
  onUnimplemented?(payload: Buffer): void;
  /** Extensions that the peer announced (RFC 8308). */
  onExtensions(extensions: ReadonlyMap<string, Buffer>): void;
  /** Writers that found `writable` false may go on. */
  onWritable(): void;
  /** The last call: why the connection is over, null for an orderly end. */
  onClosed(error: WherryError | null): void;
}

/** The encrypted packet stream of RFC 4253 over a socket that the caller hands over, for either side. */
export class Transport {
  readonly #socket: Duplex;
  readonly #options: TransportOptions;
  readonly #handler: TransportHandler;
  readonly #output: OutputQueue;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  readonly #rekey: RekeyPolicy;
  readonly #timers = new Timers();
  readonly #abort = new AbortController();
  readonly #ownIdentification: Buffer;
  #identifications: IdentificationReader | null;
  #exchange: KeyExchange | null = null;
  #deferred: Buffer[] = [];
  #deferredBytes = 0;
  /** Chunks that came while the socket was being written to. */
  readonly #early: Buffer[] = [];
  /** Whether chunks belong to nobody but us once the socket has handed them over. */
  readonly #ownsChunks: boolean;
  #pauses = 0;
  #releaseOutputPause: (() => void) | null = null;
  #reading = false;
  #closed = false;

  constructor(socket: Duplex, options: TransportOptions, handler: TransportHandler) {
    const { limits, role } = options;
    this.#socket = socket;
    this.#ownsChunks = isKernelSocket(socket);
    this.#options = options;
    this.#handler = handler;
    this.#output = new OutputQueue(socket, () => {
      this.#onTaken();
    });
    this.#reader = new PacketReader(limits.preAuthenticationPacketLength);
    this.#writer = new PacketWriter(this.#output);
    this.#rekey = new RekeyPolicy(limits, this.#reader, this.#writer);
    this.#ownIdentification = keepBytes(Buffer.from(`SSH-2.0-${options.software}`, 'latin1'));
    this.#identifications = new IdentificationReader({
      identificationLength: limits.identificationLength,
      preambleLength: role.side === 'client' ? limits.preambleLength : 0,
    });
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onError);
    this.#output.write(Buffer.concat([this.#ownIdentification, Buffer.from('\r\n', 'latin1')]));
  }

  /** Aborted when the connection is over; its reason is the error. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The hash of the first key exchange. */
  get sessionId(): Buffer {
    const sessionId = this.#exchange?.sessionId ?? null;
    if (sessionId === null) throw protocolError('There is no session before the first key exchange');
    return sessionId;
  }

  get hostKeyAlgorithm(): string {
    return this.#exchange?.hostKeyAlgorithm ?? '';
  }

  /** Whether the peer wants to hear of extensions (RFC 8308). */
  get peerTakesExtensions(): boolean {
    return this.#exchange?.peerTakesExtensions ?? false;
  }

  /** Whether bulk data should be written now; if not, `onWritable` tells when. */
  get writable(): boolean {
    return (
      !this.#closed &&
      this.#exchange?.holdsOutput === false &&
      this.#output.queuedBytes < this.#options.limits.outputHighWater
    );
  }

  /** Packets become as long as they may after authentication. */
  allowLongPackets(): void {
    this.#reader.maximumLength = this.#options.limits.packetLength;
  }

  /** Sends a message, or keeps it until a running key exchange lets it pass. */
  send(payload: Buffer): void {
    if (this.#closed) return;
    if (this.#exchange === null || !this.#exchange.holdsOutput) {
      this.#writer.write(payload);
      return;
    }
    this.#deferredBytes += payload.length;
    if (this.#deferredBytes > this.#options.limits.deferredOutput) {
      throw protocolError('Too many requests came during a key exchange');
    }
    this.#deferred.push(payload);
  }

  /** Sends bulk data in two parts that are copied at once; only while `writable`. */
  sendData(head: Uint8Array, body: Uint8Array): void {
    this.#writer.write(head, body);
    if (this.#rekey.isDue()) this.#startExchange();
  }

  /** Stops reading until the returned function is called. */
  pause(): () => void {
    this.#pauses += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#pauses -= 1;
      if (this.#pauses === 0) this.#resume();
    };
  }

  /** Tells the peer that its last message means nothing here (RFC 4253 section 11.4). */
  sendUnimplemented(): void {
    this.send(startMessage(message.unimplemented).uint32(this.#reader.lastSequence).finish());
  }

  /** Ends the connection: tells the peer why, hands on what is written, closes the socket. */
  close(error: WherryError | null = null): void {
    if (this.#closed) return;
    const reason = error instanceof SshDisconnect ? error.reason : disconnectReason.byApplication;
    const text = error instanceof SshDisconnect ? error.message : 'The connection is closed';
    this.#writer.write(startMessage(message.disconnect).uint32(reason).string(text).string('').finish());
    this.#finish(error);
  }

  #finish(error: WherryError | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clearAll();
    this.#deferred = [];
    this.#output.end();
    this.#socket.off('data', this.#onData).resume();
    if (!this.#socket.destroyed) {
      const linger = setTimeout(() => this.#socket.destroy(), this.#options.limits.lingerMs);
      this.#socket.once('close', () => {
        clearTimeout(linger);
      });
    }
    this.#abort.abort(error ?? new WherryError('closed', 'The connection is closed'));
    this.#handler.onClosed(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#output.busy && !isSharedRead(chunk)) {
      // A stream in memory delivers an answer while the question is still being written.
      this.#early.push(chunk);
      if (this.#early.length === 1) queueMicrotask(this.#takeEarly);
      return;
    }
    this.#takeEarly();
    this.#take(chunk);
  };

  readonly #takeEarly = (): void => {
    for (const chunk of this.#early.splice(0)) this.#take(chunk);
  };

  #take(chunk: Buffer): void {
    if (this.#closed) return;
    this.#guard(() => {
      if (this.#identifications === null) {
        this.#reader.push(chunk);
      } else {
        const read = this.#identifications.push(chunk);
        if (read === null) return;
        this.#identifications = null;
        this.#reader.push(read.rest);
        this.#beginExchanges(read.identification);
      }
      this.#read();
      if (isSharedRead(chunk)) {
        this.#reader.keepRest();
        return;
      }
      // A chunk that somebody has put back into the socket may be a part of memory that others use.
      const whole = chunk.length === chunk.buffer.byteLength;
      if (this.#ownsChunks && whole && !this.#reader.pending) releaseMemory(chunk);
    });
  }

  readonly #onEnd = (): void => {
    this.#takeEarly();
    const early = this.#identifications !== null;
    this.#finish(
      new WherryError(
        'connection-lost',
        early ? 'The peer left before it said who it is' : 'The peer is gone',
      ),
    );
    this.#socket.destroy();
  };

  readonly #onError = (cause: Error): void => {
    this.#finish(toWherryError(cause, 'go on with the connection'));
    this.#socket.destroy();
  };

  #guard(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.close(toWherryError(thrown, 'go on with the connection'));
    }
  }

  #beginExchanges(peer: Identification): void {
    const { verifyHostKey } = this.#hostKeyJudge();
    this.#exchange = new KeyExchange({
      options: this.#options,
      reader: this.#reader,
      writer: this.#writer,
      ownIdentification: this.#ownIdentification,
      peerIdentification: peer.line,
      verifyHostKey,
      onSending: (initial) => {
        if (initial) this.#handler.onSecured();
        for (const payload of this.#deferred) this.#writer.write(payload);
        this.#deferred = [];
        this.#deferredBytes = 0;
        this.#handler.onWritable();
      },
      onComplete: (negotiated) => {
        this.#timers.clear('key-exchange');
        this.#timers.set('rekey', this.#options.limits.rekeyMs, () => {
          this.#guard(() => {
            this.#startExchange();
          });
        });
        this.#handler.onNegotiated(negotiated);
      },
    });
    this.#handler.onIdentified(peer);
    this.#startExchange();
  }

  #hostKeyJudge(): { readonly verifyHostKey: (key: ProvenHostKey, proceed: () => void) => void } {
    const { role } = this.#options;
    const judge = async (key: ProvenHostKey, proceed: () => void, release: () => void): Promise<void> => {
      try {
        if (role.side === 'client') await role.verifyHostKey(key, this.signal);
        if (this.#closed) return;
        this.#guard(proceed);
        release();
      } catch (thrown) {
        const error = toWherryError(thrown, 'judge the host key');
        this.close(
          error instanceof SshDisconnect
            ? error
            : new SshDisconnect(disconnectReason.hostKeyNotVerifiable, error.message, error.code),
        );
      }
    };
    return {
      verifyHostKey: (key, proceed) => {
        void judge(key, proceed, this.pause());
      },
    };
  }

  #startExchange(): void {
    if (this.#exchange === null || this.#exchange.running || this.#closed) return;
    this.#exchange.start();
    this.#watchExchange();
  }

  #watchExchange(): void {
    this.#timers.clear('rekey');
    this.#timers.set('key-exchange', this.#options.limits.keyExchangeTimeoutMs, () => {
      this.close(
        new SshDisconnect(disconnectReason.keyExchangeFailed, 'The key exchange took too long', 'timeout'),
      );
    });
  }

  /** Reads packets until there are no more, or until somebody pauses. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#pauses === 0 && !this.#closed) {
        const payload = this.#reader.next();
        if (payload === null) break;
        this.#dispatch(payload);
        this.#checkOutput();
      }
    } finally {
      this.#reading = false;
    }
    if (this.#pauses > 0 && !this.#closed) this.#socket.pause();
  }

  #resume(): void {
    if (this.#closed || this.#reading) return;
    this.#guard(() => {
      this.#read();
    });
    if (this.#pauses === 0 && !this.#closed) this.#socket.resume();
  }

  #checkOutput(): void {
    if (this.#releaseOutputPause === null && this.#output.queuedBytes > this.#options.limits.outputPause) {
      this.#releaseOutputPause = this.pause();
    }
    if (this.#rekey.isDue()) this.#startExchange();
  }

  #onTaken(): void {
    if (this.#closed) return;
    const queued = this.#output.queuedBytes;
    const { outputHighWater } = this.#options.limits;
    if (queued < outputHighWater && this.#releaseOutputPause !== null) {
      const release = this.#releaseOutputPause;
      this.#releaseOutputPause = null;
      release();
    }
    if (this.writable) {
      this.#guard(() => {
        this.#handler.onWritable();
      });
    }
  }

  #dispatch(payload: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const number = payload[0] ?? 0;
    if (number === message.disconnect) {
      this.#onDisconnect(payload);
    } else if (number >= message.keyExchangeInit && number < message.authenticationRequest) {
      const wasRunning = exchange.running;
      if (number === message.keyExchangeInit && !wasRunning) this.#rekey.countPeerStart();
      exchange.handle(payload);
      if (!wasRunning && exchange.running) this.#watchExchange();
    } else if (exchange.strictNow) {
      throw protocolError('Only messages of the key exchange may come before its end');
    } else if (number < message.serviceRequest) {
      // IGNORE, DEBUG and UNIMPLEMENTED need no answer at any time (RFC 4253 section 11).
      if (number === message.unimplemented) this.#handler.onUnimplemented?.(payload);
    } else if (exchange.holdsInput) {
      throw protocolError('Only messages of the key exchange may come before its end');
    } else if (number === message.extensionInfo) {
      this.#handler.onExtensions(parseExtensions(payload));
    } else {
      this.#handler.onMessage(payload);
    }
  }

  #onDisconnect(payload: Buffer): void {
    const reader = new WireReader(payload, 1);
    const reason = reader.uint32();
    const orderly = reason === disconnectReason.byApplication;
    const words = printableName(reader.text().slice(0, 200));
    this.#finish(
      orderly ? null : new WherryError('connection-lost', `The peer ended the connection: ${words}`),
    );
  }
}

function parseExtensions(payload: Buffer): ReadonlyMap<string, Buffer> {
  const reader = new WireReader(payload, 1);
  const extensions = new Map<string, Buffer>();
  for (let count = reader.uint32(); count > 0; count -= 1) {
    const name = reader.text();
    extensions.set(name, reader.string());
  }
  return extensions;
}
