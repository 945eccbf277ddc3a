import { randomBytes } from 'node:crypto';
import { message } from '../wire/messages.ts';
import { startMessage } from '../wire/wire-writer.ts';
import { WireReader } from '../wire/wire-reader.ts';

/** What a side offers for one direction. */
export interface DirectionOffer {
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compressions: readonly string[];
}

/** The fields of a KEXINIT (RFC 4253 section 7.1). */
export interface KeyExchangeInit {
  readonly keyExchanges: readonly string[];
  readonly hostKeys: readonly string[];
  readonly clientToServer: DirectionOffer;
  readonly serverToClient: DirectionOffer;
  readonly firstPacketFollows: boolean;
}

const cookieLength = 16;

/** Reads a KEXINIT. */
export function parseKeyExchangeInit(payload: Buffer): KeyExchangeInit {
  const reader = new WireReader(payload, 1 + cookieLength);
  const keyExchanges = reader.nameList();
  const hostKeys = reader.nameList();
  const [ciphersOut, ciphersIn] = [reader.nameList(), reader.nameList()];
  const [macsOut, macsIn] = [reader.nameList(), reader.nameList()];
  const [compressionsOut, compressionsIn] = [reader.nameList(), reader.nameList()];
  reader.nameList();
  reader.nameList();
  const firstPacketFollows = reader.boolean();
  reader.uint32();
  reader.end();
  return {
    keyExchanges,
    hostKeys,
    clientToServer: { ciphers: ciphersOut, macs: macsOut, compressions: compressionsOut },
    serverToClient: { ciphers: ciphersIn, macs: macsIn, compressions: compressionsIn },
    firstPacketFollows,
  };
}

/** Writes a KEXINIT with a fresh cookie. */
export function encodeKeyExchangeInit(init: KeyExchangeInit): Buffer {
  return startMessage(message.keyExchangeInit)
    .raw(randomBytes(cookieLength))
    .nameList(init.keyExchanges)
    .nameList(init.hostKeys)
    .nameList(init.clientToServer.ciphers)
    .nameList(init.serverToClient.ciphers)
    .nameList(init.clientToServer.macs)
    .nameList(init.serverToClient.macs)
    .nameList(init.clientToServer.compressions)
    .nameList(init.serverToClient.compressions)
    .nameList([])
    .nameList([])
    .boolean(init.firstPacketFollows)
    .uint32(0)
    .finish();
}
