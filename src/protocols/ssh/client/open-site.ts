import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConversationListener } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { algorithmSets } from '../algorithms.ts';
import {
  formatKnownHost,
  judgeHostKey,
  knownHostName,
  preferredHostKeyAlgorithms,
  type KnownHost,
} from '../keys/known-hosts.ts';
import { fingerprintOf } from '../keys/public-key.ts';
import { sharedReadMemory } from '../transport/shared-reads.ts';
import type { Negotiated, ProvenHostKey } from '../transport/transport-options.ts';
import { connectSsh, type SshClientConnection } from './client-connection.ts';
import type { SshClientEvent } from './client-options.ts';
import { stoppedError } from './stopped.ts';
import { defaultSshPort, type HostKeyQuestion, type SshSiteOptions } from './site-options.ts';

const defaultConnectTimeoutMs = 30_000;

/** A connection that is logged in, and what was agreed on the way there. */
export interface SshSite {
  readonly ssh: SshClientConnection;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The server's identification without `SSH-2.0-`. */
  readonly software: string;
  /** `SSH` and the algorithms of the first key exchange. */
  readonly security: string;
}

/**
 * Calls an SSH server, judges its key and logs in.
 *
 * @throws WherryError `connection-refused`, `timeout`, `aborted`, `login-refused`, `not-trusted`, `connection-lost`,
 *   `protocol`, `integrity`
 */
export async function openSshSite(options: SshSiteOptions): Promise<SshSite> {
  const { host, port = defaultSshPort, user, connectTimeoutMs = defaultConnectTimeoutMs } = options;
  const timeUp = AbortSignal.timeout(connectTimeoutMs);
  const signal = options.signal === undefined ? timeUp : AbortSignal.any([options.signal, timeUp]);
  const tell = options.onConversation ?? (() => undefined);
  tell({ kind: 'status', text: `Calling ${printableName(host)} port ${port}` });
  let socket: Duplex | null = null;
  let software = '';
  let security = 'SSH';
  try {
    socket = await (options.dialer ?? directDialer(options.addressFamily)).dial({ host, port }, { signal });
    const algorithms = options.algorithms ?? algorithmSets.compatible;
    const name = knownHostName(host, port);
    const known = options.knownHosts ?? [];
    const ssh = await connectSsh(socket, {
      user,
      credentials: options.credentials,
      algorithms,
      hostKeyAlgorithms: preferredHostKeyAlgorithms(known, name, algorithms.hostKeys),
      verifyHostKey: (key, whileWanted) => verify(options, { host, port, key }, whileWanted),
      onHostKeys: options.onHostKeys,
      limits: {
        authenticationTimeoutMs: connectTimeoutMs,
        ...(options.keepAliveMs === undefined ? {} : { keepAliveMs: options.keepAliveMs }),
      },
      signal,
      onEvent: (event) => {
        if (event.event === 'identified') software = event.software;
        if (event.event === 'negotiated' && event.initial) security = describeSecurity(event);
        narrate(event, tell);
      },
    });
    return { ssh, host, port, user, software, security };
  } catch (thrown) {
    socket?.destroy();
    const error = explainFailure(thrown, options, timeUp);
    tell({ kind: 'error', text: error.message });
    throw error;
  }
}

function explainFailure(thrown: unknown, { host, signal }: SshSiteOptions, timeUp: AbortSignal): WherryError {
  const action = `connect to ${printableName(host)}`;
  if (signal?.aborted === true) return stoppedError(signal, action);
  if (timeUp.aborted) return new WherryError('timeout', `Cannot ${action}: it took too long`);
  return toWherryError(thrown, action);
}

