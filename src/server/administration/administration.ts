import type { AccountDatabase } from '#accounts/index.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { EventBus } from '#engine/events.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { HttpServices } from '#protocols/http/server/services.ts';
import type { UsageLedger } from '#engine/quota/usage-ledger.ts';
import type { AccountTrees } from '../account-trees.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { BanList } from '../bans/ban-list.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { administratorHandlers } from './administrator-handlers.ts';
import { administratorLookup } from './administrators.ts';
import { authorityHandlers } from './authority-handlers.ts';
import type { ConfigAccess } from './config-access.ts';
import { configHandlers } from './config-handlers.ts';
import { followLog } from './follow-log.ts';
import { groupHandlers } from './group-handlers.ts';
import type { ServerAccess } from './server-access.ts';
import { serverHandlers } from './server-handlers.ts';
import { sessionHandlers } from './session-handlers.ts';
import { logHandlers } from './log-handlers.ts';
import { forgetAccount } from '../shares/forget-account.ts';
import { TokenStore } from './token-store.ts';
import { usageHandlers } from './usage-handlers.ts';
import { userHandlers } from './user-handlers.ts';

/** What the administration stands on, in a running server or over the databases alone. */
export interface AdministrationParts {
  readonly database: AccountDatabase;
  readonly state: StateDatabase;
  readonly sessions: SessionRegistry;
  readonly bans: BanList;
  readonly usage: UsageLedger;
  readonly trees: Pick<AccountTrees, 'of'>;
  /** Opened when it is first asked for; null where nothing is kept. */
  readonly audit: () => Awaitable<Pick<AuditTrail, 'search'> | null>;
  readonly events: EventBus;
  readonly config: ConfigAccess;
  readonly server: ServerAccess;
  readonly metrics: HttpServices['metrics'];
  readonly isReady: () => boolean;
}

/** Puts the administration together: an answer for every route, who may ask, and what is noted of it. */
export function administration(parts: AdministrationParts): HttpServices {
  const { database, sessions, events } = parts;
  const tokens = new TokenStore(parts.state);
  return {
    version: parts.server.version,
    administrators: administratorLookup(database, tokens),
    handlers: {
      ...userHandlers({
        database,
        tokens,
        config: parts.config,
        forget: (account) => forgetAccount(parts.state, account),
      }),
      ...usageHandlers(database, parts.usage, parts.trees),
      ...authorityHandlers(database),
      ...groupHandlers(database),
      ...logHandlers(database, parts.audit),
      ...administratorHandlers(database, tokens),
      ...sessionHandlers(database, sessions, parts.bans),
      ...configHandlers(parts.config),
      ...serverHandlers(parts),
    },
    audit: (facts) => {
      events.emit({ event: 'administration', ...facts });
    },
    followLog: (actor, listener) => followLog({ database, events, actor }, listener),
    metrics: parts.metrics,
    isReady: parts.isReady,
  };
}
