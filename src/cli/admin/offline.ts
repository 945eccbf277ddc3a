import { mkdirSync } from 'node:fs';
import { openAccountDatabase, type EffectiveAccount } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { EventBus } from '#engine/events.ts';
import { UsageLedger } from '#engine/quota/usage-ledger.ts';
import { SessionRegistry } from '#engine/session-registry.ts';
import { createHttpApp } from '#protocols/http/server/app.ts';
import { AccountTrees } from '#server/account-trees.ts';
import { administration } from '#server/administration/administration.ts';
import { AuditTrail } from '#server/audit/audit-trail.ts';
import { BanList } from '#server/bans/ban-list.ts';
import { SqliteBanStore } from '#server/bans/ban-store.ts';
import { loadConfig } from '#server/config/load-config.ts';
import { SqliteUsageStore } from '#server/state/sqlite-usage-store.ts';
import { openStateDatabase } from '#server/state/state-database.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { databaseFile, stateFile } from '../data-directory.ts';
import { environmentLayer } from '../serve-flags.ts';
import { findConfigFile } from '../serve-options.ts';
import { version } from '../version.ts';

/** The administration without a server. */
export interface OfflineAdministration {
  send(request: {
    readonly method: string;
    readonly url: string;
    readonly body: string | null;
  }): Promise<{ readonly status: number; readonly body: string }>;
  close(): Promise<void>;
}

/**
 * Opens the databases of a data directory and puts the same application over them that a server serves.
 *
 * @throws WherryError `busy` when a server has them open, or what opening says
 */
export async function openOffline(dataDirectory: string): Promise<OfflineAdministration> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const database = await openAccountDatabase(databaseFile(dataDirectory));
  const state = openStateDatabase(stateFile(dataDirectory));
  const events = new EventBus();
  const usage = new UsageLedger({ store: new SqliteUsageStore(state) });
  const nothing = new MemoryFileSystem();
  const trees = new AccountTrees(nothing, {});
  let audit: AuditTrail | null = null;
  const services = administration({
    database,
    state,
    sessions: new SessionRegistry(),
    bans: new BanList({ store: new SqliteBanStore(state) }),
    usage,
    trees: { of: (account) => treeOf(account, trees) },
    audit: async () => (audit ??= await AuditTrail.open({ directory: dataDirectory, events })),
    events,
    config: {
      current: async () => {
        try {
          const file = findConfigFile(process.env['WHERRY_CONFIG']);
          return await loadConfig({ file, layers: [environmentLayer(process.env)] });
        } catch {
          throw new WherryError('invalid-argument', 'The configuration has mistakes: wherry config check');
        }
      },
      reload: null,
    },
    server: {
      version,
      running: false,
      startedAt: 0,
      listeners: () => [],
      certificates: () => [],
      hostKeys: () => [],
    },
    metrics: null,
    isReady: () => false,
  });
  const app = await createHttpApp({
    services,
    // Nobody can reach it but this process, and whoever can open the databases is the owner of them.
    ownerSockets: { has: () => true },
    onProblem: (thrown) => {
      if (process.env['WHERRY_DEBUG'] !== undefined)
        process.stderr.write(`${String((thrown as Error).stack)}\n`);
    },
    public: null,
  });
  return {
    async send({ method, url, body }) {
      const response = await app.inject({
        method: method as 'GET',
        url,
        ...(body === null ? {} : { payload: body, headers: { 'content-type': 'application/json' } }),
      });
      return { status: response.statusCode, body: response.payload };
    },
    async close() {
      await app.close();
      await audit?.close();
      await trees.close();
      usage.close();
      state.close();
      database.close();
    },
  };
}

/** An account's own tree. The server's is the running server's to know: its directory is named when it is started. */
function treeOf(account: EffectiveAccount, trees: AccountTrees): FileSystem {
  if (account.settings.home !== null) return trees.of(account);
  throw new WherryError(
    'unavailable',
    'Cannot count the files: only the running server knows its directory; start it, and ask again',
  );
}
