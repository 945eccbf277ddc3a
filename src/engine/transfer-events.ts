import type { EventOf, TransferDirection } from './events.ts';
import type { Session, TransferProgress } from './session.ts';

/** A transfer, as far as it is told. */
interface ToldTransfer {
  readonly session: Session;
  readonly direction: TransferDirection;
  readonly path: string;
  /** Whether line ends were converted. */
  readonly text?: boolean | undefined;
}

// Both events are written out and not put together, since they happen ten thousand times a second.

/** Says what a transfer came to. */
export function reportTransfer(
  { session, direction, path, text }: ToldTransfer,
  { startedAt, bytes }: TransferProgress,
  { result, reason, sha256 }: Pick<EventOf<'transfer-finished'>, 'result' | 'reason' | 'sha256'>,
): void {
  if (!session.events.wants('transfer-finished')) return;
  const { session: id, protocol, remoteAddress, remotePort, account } = session.facts();
  const event: EventOf<'transfer-finished'> = {
    event: 'transfer-finished',
    session: id,
    protocol,
    remoteAddress,
    remotePort,
    account,
    direction,
    path,
    bytes,
    durationMs: Date.now() - startedAt,
    result,
    reason,
    sha256,
  };
  session.events.emit(text === true ? { ...event, text } : event);
}

/** Says that an upload is about to take its name, for a record that outlives a kill between that and the report. */
export function beginChange(session: Session, path: string): void {
  if (!session.events.wants('change-begun')) return;
  const { session: id, protocol, remoteAddress, remotePort, account } = session.facts();
  session.events.emit({
    event: 'change-begun',
    session: id,
    protocol,
    remoteAddress,
    remotePort,
    account,
    action: 'upload',
    path,
    other: null,
  });
}
