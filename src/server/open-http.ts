import type { HttpPlugin } from '#protocols/http/server/services.ts';
import { serveHttp, type HttpServer, type PluginContext } from '#protocols/http/server/http-server.ts';
import type { PageFeatures } from '#protocols/http/contract/page/session.ts';
import { administration, type AdministrationParts } from './administration/administration.ts';
import type { EventHooks } from './hooks/event-hooks.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import type { BesideHttp } from './server-options.ts';
import type { ServerTls } from './tls.ts';

export interface OpenHttpOptions {
  /** Null where only the administration socket is served. */
  readonly listen:
    { readonly host: string; readonly port: number } | { readonly fileDescriptor: number } | null;
  /** The socket of the machine's owner; null for none. */
  readonly socketFile: string | null;
  readonly tls: ServerTls | null;
  readonly requireTls: () => boolean;
  readonly sessionLifetimeMs: number;
  readonly requestsPerMinute: number;
  readonly trustedProxies: readonly string[];
  /** Directory of the built page; where there is none, there is no page. */
  readonly pageDirectory: string;
  /** What the page may do with its backend beside the administration. */
  readonly features: Omit<PageFeatures, 'administration'>;
  /** Further routes, as those of the page's files and of WebDAV. */
  readonly plugins: (http: PluginContext, beside: BesideHttp) => readonly HttpPlugin[];
  /** How many events the audit could not write down; null for no audit. */
  readonly auditLost: (() => number) | null;
  /** What is administered, but for what the protocols share. */
  readonly administered: Omit<
    AdministrationParts,
    'sessions' | 'bans' | 'events' | 'usage' | 'isReady' | 'server' | 'metrics'
  > & {
    readonly hooks: EventHooks | null;

    readonly server: Omit<AdministrationParts['server'], 'listeners'>;
  };
}

/** Serves HTTP beside the other protocols of a server. */
export function openHttp(options: OpenHttpOptions): (beside: BesideHttp) => Promise<HttpServer> {
  return async (beside) => {
    const { accounts, defence, events, sessions, bans } = beside;
    const { administered, tls } = options;
    const { usage, freePassivePorts } = beside;
    const metrics = new ServerMetrics(
      { events, sessions, bans, defence, freePassivePorts },
      {
        ...(options.auditLost === null ? {} : { auditLost: options.auditLost }),
        ...(administered.hooks === null
          ? {}
          : { hooksWaiting: () => administered.hooks?.waiting ?? new Map() }),
      },
    );
    return serveHttp({
      services: administration({
        ...administered,
        server: { ...administered.server, listeners: beside.listeners },
        sessions,
        bans,
        usage,
        events,
        metrics: () => metrics.text(),
        isReady: beside.isReady,
      }),
      login: { accounts, defence, events, sessions },
      listen: options.listen,
      socketFile: options.socketFile,
      contextFor: tls === null ? null : tls.contextFor,
      sessionLifetimeMs: options.sessionLifetimeMs,
      requestsPerMinute: options.requestsPerMinute,
      trustedProxies: options.trustedProxies,
      requireTls: options.requireTls,
      pageDirectory: options.pageDirectory,
      features: options.features,
      plugins: (http) => options.plugins(http, beside),
      onProblem: (message) => {
        events.emit({ event: 'warning', message });
      },
    });
  };
}
