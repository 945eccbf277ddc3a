import { isIP } from 'node:net';
import { classifyAddress, parseAddress, type AddressKind } from '#protocols/ftp/wire/address.ts';

/** What an address is for; `public` also for what is none, such as a name behind a proxy. */
export function kindOfAddress(address: string): AddressKind {
  const parsed = parseAddress(address);
  return parsed === null ? 'public' : classifyAddress(parsed);
}

/** Whether a machine elsewhere on the internet could not call this address. */
export function isInnerAddress(address: string): boolean {
  return kindOfAddress(address) !== 'public';
}

/** A port at an address as people write it. */
export function formatPlace(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
