import type { EventName } from '#engine/events.ts';

/** How much a log tells. */
export type LogDetail = 'warnings' | 'transfers' | 'commands';

const warnings: readonly EventName[] = [
  'ready',
  'stopping',
  'stopped',
  'warning',
  'session-refused',
  'login-refused',
  'ban-added',
  'ban-removed',
  'administration',
];

const transfers: readonly EventName[] = [
  ...warnings,
  'session-opened',
  'session-closed',
  'login-accepted',
  'transfer-finished',
  'file-changed',
  'denied',
];

const namesByDetail: Readonly<Record<LogDetail, readonly EventName[] | undefined>> = {
  warnings,
  transfers,
  commands: [...transfers, 'negotiated', 'command', 'reply', 'transfer-started'],
};

/** The events that a log of this detail hears; undefined for all. */
export function eventsOf(detail: LogDetail): readonly EventName[] | undefined {
  return namesByDetail[detail];
}
