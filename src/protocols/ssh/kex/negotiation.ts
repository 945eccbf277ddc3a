import { SshDisconnect } from '../wire/ssh-error.ts';
import { disconnectReason } from '../wire/messages.ts';
import { isAuthenticatedCipher } from '../protection/protections.ts';
import type { DirectionOffer, KeyExchangeInit } from './key-exchange-init.ts';

/** What was agreed for one direction. */
export interface DirectionAgreement {
  readonly cipher: string;
  /** Null where the cipher authenticates by itself. */
  readonly mac: string | null;
}

/** What two KEXINITs lead to. */
export interface Agreement {
  readonly keyExchange: string;
  readonly hostKey: string;
  readonly clientToServer: DirectionAgreement;
  readonly serverToClient: DirectionAgreement;
  /** Whether the client's guess of the first method was right; a wrong guess makes its next packet void. */
  readonly guessedRight: boolean;
}

/** The names in a list of key exchanges that announce an ability and name no method. */
const markers: ReadonlySet<string> = new Set([
  'ext-info-c',
  'ext-info-s',
  'kex-strict-c-v00@openssh.com',
  'kex-strict-s-v00@openssh.com',
]);

/**
 * The first entry of the client that the server has as well, for each list (RFC 4253 section 7.1).
 *
 * @throws SshDisconnect (`protocol`, reason KEY_EXCHANGE_FAILED) where there is none, with both lists in its words
 */
export function negotiate(client: KeyExchangeInit, server: KeyExchangeInit): Agreement {
  const keyExchange = firstCommon('key exchange', client.keyExchanges, server.keyExchanges);
  const hostKey = firstCommon('host key', client.hostKeys, server.hostKeys);
  return {
    keyExchange,
    hostKey,
    clientToServer: negotiateDirection('client to server', client.clientToServer, server.clientToServer),
    serverToClient: negotiateDirection('server to client', client.serverToClient, server.serverToClient),
    guessedRight:
      client.keyExchanges[0] === server.keyExchanges[0] && client.hostKeys[0] === server.hostKeys[0],
  };
}

function negotiateDirection(
  direction: string,
  client: DirectionOffer,
  server: DirectionOffer,
): DirectionAgreement {
  firstCommon(`compression ${direction}`, client.compressions, server.compressions);
  const cipher = firstCommon(`cipher ${direction}`, client.ciphers, server.ciphers);
  const mac = isAuthenticatedCipher(cipher)
    ? null
    : firstCommon(`MAC ${direction}`, client.macs, server.macs);
  return { cipher, mac };
}

function firstCommon(what: string, client: readonly string[], server: readonly string[]): string {
  const offered = new Set(server);
  const found = client.find((name) => offered.has(name) && !markers.has(name));
  if (found !== undefined) return found;
  throw new SshDisconnect(
    disconnectReason.keyExchangeFailed,
    `Cannot agree on a ${what}: the client offers ${listed(client)}, the server ${listed(server)}`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.filter((name) => !markers.has(name)).map((name) => name.replace(/[^!-~]/g, '?'));
  return shown.join(',').slice(0, 500) || 'nothing';
}
