import { permissions } from '#core/permission.ts';
import type { EventName, EventOf, ProtocolName, ServerEvent } from '#engine/events.ts';

/**
 * How something ended. `unknown` is said after a kill of a change that was begun: it may have come about or not.
 */
export type AuditOutcome = (typeof auditOutcomes)[number];

/** All of {@link AuditOutcome}. */
export const auditOutcomes = ['completed', 'failed', 'aborted', 'refused', 'unknown'] as const;

/** What records tell of, beside changes to how the server is run (`user.set`) and rights that were refused. */
export const recordedEvents: readonly string[] = [
  'login',
  'logout',
  'connection',
  'upload',
  'download',
  'delete',
  'rename',
  'make-directory',
  'remove-directory',
  'set-attributes',
  'make-link',
  'copy',
  'ban',
  'unban',
];

/** Whether there can be records of an event. */
export function isRecorded(event: string): boolean {
  return recordedEvents.includes(event) || permissionNames.has(event) || /^[a-z-]+\.[a-z.-]+$/u.test(event);
}

/** One line of the audit: who did what to which file, when, from where, and what came of it. */
export interface AuditRecord {
  /** Milliseconds since 1970 in UTC. */
  readonly time: number;
  /** `login`, `logout`, `connection`, `upload`, `download`, `delete`, `rename`, `ban`, `user.set` and the like. */
  readonly event: string;
  readonly outcome: AuditOutcome;
  readonly protocol: ProtocolName | null;
  readonly account: string | null;
  readonly remoteAddress: string | null;
  readonly session: string | null;
  readonly path: string | null;
  /** The new name of a rename, the source of a copy, the network of a ban, whom an administrator has changed. */
  readonly target: string | null;
  readonly bytes: number | null;
  readonly durationMs: number | null;
  /** SHA-256 of the file, hex, where the policy asks for it. */
  readonly sha256: string | null;
  /** The method of a login, the reason of a refusal, the rule of a denial. */
  readonly detail: string | null;
}

const permissionNames: ReadonlySet<string> = new Set(permissions);

type SomeFacts = Partial<Omit<AuditRecord, 'time' | 'event' | 'outcome'>>;

/** What an event says of itself; complete where it has a time, whose value is put in later. */
type Facts =
  | (SomeFacts & Pick<AuditRecord, 'event' | 'outcome'> & { readonly time?: never })
  | { -readonly [Field in keyof AuditRecord]: AuditRecord[Field] };

/** The events that the audit tells of. Listings are left out: they change nothing and are many. */
export const auditedEvents = [
  'login-accepted',
  'login-refused',
  'session-closed',
  'session-refused',
  'transfer-finished',
  'file-changed',
  'denied',
  'ban-added',
  'ban-removed',
  'administration',
] as const satisfies readonly EventName[];

/** An event that the audit tells of. */
export type AuditedEvent = EventOf<(typeof auditedEvents)[number]>;

const audited: ReadonlySet<EventName> = new Set(auditedEvents);

/** Whether the audit tells of an event. */
export function isAudited(event: ServerEvent): event is ServerEvent & AuditedEvent {
  return audited.has(event.event);
}

const describers: {
  readonly [Name in AuditedEvent['event']]: (event: EventOf<Name>) => Facts | null;
} = {
  'login-accepted': (event) => ({
    ...who(event),
    event: 'login',
    outcome: 'completed',
    detail: event.method,
  }),
  'login-refused': (event) => ({
    ...who(event),
    event: 'login',
    outcome: 'refused',
    account: event.user,
    detail: `${event.method}: ${event.reason}`,
  }),
  'session-closed': (event) =>
    event.account === null
      ? null
      : {
          ...who(event),
          event: 'logout',
          outcome: 'completed',
          durationMs: event.durationMs,
          detail: event.reason,
        },
  'session-refused': ({ protocol, remoteAddress, reason }) => ({
    event: 'connection',
    outcome: 'refused',
    protocol,
    remoteAddress,
    detail: reason,
  }),
  // Written out, because it happens ten thousand times a second.
  'transfer-finished': (event) =>
    event.direction === 'listing'
      ? null
      : {
          time: 0,
          event: event.direction,
          outcome: event.result,
          protocol: event.protocol,
          account: event.account,
          remoteAddress: event.remoteAddress,
          session: event.session,
          path: event.path,
          target: null,
          bytes: event.bytes,
          durationMs: event.durationMs,
          sha256: event.sha256,
          detail: event.reason,
        },
  'file-changed': (event) => ({
    ...who(event),
    event: event.action,
    outcome: 'completed',
    path: event.path,
    target: event.other,
  }),
  denied: (event) => ({
    ...who(event),
    event: event.action,
    outcome: 'refused',
    path: event.path,
    detail: event.rule,
  }),
  'ban-added': ({ network, reason, source }) => ({
    event: 'ban',
    outcome: 'completed',
    target: network,
    detail: `${source}: ${reason}`,
  }),
  'ban-removed': ({ network }) => ({ event: 'unban', outcome: 'completed', target: network }),
  administration: ({ actor, remoteAddress, action, target, outcome, detail }) => ({
    event: action,
    outcome,
    account: actor,
    remoteAddress,
    target,
    detail,
  }),
};

/** What the audit says of an event; null when it says nothing. */
export function toAuditRecord(event: AuditedEvent, time: number): AuditRecord | null {
  const describe = describers[event.event] as (event: AuditedEvent) => Facts | null;
  const facts = describe(event);
  if (facts === null) return null;
  if (facts.time === undefined) return { ...blank, ...facts, time };
  facts.time = time;
  return facts;
}

/** What is left of a change that was begun when the server was killed. */
export function unfinishedRecord(begun: EventOf<'change-begun'>, time: number): AuditRecord {
  // Written out as well: each upload begins with one.
  return {
    time,
    event: begun.action,
    outcome: 'unknown',
    protocol: begun.protocol,
    account: begun.account,
    remoteAddress: begun.remoteAddress,
    session: begun.session,
    path: begun.path,
    target: begun.other,
    bytes: null,
    durationMs: null,
    sha256: null,
    detail: 'the server ended while this was being done',
  };
}

const blank = {
  protocol: null,
  account: null,
  remoteAddress: null,
  session: null,
  path: null,
  target: null,
  bytes: null,
  durationMs: null,
  sha256: null,
  detail: null,
} as const;

function who({
  protocol,
  account,
  remoteAddress,
  session,
}: Pick<EventOf<'login-accepted'>, 'protocol' | 'account' | 'remoteAddress' | 'session'>): SomeFacts {
  return { protocol, account, remoteAddress, session };
}
