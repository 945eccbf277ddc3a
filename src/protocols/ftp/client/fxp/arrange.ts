import { isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { classifyAddress, parseAddress } from '../../wire/address.ts';
import {
  formatExtendedPort,
  formatHostPort,
  parseExtendedPassiveText,
  parsePassiveText,
} from '../../wire/host-port.ts';
import type { Reply } from '../../wire/reply.ts';
import type { ExclusiveControl } from '../ftp-connection.ts';
import { isUnknownCommand } from '../reply-errors.ts';
import { otherRole, type FxpWay, type Role } from './fxp-options.ts';

/** One way did not work; another may. */
export class WayFailure extends WherryError {
  /** The role that the server cannot play in any way; null when the way as a whole failed. */
  readonly unfit: { readonly role: Role; readonly as: 'passive' | 'active' } | null;

  constructor(reason: string, unfit: WayFailure['unfit'] = null) {
    super('not-supported', reason);
    this.unfit = unfit;
  }
}

/** The two servers, each with its control connection to ourselves alone. */
export type FxpControls = Readonly<Record<Role, ExclusiveControl>>;

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Has one server listen and tells the other where, so that the next transfer commands meet.
 *
 * @throws WayFailure what a server refuses
 * @throws WherryError why a connection is lost
 */
export async function arrange(controls: FxpControls, way: FxpWay): Promise<void> {
  const { passive, tls } = way;
  if (tls?.verb === 'SSCN') {
    const reply = await controls[tls.client].command('SSCN', 'ON');
    if (reply.code >= 300) throw new WayFailure(refusal(tls.client, 'SSCN ON', reply));
  }
  const endpoint = await openPort(controls[passive], passive, tls?.verb === 'CPSV');
  await tell(controls[otherRole(passive)], otherRole(passive), endpoint);
}

/** Undoes what {@link arrange} leaves behind in a session. */
export async function disarrange(controls: FxpControls, { tls }: FxpWay): Promise<void> {
  if (tls?.verb === 'SSCN') await Promise.allSettled([controls[tls.client].command('SSCN', 'OFF')]);
}

async function openPort(control: ExclusiveControl, role: Role, asTlsClient: boolean): Promise<Endpoint> {
  const { remoteAddress } = control.session;
  const verbs = asTlsClient ? ['CPSV'] : isIP(remoteAddress ?? '') === 6 ? ['EPSV'] : ['PASV', 'EPSV'];
  let refused = '';
  for (const verb of verbs) {
    const reply = await control.command(verb);
    if (reply.code < 300) return readEndpoint(verb, reply, remoteAddress);
    refused = refusal(role, verb, reply);
    if (!isUnknownCommand(reply)) break;
  }
  throw new WayFailure(refused, asTlsClient ? null : { role, as: 'passive' });
}

/**
 * The address is the one that this program reached the server at, not the one in its reply: whoever names another
 * machine's address would have the other server call that. Only behind a proxy is there nothing else to go by.
 */
function readEndpoint(verb: string, reply: Reply, remoteAddress: string | null): Endpoint {
  const text = reply.lines.join(' ');
  try {
    if (verb === 'EPSV') {
      if (remoteAddress === null) {
        throw new WayFailure('the address of a server behind a proxy is not known');
      }
      return { address: remoteAddress, port: parseExtendedPassiveText(text) };
    }
    const { address, port } = parsePassiveText(text);
    if (remoteAddress !== null) return { address: remoteAddress, port };
    const parsed = parseAddress(address);
    if (parsed !== null && classifyAddress(parsed) === 'public') return { address, port };
  } catch (thrown) {
    throw thrown instanceof WayFailure ? thrown : new WayFailure((thrown as Error).message);
  }
  throw new WayFailure('the address that a server behind a proxy names is not reachable from elsewhere');
}

async function tell(control: ExclusiveControl, role: Role, endpoint: Endpoint): Promise<void> {
  const ways: readonly (readonly [verb: string, argument: string])[] =
    isIP(endpoint.address) === 6
      ? [['EPRT', formatExtendedPort(endpoint)]]
      : [
          ['PORT', formatHostPort(endpoint)],
          ['EPRT', formatExtendedPort(endpoint)],
        ];
  let refused = '';
  for (const [verb, argument] of ways) {
    const reply = await control.command(verb, argument);
    if (reply.code < 300) return;
    refused = refusal(role, verb, reply);
    // 504 is what a server says that knows the command and forbids the address.
    if (reply.code === 504 || !isUnknownCommand(reply)) break;
  }
  throw new WayFailure(refused, { role, as: 'active' });
}

/** `the target answers PORT with 504 Not to that address`. */
export function refusal(role: Role, verb: string, reply: Reply): string {
  const text = printableName(reply.lines.join(' ').trim().slice(0, 200));
  return `the ${role} answers ${verb} with ${reply.code}${text === '' ? '' : ` ${text}`}`;
}
