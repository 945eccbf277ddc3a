import type { AccountDatabase } from '#accounts/index.ts';
import type { RunningConfig } from '#server/administration/config-access.ts';
import { certificateFacts } from '#server/certificate-facts.ts';
import { hostKeyFacts, type HostKeySource } from '#server/host-keys.ts';
import { openHttp, type OpenHttpOptions } from '#server/open-http.ts';
import type { Config } from '#server/config/schema.ts';
import type { ServerOptions } from '#server/server-options.ts';
import { PreferenceStore } from '#server/shares/preference-store.ts';
import { ShareStore } from '#server/shares/share-store.ts';
import type { AccountTrees } from '#server/account-trees.ts';
import type { Operations } from '#server/operations.ts';
import type { ServerTls } from '#server/tls.ts';
import { pageDirectory } from './ui/page-directory.ts';
import { version } from './version.ts';

/** HTTP as `wherry serve` has it: the administration on its socket, and everything on the port. */
export function httpOfServe(parts: {
  readonly config: RunningConfig;
  readonly socketFile: string;
  /** Listens already, in place of address and port. */
  readonly descriptor: number | undefined;
  readonly database: AccountDatabase;
  readonly operations: Operations;
  readonly trees: AccountTrees;
  readonly tls: ServerTls;
  readonly hostKeys: HostKeySource | null;
}): NonNullable<ServerOptions['http']> {
  const { config, database, operations, trees, tls, hostKeys } = parts;
  const { listen, http } = config.current().config;
  return openHttp({
    listen: placeOf(listen, parts.descriptor),
    socketFile: parts.socketFile,
    tls,
    requireTls: () => config.current().config.tls.require,
    sessionLifetimeMs: http.session,
    requestsPerMinute: http.requestsPerMinute,
    trustedProxies: http.trustedProxies,
    pageDirectory,
    features: {
      connections: false,
      localDisk: false,
      sites: false,
      queue: false,
      uploads: true,
      archives: true,
      shares: true,
      passkeys: true,
    },
    plugins: (http) => [
      async (app) => {
        const { serveHostedFiles } = await import('#protocols/http/server/page/hosted-files.ts');
        const preferences = new PreferenceStore(operations.database);
        serveHostedFiles(app, { sessions: http.sessions, preferences });
      },
      async (app) => {
        const { serveShares } = await import('#protocols/http/server/page/shares/serve-shares.ts');
        serveShares(app, http, new ShareStore(operations.database));
      },
      async (app) => {
        const { servePasskeys } = await import('#protocols/http/server/page/passkeys/serve-passkeys.ts');
        servePasskeys(app, http, database.passkeys);
      },
    ],
    auditLost: operations.audit === null ? null : () => operations.audit?.lost ?? 0,
    administered: {
      database,
      state: operations.database,
      audit: () => operations.audit,
      trees,
      hooks: operations.hooks,
      config,
      server: {
        version,
        running: true,
        startedAt: Date.now(),
        certificates: () => tls.certificates.entries.map(({ certificate }) => certificateFacts(certificate)),
        hostKeys: () =>
          (hostKeys?.keys ?? []).map((key) => {
            const { type, fingerprintSha256 } = hostKeyFacts(key);
            return { type, fingerprint: fingerprintSha256 };
          }),
      },
    },
  });
}

function placeOf(
  { host, http }: Config['listen'],
  fileDescriptor: number | undefined,
): OpenHttpOptions['listen'] {
  if (fileDescriptor !== undefined) return { fileDescriptor };
  return http === null ? null : { host, port: http };
}
