import { directionLetters, type ExchangeResult } from '../kex/key-derivation.ts';
import { encodeSecret, exchangeHash, type ExchangeRecord } from '../kex/exchange-hash.ts';
import {
  encodeKeyExchangeInit,
  parseKeyExchangeInit,
  type KeyExchangeInit,
} from '../kex/key-exchange-init.ts';
import { keyExchangeMethods, type KeyExchangeName } from '../kex/key-exchange-methods.ts';
import type { ClientExchange, KeyExchangeMethod } from '../kex/key-exchange-method.ts';
import { negotiate, type Agreement } from '../kex/negotiation.ts';
import { signWith } from '../keys/private-key.ts';
import {
  signatureAlgorithms,
  signatureAlgorithmsOf,
  type SignatureAlgorithm,
} from '../keys/signature-algorithms.ts';
import { createOpener, createSealer } from '../protection/protections.ts';
import { message } from '../wire/messages.ts';
import { protocolError } from '../wire/ssh-error.ts';
import { startMessage } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { proveHostKey } from './host-key-proof.ts';
import type { PacketReader } from './packet-reader.ts';
import type { PacketWriter } from './packet-writer.ts';
import type { Negotiated, ProvenHostKey, TransportOptions } from './transport-options.ts';
import { keepBytes } from '../wire/keep-bytes.ts';

/** What the key exchange needs of the transport around it. */
export interface KeyExchangeContext {
  readonly options: TransportOptions;
  readonly reader: PacketReader;
  readonly writer: PacketWriter;
  readonly ownIdentification: Buffer;
  readonly peerIdentification: Buffer;
  /** Judges the server's key; reading stops until it is settled. */
  verifyHostKey(key: ProvenHostKey, proceed: () => void): void;
  /** Our NEWKEYS is out: what waited may be written. */
  onSending(initial: boolean): void;
  /** Both directions use the new keys. */
  onComplete(negotiated: Negotiated): void;
}

/** The steps of one exchange, by what the peer has to send next. */
type Expected = 'init' | 'request' | 'reply' | 'verification' | 'new-keys';

interface Exchange {
  /** Whether it is the connection's first. */
  readonly initial: boolean;
  readonly ownInit: Buffer;
  readonly ownOffer: KeyExchangeInit;
  expected: Expected;
  peerInit: Buffer | null;
  agreement: Agreement | null;
  ignoreNext: boolean;
  client: ClientExchange | null;
  result: ExchangeResult | null;
  sent: boolean;
}

const strictMarkers = Object.freeze({
  client: 'kex-strict-c-v00@openssh.com',
  server: 'kex-strict-s-v00@openssh.com',
});
const extensionMarkers = Object.freeze({ client: 'ext-info-c', server: 'ext-info-s' });

/** Runs key exchanges of a connection, the first and all later ones (RFC 4253 sections 7 to 9). */
export class KeyExchange {
  readonly #context: KeyExchangeContext;
  #exchange: Exchange | null = null;
  #sessionId: Buffer | null = null;
  #hostKeyBlob: Buffer | null = null;
  #hostKeyAlgorithm = '';
  #strict = false;
  #peerTakesExtensions = false;

  constructor(context: KeyExchangeContext) {
    this.#context = context;
  }

  /** The hash of the first exchange, which names the connection; null before. */
  get sessionId(): Buffer | null {
    return this.#sessionId;
  }

  /** The algorithm of the host key's last signature. */
  get hostKeyAlgorithm(): string {
    return this.#hostKeyAlgorithm;
  }

  get peerTakesExtensions(): boolean {
    return this.#peerTakesExtensions;
  }

  get running(): boolean {
    return this.#exchange !== null;
  }

  /** Whether only messages of the key exchange may be sent. */
  get holdsOutput(): boolean {
    return this.#exchange !== null && !this.#exchange.sent;
  }

  /** Whether the peer may send messages of its key exchange only. */
  get holdsInput(): boolean {
    return this.#exchange !== null && (this.#exchange.initial || this.#exchange.peerInit !== null);
  }

  /** Whether not even IGNORE and DEBUG may arrive: the first exchange of a strict connection. */
  get strictNow(): boolean {
    return this.#strict && this.#exchange?.initial === true;
  }

