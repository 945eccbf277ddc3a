import { join } from 'node:path';
import type { EventBus } from '#engine/events.ts';
import { UsageLedger } from '#engine/quota/usage-ledger.ts';
import { toWherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import type { AuditRetention } from './audit/audit-database.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import { BanList, type BanLimits } from './bans/ban-list.ts';
import { SqliteBanStore } from './bans/ban-store.ts';
import { BeforeHooks } from './hooks/before-hooks.ts';
import { EventHooks } from './hooks/event-hooks.ts';
import type { BeforeHook, EventHook } from './hooks/hook-options.ts';
import type { ServerOptions } from './server-options.ts';
import { openStateDatabase, type StateDatabase } from './state/state-database.ts';
import { SqliteUsageStore } from './state/sqlite-usage-store.ts';

export interface OperationsOptions {
  /** The data directory, which must be there. */
  readonly directory: string;
  readonly events: EventBus;
  /** Networks that the configuration lets in whatever is banned. */
  readonly allowedNetworks?: readonly string[] | undefined;
  readonly banLimits?: Partial<BanLimits> | undefined;
  /** How much the audit keeps (the default); null for no audit. */
  readonly audit?: Partial<AuditRetention> | null | undefined;
  readonly hooks?: readonly EventHook[] | undefined;
  readonly beforeHooks?: readonly BeforeHook[] | undefined;
}

/** What a server keeps beside accounts, open. */
export interface Operations {
  readonly database: StateDatabase;
  readonly bans: BanList;
  readonly usage: UsageLedger;
  readonly audit: AuditTrail | null;
  readonly hooks: EventHooks | null;
  readonly before: BeforeHooks | null;
  /** What `createServer` is to be given of it. */
  readonly serverOptions: Pick<ServerOptions, 'bans' | 'usage' | 'before'>;
  /** Ends it all; after the server. */
  close(): Promise<void>;
}

/**
 * Opens what a server keeps in its data directory beside the accounts: bans, usage, the audit, and what hooks have
 * still to be told.
 *
 * @throws WherryError `busy` when another process has it open, `io` when a file is damaged, `invalid-argument` for
 *   networks or hooks that cannot be
 */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const { directory, events, hooks = [], beforeHooks = [] } = options;
  const database = openStateDatabase(join(directory, 'state.db'));
  let audit: AuditTrail | null = null;
  try {
    const bans = new BanList({
      store: new SqliteBanStore(database),
      allowed: options.allowedNetworks,
      limits: options.banLimits,
    });
    const usage = new UsageLedger({ store: new SqliteUsageStore(database), onProblem: tellOf(events) });
    const before = beforeHooks.length === 0 ? null : new BeforeHooks({ hooks: beforeHooks, events });
    if (options.audit !== null)
      audit = await AuditTrail.open({ directory, events, retention: options.audit });
    // A clock that is behind what was written before is wrong.
    if (audit !== null && audit.newestAtStart !== null) knownTime.note(audit.newestAtStart);
    const told = hooks.length === 0 ? null : new EventHooks({ hooks, events, database });
    const opened = audit;
    return {
      database,
      bans,
      usage,
      audit,
      hooks: told,
      before,
      serverOptions: { bans, usage, before: before ?? undefined },
      close: async () => {
        usage.close();
        await told?.close();
        await opened?.close();
        database.close();
      },
    };
  } catch (thrown) {
    await audit?.close();
    database.close();
    throw thrown;
  }
}

const problemIntervalMs = 60_000;

/** Tells of a store that cannot be written, once in a while. */
function tellOf(events: EventBus): (thrown: unknown) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (thrown) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < problemIntervalMs) return;
    lastMs = nowMs;
    const { message } = toWherryError(thrown, 'keep the usage');
    const remedy = 'Make room where the data directory lies; after a kill now the trees are counted anew.';
    events.emit({ event: 'warning', message: `${message}. ${remedy}` });
  };
}
