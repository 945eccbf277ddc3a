import { createHash } from 'node:crypto';
import { WireWriter } from '../wire/wire-writer.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';

/** What both sides have seen of a key exchange. */
export interface ExchangeRecord {
  readonly clientIdentification: Buffer;
  readonly serverIdentification: Buffer;
  readonly clientInit: Buffer;
  readonly serverInit: Buffer;
  readonly hostKey: Buffer;
  readonly clientValue: Buffer;
  readonly serverValue: Buffer;
}

/** The secret as it goes into hashes. */
export function encodeSecret(method: KeyExchangeMethod, secret: Buffer): Buffer {
  const writer = new WireWriter();
  return (method.secretEncoding === 'mpint' ? writer.mpint(secret) : writer.string(secret)).finish();
}

/** The exchange hash H (RFC 4253 section 8, RFC 5656 section 4). */
export function exchangeHash(method: KeyExchangeMethod, record: ExchangeRecord, secret: Buffer): Buffer {
  const writer = new WireWriter()
    .string(record.clientIdentification)
    .string(record.serverIdentification)
    .string(record.clientInit)
    .string(record.serverInit)
    .string(record.hostKey);
  for (const value of [record.clientValue, record.serverValue]) {
    if (method.publicEncoding === 'mpint') writer.mpint(value);
    else writer.string(value);
  }
  return createHash(method.digest).update(writer.finish()).update(secret).digest();
}