  /** Begins an exchange unless one is running. */
  start(): void {
    if (this.#exchange !== null) return;
    const { options, writer } = this.#context;
    const initial = this.#sessionId === null;
    const ownOffer = offerOf(options, initial);
    const ownInit = encodeKeyExchangeInit(ownOffer);
    this.#exchange = {
      initial,
      ownInit,
      ownOffer,
      expected: 'init',
      peerInit: null,
      agreement: null,
      ignoreNext: false,
      client: null,
      result: null,
      sent: false,
    };
    writer.write(ownInit);
  }

  /**
   * Takes a message with a number from 20 to 49.
   *
   * @throws SshDisconnect for one that is not expected, and for whatever is wrong with it
   */
  handle(payload: Buffer): void {
    const number = payload[0] ?? 0;
    if (number === message.keyExchangeInit) {
      this.#onInit(payload);
      return;
    }
    const exchange = this.#exchange;
    if (exchange === null) throw unexpected();
    if (exchange.ignoreNext && number !== message.newKeys) {
      exchange.ignoreNext = false;
      return;
    }
    if (number === message.keyExchangeRequest && exchange.expected === 'request')
      this.#onRequest(exchange, payload);
    else if (number === message.keyExchangeReply && exchange.expected === 'reply')
      this.#onReply(exchange, payload);
    else if (number === message.newKeys && exchange.expected === 'new-keys')
      this.#onNewKeys(exchange, payload);
    else throw unexpected();
  }

  #onInit(payload: Buffer): void {
    const peerOffer = parseKeyExchangeInit(payload);
    this.start();
    const exchange = this.#exchange;
    if (exchange === null || exchange.expected !== 'init') throw unexpected();
    const { side } = this.#context.options.role;
    const peer = side === 'server' ? 'client' : 'server';
    exchange.peerInit = Buffer.from(payload);
    if (this.#sessionId === null) {
      this.#strict = peerOffer.keyExchanges.includes(strictMarkers[peer]);
      this.#peerTakesExtensions = peerOffer.keyExchanges.includes(extensionMarkers[peer]);
      if (this.#strict && this.#context.reader.lastSequence !== 0) throw unexpected();
    }
    const [client, server] =
      side === 'client' ? [exchange.ownOffer, peerOffer] : [peerOffer, exchange.ownOffer];
    const agreement = negotiate(client, server);
    exchange.agreement = agreement;
    exchange.ignoreNext = peerOffer.firstPacketFollows && !agreement.guessedRight;
    exchange.expected = side === 'server' ? 'request' : 'reply';
    if (side === 'client') {
      const method = methodOf(agreement);
      exchange.client = method.startClient();
      this.#context.writer.write(
        encodePublic(message.keyExchangeRequest, method, exchange.client.publicValue),
      );
    }
  }

  #onRequest(exchange: Exchange, payload: Buffer): void {
    const { role } = this.#context.options;
    const { agreement } = exchange;
    if (role.side !== 'server' || agreement === null) throw unexpected();
    const method = methodOf(agreement);
    const clientValue = readPublic(method, new WireReader(payload, 1), true);
    const algorithm = agreement.hostKey as SignatureAlgorithm;
    const { keyType } = signatureAlgorithms[algorithm];
    const hostKey = role.hostKeys.find((key) => key.publicKey.type === keyType);
    if (hostKey === undefined) throw unexpected();
    const { publicValue: serverValue, secret } = method.answer(clientValue);
    const { blob } = hostKey.publicKey;
    const encoded = encodeSecret(method, secret);
    const hash = exchangeHash(
      method,
      this.#record(exchange, { hostKey: blob, clientValue, serverValue }),
      encoded,
    );
    const reply = startMessage(message.keyExchangeReply).string(blob);
    writePublic(reply, method, serverValue).string(signWith(hostKey, algorithm, hash));
    this.#context.writer.write(reply.finish());
    this.#switchOutput(exchange, method, encoded, hash);
  }

  #onReply(exchange: Exchange, payload: Buffer): void {
    const { agreement, client } = exchange;
    if (agreement === null || client === null) throw unexpected();
    const method = methodOf(agreement);
    const reader = new WireReader(payload, 1);
    const blob = reader.string();
    const serverValue = readPublic(method, reader, false);
    const signature = reader.string();
    reader.end();
    const encoded = encodeSecret(method, client.finish(serverValue));
    const record = this.#record(exchange, { hostKey: blob, clientValue: client.publicValue, serverValue });
    const hash = exchangeHash(method, record, encoded);
    const proven = proveHostKey({ algorithm: agreement.hostKey, blob, signature, hash });
    const proceed = (): void => {
      this.#switchOutput(exchange, method, encoded, hash);
    };
    if (this.#hostKeyBlob === null) {
      this.#hostKeyBlob = keepBytes(blob);
      exchange.expected = 'verification';
      this.#context.verifyHostKey(proven, proceed);
    } else {
      if (!this.#hostKeyBlob.equals(blob))
        throw protocolError('The server changed its host key while connected');
      proceed();
    }
  }

  #record(
    exchange: Exchange,
    values: Pick<ExchangeRecord, 'hostKey' | 'clientValue' | 'serverValue'>,
  ): ExchangeRecord {
    const { ownIdentification: own, peerIdentification: peer, options } = this.#context;
    const peerInit = exchange.peerInit ?? Buffer.alloc(0);
    return options.role.side === 'server'
      ? {
          clientIdentification: peer,
          serverIdentification: own,
          clientInit: peerInit,
          serverInit: exchange.ownInit,
          ...values,
        }
      : {
          clientIdentification: own,
          serverIdentification: peer,
          clientInit: exchange.ownInit,
          serverInit: peerInit,
          ...values,
        };
  }

  #switchOutput(exchange: Exchange, method: KeyExchangeMethod, secret: Buffer, hash: Buffer): void {
    const { agreement } = exchange;
    if (agreement === null) throw unexpected();
    this.#sessionId ??= keepBytes(hash);
    this.#hostKeyAlgorithm = agreement.hostKey;
    const result = { digest: method.digest, secret, exchangeHash: hash, sessionId: this.#sessionId };
    exchange.result = result;
    exchange.expected = 'new-keys';
    const { writer, options } = this.#context;
    const { side } = options.role;
    writer.write(Buffer.from([message.newKeys]));
    const direction = side === 'server' ? agreement.serverToClient : agreement.clientToServer;
    writer.useSealer(createSealer(direction, result, directionLetters[side]), this.#strict);
    exchange.sent = true;
    this.#context.onSending(exchange.initial);
  }

  #onNewKeys(exchange: Exchange, payload: Buffer): void {
    const { agreement, result } = exchange;
    if (agreement === null || result === null || payload.length !== 1) throw unexpected();
    const { reader, options } = this.#context;
    const { side } = options.role;
    const peer = side === 'server' ? 'client' : 'server';
    const direction = side === 'server' ? agreement.clientToServer : agreement.serverToClient;
    reader.useOpener(createOpener(direction, result, directionLetters[peer]), this.#strict);
    this.#exchange = null;
    const { keyExchange, hostKey, clientToServer, serverToClient } = agreement;
    this.#context.onComplete({
      keyExchange,
      hostKey,
      clientToServer,
      serverToClient,
      strict: this.#strict,
      initial: exchange.initial,
    });
  }
}

