import type { AccountDatabase } from '#accounts/index.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { ServerAccess } from './server-access.ts';

type Handled = Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /server${string}`>>;

/** What the server is and does. */
export function serverHandlers(
  server: ServerAccess,
  database: AccountDatabase,
  sessions: SessionRegistry,
): Handled {
  return {
    'GET /server': async () => {
      const { version, running, startedAt } = server;
      const open = sessions.list();
      return {
        version,
        running,
        startedAt,
        listeners: server.listeners(),
        sessions: open.length,
        transfers: open.filter(({ transfer }) => transfer !== null).length,
        accounts: await database.count(),
      };
    },
    'GET /server/certificates': () => ({ certificates: server.certificates() }),
    'GET /server/host-keys': () => ({ hostKeys: server.hostKeys() }),
  };
}