/** Opens TCP connections straight from this machine. */
function directDialer(family: 4 | 6 | undefined): Dialer {
  return {
    dial: ({ host, port }, { signal }) =>
      new Promise((resolve, reject) => {
        const socket: Socket = connect({
          host,
          port,
          onread: {
            buffer: sharedReadMemory,
            callback: (length) => {
              socket.emit('data', sharedReadMemory.subarray(0, length));
              // Without it the end of the connection would not be seen once nobody listens any more.
              return true;
            },
          },
          noDelay: true,
          allowHalfOpen: true,
          ...(family === undefined ? {} : { family }),
        });
        const settle = (): void => {
          signal.removeEventListener('abort', onAbort);
          socket.off('error', onError);
        };
        const onAbort = (): void => {
          settle();
          socket.destroy();
          reject(new WherryError('aborted', 'The call was stopped'));
        };
        const onError = (cause: NodeJS.ErrnoException): void => {
          settle();
          reject(explainDialing(cause, host));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        socket.once('error', onError).once('connect', () => {
          settle();
          resolve(socket);
        });
        if (signal.aborted) onAbort();
      }),
  };
}

function explainDialing(cause: NodeJS.ErrnoException, host: string): WherryError {
  const name = printableName(host);
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN') {
    return new WherryError('connection-refused', `Cannot connect to ${name}: no such host is known`, {
      cause,
      retryable: cause.code === 'EAI_AGAIN',
    });
  }
  return toWherryError(cause, `connect to ${name}`);
}

/** Puts the key to the known hosts, and then to whoever decides. */
async function verify(
  options: SshSiteOptions,
  server: { readonly host: string; readonly port: number; readonly key: ProvenHostKey },
  signal: AbortSignal,
): Promise<void> {
  const { host, port, key } = server;
  const name = knownHostName(host, port);
  const found = judgeHostKey(options.knownHosts ?? [], name, key, Date.now());
  const question: HostKeyQuestion = {
    host,
    port,
    publicKey: key.publicKey,
    fingerprint: fingerprintOf(key.publicKey.blob),
    verdict: found.verdict,
    lineNumbers:
      found.verdict === 'changed' ? found.lineNumbers : found.verdict === 'revoked' ? [found.lineNumber] : [],
    ...(found.verdict === 'changed'
      ? { knownFingerprints: fingerprintsAt(found.lineNumbers, options.knownHosts ?? [], key.publicKey.type) }
      : {}),
    knownHostsLine: formatKnownHost(name, key.publicKey),
  };
  const { fingerprint, verdict } = question;
  options.onConversation?.({
    kind: 'status',
    text: `The host key is ${key.publicKey.type} ${fingerprint}, ${verdictWords[verdict]}`,
  });
  const judge = options.judgeHostKey ?? (({ verdict }) => verdict === 'known');
  if (verdict === 'revoked' || !(await judge(question, signal))) {
    throw new WherryError(
      'not-trusted',
      `The host key ${fingerprint} of ${printableName(host)} is not trusted: it is ${verdictWords[verdict]}`,
    );
  }
}

function fingerprintsAt(
  lineNumbers: readonly number[],
  lines: readonly KnownHost[],
  keyType: string,
): readonly string[] {
  return lines
    .filter((line) => line.marker === null && lineNumbers.includes(line.lineNumber))
    .sort((one, other) => Number(other.keyType === keyType) - Number(one.keyType === keyType))
    .map((line) => fingerprintOf(line.blob));
}

const verdictWords: Readonly<Record<HostKeyQuestion['verdict'], string>> = {
  known: 'known',
  unknown: 'not known yet',
  changed: 'not the one that is known',
  revoked: 'revoked',
};

function describeSecurity({ keyExchange, hostKey, clientToServer }: Negotiated): string {
  const { cipher, mac } = clientToServer;
  return ['SSH', keyExchange, hostKey, cipher, ...(mac === null ? [] : [mac])].join(' ');
}

function narrate(event: SshClientEvent, tell: ConversationListener): void {
  if (event.event === 'identified') {
    tell({ kind: 'reply', text: `The server is ${printableName(event.software)}` });
  } else if (event.event === 'negotiated') {
    tell({
      kind: 'status',
      text: `${event.initial ? 'Agreed on' : 'New keys with'} ${describeSecurity(event)}`,
    });
  } else if (event.event === 'banner') {
    for (const line of event.text.split('\n')) if (line !== '') tell({ kind: 'reply', text: line });
  } else if (event.event === 'authentication') {
    tell({ kind: 'reply', text: `Login by ${event.method}: ${outcomeWords[event.outcome]}` });
  } else {
    tell({ kind: 'status', text: event.error === null ? 'The connection has ended' : event.error.message });
  }
}

const outcomeWords = Object.freeze({
  accepted: 'accepted',
  partial: 'accepted, and more is wanted',
  refused: 'refused',
});
