import type { ProtocolName, TransferDirection } from './events.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { Session } from './session.ts';

/** An open session as an administrator sees it. Times are milliseconds since 1970 in UTC. */
export interface SessionRow {
  readonly id: string;
  readonly protocol: ProtocolName;
  /** Null before login. */
  readonly account: string | null;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly openedAt: number;
  /** Milliseconds without a command or a transfer. */
  readonly idleMs: number;
  /** TLS version and cipher, or the SSH algorithms; null in the clear. */
  readonly security: string | null;
  /** What it moves now; null when it moves nothing. */
  readonly transfer: TransferRow | null;
}

/** A transfer under way. */
export interface TransferRow {
  readonly direction: TransferDirection;
  readonly path: string;
  readonly startedAt: number;
  readonly bytes: number;
  /** Octets in all where they are known. */
  readonly totalBytes: number | null;
  /** On average since it began. */
  readonly bytesPerSecond: number;
}

/** The open sessions as data, the oldest first. */
export function sessionRows(registry: SessionRegistry, now = Date.now()): readonly SessionRow[] {
  return registry.list().map((session) => describe(session, now));
}

/** Which sessions are meant: one by its id, or all of an account, of an address. */
export type SessionSelector =
  { readonly id: string } | { readonly account: string } | { readonly remoteAddress: string };

/**
 * Ends sessions, and what runs on them.
 *
 * @returns how many
 */
export function kickSessions(registry: SessionRegistry, which: SessionSelector, reason: string): number {
  const chosen = registry.list().filter((session) => matches(session, which));
  for (const session of chosen) session.kick(reason);
  return chosen.length;
}

function matches(session: Session, which: SessionSelector): boolean {
  if ('id' in which) return session.id === which.id;
  if ('account' in which) return session.account?.name === which.account;
  return session.endpoint.remoteAddress === which.remoteAddress;
}

function describe(session: Session, now: number): SessionRow {
  const { id, protocol, account, endpoint, openedAt, idleMs, security, transfer } = session;
  return {
    id,
    protocol,
    account: account?.name ?? null,
    ...endpointOf(endpoint),
    openedAt,
    idleMs: Math.round(idleMs),
    security,
    transfer:
      transfer === null
        ? null
        : {
            direction: transfer.direction,
            path: transfer.path,
            startedAt: transfer.startedAt,
            bytes: transfer.bytes,
            totalBytes: transfer.total,
            bytesPerSecond: Math.round((transfer.bytes * 1000) / Math.max(1, now - transfer.startedAt)),
          },
  };
}

/** A connection may hand its socket itself as its ends. */
function endpointOf({
  remoteAddress,
  remotePort,
  localAddress,
  localPort,
}: Session['endpoint']): Session['endpoint'] {
  return { remoteAddress, remotePort, localAddress, localPort };
}
