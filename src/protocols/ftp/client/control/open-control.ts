import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FtpClientOptions, FtpClientTimes } from '../options.ts';

/** A connected transport, and where it leads as far as this machine knows. */
export interface OpenedControl {
  readonly transport: Duplex;
  /** The numeric address that was reached; null behind a dialer. */
  readonly remoteAddress: string | null;
  /** This machine's address on it; null behind a dialer. */
  readonly localAddress: string | null;
}

const mappedPrefix = '::ffff:';
/** Between two probes of the kernel: well below what NATs remember an idle connection for. */
const keepAliveDelayMs = 60_000;

/**
 * Opens the TCP connection of control, trying each address of a name.
 *
 * @throws WherryError `connection-refused`, `not-found` for a name without address, `timeout`, `aborted`
 */
export async function openControl(
  options: FtpClientOptions,
  port: number,
  times: FtpClientTimes,
): Promise<OpenedControl> {
  const timeout = AbortSignal.timeout(times.connectMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const { host, dialer } = options;
  try {
    if (dialer !== undefined) {
      const transport = await dialer.dial({ host, port }, { signal });
      return { transport, remoteAddress: null, localAddress: null };
    }
    const socket = await connectSocket(options, port, signal);
    return {
      transport: socket,
      remoteAddress: plainAddress(socket.remoteAddress ?? ''),
      localAddress: plainAddress(socket.localAddress ?? ''),
    };
  } catch (thrown) {
    if (options.signal?.aborted === true)
      throw new WherryError('aborted', 'The attempt to connect was stopped');
    if (timeout.aborted) {
      throw new WherryError(
        'timeout',
        `No connection to ${host} port ${port} came about in time: it may be filtered on the way`,
        {
          cause: thrown,
        },
      );
    }
    throw explain(thrown, host, port);
  }
}

async function connectSocket(options: FtpClientOptions, port: number, signal: AbortSignal): Promise<Socket> {
  const { host, family, localAddress } = options;
  const socket = connect({
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
    ...(family === undefined ? {} : { family }),
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  const stop = (): void => void socket.destroy(new Error('aborted'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.removeAllListeners('error').removeAllListeners('connect');
  }
  return socket;
}

function explain(thrown: unknown, host: string, port: number): WherryError {
  if (thrown instanceof WherryError) return thrown;
  const { code, errors } = thrown as { code?: unknown; errors?: unknown };
  const first = Array.isArray(errors) ? (errors[0] as { code?: unknown }).code : code;
  if (first === 'ENOTFOUND' || first === 'EAI_AGAIN' || first === 'EAI_NODATA') {
    return new WherryError(
      'connection-refused',
      `The name ${host} has no address${first === 'EAI_AGAIN' ? ': the name server does not answer' : ''}`,
      {
        cause: thrown,
        retryable: first === 'EAI_AGAIN',
      },
    );
  }
  const error = toWherryError(Object.assign(new Error('connect'), { code: first }), 'connect');
  return new WherryError(
    error.code === 'io' ? 'connection-refused' : error.code,
    `Nothing answers at ${host} port ${port}: ${reasons[String(first)] ?? 'the connection was refused'}`,
    {
      cause: thrown,
    },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused, no server listens there',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to its network',
  ECONNRESET: 'the connection was closed at once',
  ETIMEDOUT: 'it did not answer in time',
};

/** An address without scope, IPv4 in IPv6 as plain IPv4. */
function plainAddress(address: string): string {
  const bare = address.split('%', 1)[0] ?? '';
  return bare.startsWith(mappedPrefix) && isIP(bare.slice(mappedPrefix.length)) === 4
    ? bare.slice(mappedPrefix.length)
    : bare;
}