function unexpected(): Error {
  return protocolError('A message of the key exchange came out of order');
}

function methodOf(agreement: Agreement): KeyExchangeMethod {
  return keyExchangeMethods[agreement.keyExchange as KeyExchangeName];
}

function encodePublic(number: number, method: KeyExchangeMethod, value: Buffer): Buffer {
  return writePublic(startMessage(number), method, value).finish();
}

function writePublic(
  writer: ReturnType<typeof startMessage>,
  method: KeyExchangeMethod,
  value: Buffer,
): ReturnType<typeof startMessage> {
  return method.publicEncoding === 'mpint' ? writer.mpint(value) : writer.string(value);
}

function readPublic(method: KeyExchangeMethod, reader: WireReader, last: boolean): Buffer {
  const value = method.publicEncoding === 'mpint' ? reader.mpint() : reader.string();
  if (last) reader.end();
  return value;
}

/** What this side offers; the markers stand in the first offer only. */
function offerOf(options: TransportOptions, initial: boolean): KeyExchangeInit {
  const { algorithms, role } = options;
  const markers = initial ? [extensionMarkers[role.side], strictMarkers[role.side]] : [];
  const direction = { ciphers: algorithms.ciphers, macs: algorithms.macs, compressions: ['none'] };
  return {
    keyExchanges: [...algorithms.keyExchanges, ...markers],
    hostKeys: role.side === 'client' ? role.hostKeyAlgorithms : servedHostKeys(options),
    clientToServer: direction,
    serverToClient: direction,
    firstPacketFollows: false,
  };
}

function servedHostKeys(options: TransportOptions): readonly string[] {
  if (options.role.side !== 'server') return [];
  const can = new Set(options.role.hostKeys.flatMap((key) => signatureAlgorithmsOf(key.publicKey.type)));
  return options.algorithms.hostKeys.filter((name) => can.has(name));
}
