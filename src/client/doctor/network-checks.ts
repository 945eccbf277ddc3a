import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { WherryError } from '#core/errors.ts';
import { normalizeAddress } from '#protocols/ftp/wire/address.ts';
import { stopped } from '../dial/direct.ts';
import { formatPlace } from './described-addresses.ts';
import { ok, problem, skipped, warning, type Diagnosis, type Outcome } from './finding.ts';
import type { Patient } from './patient.ts';
import type { Check } from './run-checks.ts';

/** Name resolution and the way to the port, which every protocol over TCP begins with. */
export const networkChecks: readonly Check<Patient>[] = [
  { id: 'name', title: 'name of the server', needs: [], run: resolveName },
  { id: 'port', title: 'way to the port', needs: ['name'], run: reachPort },
];

/** Finds the addresses of a host. */
export async function resolveName(patient: Patient): Promise<Outcome> {
  const { host, options, dialer } = patient;
  if (dialer !== null) return ok(`${host} is looked up at the other end of the proxy or tunnel`);
  if (isIP(host) !== 0) {
    patient.addresses = [host];
    return ok(`${host} is an address; no name has to be looked up`);
  }
  try {
    const found = await lookup(host, { all: true, family: options.family ?? 0 });
    patient.addresses = [...new Set(found.map(({ address }) => address))];
    return ok(`${host} is ${patient.addresses.join(', ')}`);
  } catch (thrown) {
    return nameProblem(host, (thrown as NodeJS.ErrnoException).code ?? '');
  }
}

function nameProblem(host: string, code: string): Outcome {
  if (code === 'EAI_AGAIN') {
    return problem('connection-refused', `${host} could not be looked up: no name server answers`, {
      side: 'here',
      cause: 'this machine reaches no name server',
      remedy: 'look at the network and the name servers of this machine (/etc/resolv.conf)',
    });
  }
  return problem('connection-refused', `${host} has no address`, {
    side: 'here',
    cause: 'the name is misspelt, or it is not in the DNS that this machine asks',
    remedy: 'check the name; names of an inner network need its own name servers or VPN',
  });
}

/** Why a connection did not come about, by the error of the system. */
const refusals: Readonly<Record<string, { readonly seen: string } & Diagnosis>> = {
  ECONNREFUSED: {
    seen: 'was refused',
    side: 'server',
    cause: 'the machine answers, but no server listens on this port, or a firewall rejects it',
    remedy:
      'check the port of the URL; at the server: start the service, see which port it listens on, and open that port',
  },
  ECONNRESET: {
    seen: 'was cut off at once',
    side: 'server',
    cause: 'something accepts the connection and drops it: a firewall, a ban, or a service that is failing',
    remedy: 'at the server: look at its log, its bans and its connection limits',
  },
  EHOSTUNREACH: {
    seen: 'finds no host there',
    side: 'network',
    cause: 'no machine has this address, or a router or firewall rejects the way to it',
    remedy: 'check the address; if it is right, see that the machine is on and that no firewall rejects you',
  },
  ENETUNREACH: {
    seen: 'finds no route',
    side: 'here',
    cause: 'this machine has no route to that network',
    remedy: 'see that this machine is on line; with --ipv4 or --ipv6 only one kind of address is used',
  },
  timeout: {
    seen: 'was not answered at all',
    side: 'network',
    cause: 'packets are dropped on the way: a firewall at the server or between, or the machine is off',
    remedy:
      'at the server and its router: let the port through; try from another network to see which side drops',
  },
};

const otherRefusal = {
  seen: 'failed',
  side: 'network',
  cause: 'the connection could not be opened',
  remedy: 'see the words of the system above',
} as const;

/** Connects to every address, and keeps the first connection that comes about. */
async function reachPort(patient: Patient, signal: AbortSignal): Promise<Outcome> {
  const { host, port, times } = patient;
  const timeUp = AbortSignal.timeout(times.connectMs);
  const either = AbortSignal.any([signal, timeUp]);
  if (patient.dialer !== null) {
    patient.socket = await patient.dialer.dial({ host, port }, { signal: either });
    patient.closers.push(() => void patient.socket?.destroy());
    return ok(`${formatPlace(host, port)} is reached through the proxy or tunnel`);
  }
  const tries = await Promise.all(patient.addresses.map((address) => tryAddress(address, port, either)));
  const told = tries.map(({ address, failure }) =>
    failure === null
      ? `${formatPlace(address, port)} answers`
      : `a connection to ${formatPlace(address, port)} ${(refusals[failure] ?? otherRefusal).seen}`,
  );
  const [first, ...others] = tries.map(({ socket }) => socket).filter((socket) => socket !== null);
  for (const other of others) other.destroy();
  const failures = tries.map(({ failure }) => failure).filter((failure) => failure !== null);
  const worst = refusals[failures[0] ?? ''] ?? otherRefusal;
  if (first === undefined) {
    const code = failures[0] === 'timeout' ? 'timeout' : 'connection-refused';
    const { side, cause, remedy } = worst;
    return problem(code, told.join('; '), { side, cause, remedy });
  }
  patient.socket = first;
  patient.closers.push(() => void patient.socket?.destroy());
  patient.remoteAddress = normalizeAddress(first.remoteAddress ?? '');
  patient.localAddress = normalizeAddress(first.localAddress ?? '');
  if (failures.length === 0) return ok(told.join('; '));
  return warning(told.join('; '), {
    side: worst.side,
    cause: `not every address of the name works: ${worst.cause}`,
    remedy: 'until that is mended, --ipv4 or --ipv6 takes the one that works',
  });
}

interface Attempt {
  readonly address: string;
  readonly socket: Socket | null;
  /** The error of the system, or `timeout`; null when it came about. */
  readonly failure: string | null;
}

function tryAddress(address: string, port: number, signal: AbortSignal): Promise<Attempt> {
  return openSocket({ host: address, port }, signal).then(
    (socket) => ({ address, socket, failure: null }),
    (thrown: unknown) => ({ address, socket: null, failure: systemErrorOf(thrown) }),
  );
}

/** The name of the system's error behind whatever was thrown, or `timeout`. */
export function systemErrorOf(thrown: unknown): string {
  if (thrown instanceof WherryError && (thrown.code === 'timeout' || thrown.code === 'aborted'))
    return 'timeout';
  const { code, cause } = (thrown ?? {}) as { code?: unknown; cause?: unknown };
  if (code === 'ETIMEDOUT') return 'timeout';
  if (thrown instanceof WherryError && cause !== undefined) return systemErrorOf(cause);
  return typeof code === 'string' ? code : 'unknown';
}

/** Opens a TCP connection; what goes wrong is the system's own error. @throws WherryError when the signal aborts */
export function openSocket(
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(stopped(signal));
      return;
    }
    const socket = connect({ ...target, noDelay: true, allowHalfOpen: true });
    const stop = (): void => {
      socket.destroy();
      reject(stopped(signal));
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', stop);
      resolve(socket);
    });
    // Stays: an error after the end of a check is nobody's.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      reject(error);
    });
  });
}

/** For checks that a proxy makes impossible. */
export function notThroughDialer(): Outcome {
  return skipped('not possible through a proxy or tunnel');
}
