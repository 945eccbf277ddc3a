import type { AccountDatabase } from '#accounts/index.ts';
import { clockProblem } from '#core/known-time.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import { gradeConfig, gradeLetter } from '../config/grade.ts';
import type { ConfigAccess } from './config-access.ts';
import type { ServerAccess } from './server-access.ts';

type Handled = Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /server${string}`>>;

/** What the server is and does. */
export function serverHandlers({
  server,
  database,
  sessions,
  config,
}: {
  readonly server: ServerAccess;
  readonly database: AccountDatabase;
  readonly sessions: SessionRegistry;
  readonly config: ConfigAccess;
}): Handled {
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
    'GET /server/grade': async () => {
      // A server that runs has its ports, whoever it is now.
      const facts = {
        now: Date.now(),
        isRoot: server.running || process.geteuid?.() === 0,
        clock: clockProblem(),
      };
      const findings = await gradeConfig(await config.current(), facts);
      return { grade: gradeLetter(findings), findings: [...findings] };
    },
    'GET /server/certificates': () => ({ certificates: server.certificates() }),
    'GET /server/host-keys': () => ({ hostKeys: server.hostKeys() }),
  };
}
