import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { Session } from '#engine/session.ts';
import type { ServerMessage } from '../../contract/page/events.ts';
import type { ConnectionRecord } from '../../contract/page/files.ts';
import { accountConnection } from '../../contract/page/session.ts';
import { demandCsrfToken, webSessionOf } from '../identify.ts';
import type { WebSessions } from '../web-sessions.ts';
import { fileHandlers, fileStreams } from './files/file-routes.ts';
import type { PageService } from './page-service.ts';
import { servePage } from './serve-page.ts';
import { serveUploads } from './serve-uploads.ts';
import { TicketStore } from './tickets.ts';

type Listener = (message: ServerMessage) => void;

/** Serves the files of each account that is logged in to the page, behind its own rights and limits. */
export function serveHostedFiles(app: FastifyInstance, sessions: WebSessions): void {
  const hosted = new HostedServices();
  const sessionOf = (request: FastifyRequest, checksToken: boolean): Session => {
    const web = webSessionOf(request, sessions);
    if (web === null) throw new WherryError('login-refused', 'Log in to see the files');
    if (checksToken) demandCsrfToken(request, web);
    return web.session;
  };
  servePage(app, {
    serviceFor: (request) => hosted.serviceOf(sessionOf(request, true)),
    serviceForSocket: (request) => hosted.serviceOf(sessionOf(request, false)),
    onEnd: (request, ended) => {
      const { signal } = sessionOf(request, false);
      signal.addEventListener('abort', ended, { once: true });
      return () => signal.removeEventListener('abort', ended);
    },
  });
  serveUploads(app, {
    sessionOf: (request) => sessionOf(request, true),
    changed: (session, directory) => hosted.changed(session, directory),
  });
}

/** What stands behind the page for each session; pages of one account hear of each other's changes. */
class HostedServices {
  readonly #services = new WeakMap<Session, PageService>();
  readonly #listeners = new Map<string, Set<Listener>>();

  serviceOf(session: Session): PageService {
    const known = this.#services.get(session);
    if (known !== undefined) return known;
    const made = this.#make(session);
    this.#services.set(session, made);
    return made;
  }

  changed(session: Session, path: string): void {
    const heard = this.#listeners.get(session.account?.name ?? '') ?? [];
    for (const listener of heard)
      listener({ type: 'directory-changed', connection: accountConnection, path });
  }

  #make(session: Session): PageService {
    const tickets = new TicketStore();
    const places = {
      fileSystemOf: (connection: string) => {
        const { fileSystem } = session;
        if (connection !== accountConnection || fileSystem === null)
          throw new WherryError('closed', 'There is no such connection here');
        return fileSystem;
      },
      changed: (_connection: string, directory: string) => this.changed(session, directory),
    };
    // A regular expression can be made to stop the server for everybody.
    const files = { places, tickets, regexAllowed: false };
    return {
      tickets,
      places,
      session,
      handlers: {
        ...fileHandlers(files),
        'GET /preferences': () => ({}),
        'PUT /preferences': ({ body }) => body,
        'GET /connections': () => ({ connections: [recordOf(session)] }),
        'GET /questions': () => ({ questions: [] }),
        'GET /log': () => ({ lines: [] }),
      },
      streams: fileStreams(files),
      hello: () => ({ type: 'hello', connections: [recordOf(session)], questions: [], totals: noTotals }),
      subscribe: (listener) => this.#subscribe(session.account?.name ?? '', listener),
    };
  }

  #subscribe(account: string, listener: Listener): () => void {
    const heard = this.#listeners.get(account) ?? new Set();
    this.#listeners.set(account, heard);
    heard.add(listener);
    return () => {
      heard.delete(listener);
      if (heard.size === 0 && this.#listeners.get(account) === heard) this.#listeners.delete(account);
    };
  }
}

const noTotals = {
  queued: 0,
  active: 0,
  done: 0,
  failed: 0,
  remainingBytes: 0,
  sessionDoneBytes: 0,
  sessionTotalBytes: 0,
  bytesPerSecond: 0,
};

function recordOf({ account, fileSystem, security }: Session): ConnectionRecord {
  const capabilities = fileSystem?.capabilities;
  return {
    id: accountConnection,
    kind: 'account',
    state: account === null ? 'closed' : 'ready',
    label: account?.name ?? '',
    address: '/',
    protocol: 'http',
    host: null,
    port: null,
    user: account?.name ?? null,
    software: null,
    security,
    home: account?.home ?? '/',
    siteId: null,
    capabilities: {
      write: account?.access.decide('upload', account.home).allowed ?? false,
      list: true,
      rename: true,
      setMode: capabilities?.setMode ?? false,
      setTimes: capabilities?.setTimes ?? false,
      symlinks: capabilities?.symlinks ?? false,
      copy: capabilities?.copy ?? false,
      space: capabilities?.space ?? false,
      checksums: capabilities?.checksums ?? [],
      commands: false,
    },
    error: null,
  };
}
