import { type Awaitable, isPending } from '#core/awaitable.ts';
import { classifyAddress, parseAddress, sameAddress } from '../../wire/address.ts';
import {
  formatExtendedPassiveText,
  formatLongPassiveText,
  formatPassiveText,
  type Endpoint,
} from '../../wire/host-port.ts';
import { maximumPortsAhead } from '../../wire/limits.ts';
import { reply, type Reply } from '../../wire/reply.ts';
import type { FtpConnection } from '../connection.ts';
import type { PassivePort } from './passive-ports.ts';
import { admitsForeignPeer } from './open-channel.ts';

/** Ports below this belong to services that must not be talked to on a client's word (RFC 2577 section 3). */
const lowestActivePort = 1024;

const refusedAfterEpsvAll = reply(503, 'Not after EPSV ALL');

/** The family of an address as this server shows it. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/**
 * Takes the address of PORT, EPRT or LPRT for the next transfer; connects to nothing yet.
 *
 * @returns why not, or null when it is taken
 */
export function setActive(connection: FtpConnection, target: Endpoint, verb: string): Reply | null {
  const { session, state, data } = connection;
  if (state.extendedPassiveOnly) return refusedAfterEpsvAll;
  data.clear();
  const { remoteAddress } = session.endpoint;
  if (verb === 'PORT' && familyOf(remoteAddress) === 6) return reply(501, 'PORT is for IPv4, use EPRT');
  const foreign = !sameAddress(target.address, remoteAddress);
  const admitted = foreign && isUnicast(target.address) && admitsForeignPeer(connection, target.address);
  if (foreign && !admitted) return reply(504, `${verb} may name only the address you come from`);
  if (target.port < lowestActivePort && !admitted)
    return reply(504, `${verb} may not name a port below 1024`);
  data.call(target);
  return null;
}

function isUnicast(text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  const kind = classifyAddress(address);
  return kind !== 'unspecified' && kind !== 'multicast';
}

type PassiveVerb = 'PASV' | 'CPSV' | 'EPSV' | 'LPSV';

/** Opens a passive port for the next transfer and tells where it is. */
export function setPassive(connection: FtpConnection, verb: PassiveVerb): Awaitable<Reply> {
  const { session, state, data, context } = connection;
  if (state.extendedPassiveOnly && verb !== 'EPSV') return refusedAfterEpsvAll;
  const { localAddress } = session.endpoint;
  const needsIpv4 = verb === 'PASV' || verb === 'CPSV';
  if (needsIpv4 && familyOf(localAddress) === 6) {
    return reply(425, `${verb} is for IPv4, use EPSV`);
  }
  if (state.portsAhead && data.passive) {
    if (data.count >= maximumPortsAhead) return reply(503, 'Use the ports that are prepared first');
    // What is prepared for later must not keep others from what they need at once.
    if (context.passivePorts.scarce) return reply(425, 'No passive port is free to be prepared ahead');
  } else {
    data.clear();
  }
  const lending = context.passivePorts.lend(connection.boundAddress);
  if (!isPending(lending)) return announce(connection, verb, lending);
  return lending.then(
    (lease) => announce(connection, verb, lease),
    () => reply(425, 'No passive port is free, try again later'),
  );
}

/** Expects the data connection on a port and tells where it is. */
function announce(connection: FtpConnection, verb: PassiveVerb, lease: PassivePort): Reply {
  const { session, data, options } = connection;
  const { localAddress } = session.endpoint;
  if (connection.control.closed) {
    lease.giveBack();
    return reply(421, 'Closing control connection');
  }
  data.expect(lease, verb === 'CPSV');
  const { port } = lease;
  if (verb === 'EPSV') return reply(229, formatExtendedPassiveText(port));
  if (verb === 'LPSV') return reply(228, formatLongPassiveText({ address: localAddress, port }));
  return reply(
    227,
    formatPassiveText({ address: announcedAddress(connection, options.passive.announcedAddress), port }),
  );
}

/**
 * What 227 tells: the configured address, but the control connection's own to clients that reached this server on a
 * private address by a private one and would not get out and back in again, or that came through its SSH port. Those on
 * loopback are told the configured one: as a rule they are a proxy on this machine that speaks for clients outside.
 */
function announcedAddress(connection: FtpConnection, configured: string | null): string {
  const { localAddress, remoteAddress } = connection.session.endpoint;
  if (configured === null || connection.tunnelled) return localAddress;
  const peer = parseAddress(remoteAddress);
  const isInside = peer !== null && classifyAddress(peer) === 'private' && configuredIsPublic(configured);
  return isInside ? localAddress : configured;
}

function configuredIsPublic(configured: string): boolean {
  const address = parseAddress(configured);
  return address !== null && classifyAddress(address) === 'public';
}
