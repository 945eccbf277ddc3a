import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { Permission } from '#core/permission.ts';
import { nameOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import type { ServerMessage } from '../../contract/page/events.ts';
import type { ConnectionRecord } from '../../contract/page/files.ts';
import { noTotals } from '../../contract/page/queue.ts';
import { accountConnection } from '../../contract/page/session.ts';
import { demandCsrfToken, webSessionOf } from '../identify.ts';
import type { WebSessions } from '../web-sessions.ts';
import { fileHandlers, fileStreams } from './files/file-routes.ts';
import type { PageHandlers, PageService } from './page-service.ts';
import type { PreferenceKeeper } from './preference-keeper.ts';
import { servePage } from './serve-page.ts';
import { serveUploads } from './serve-uploads.ts';
import { ownPath, shareOf, ShareSession } from './shares/share-session.ts';
import { TicketStore } from './tickets.ts';

type Listener = (message: ServerMessage) => void;

/** What hosted files stand on. */
export interface HostedFilesOptions {
  readonly sessions: WebSessions;
  readonly preferences: PreferenceKeeper;
}

/** Serves the files of each account that is logged in to the page, behind its own rights and limits. */
export function serveHostedFiles(app: FastifyInstance, { sessions, preferences }: HostedFilesOptions): void {
  const hosted = new HostedServices(preferences);
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
    onKicked: (listener) => sessions.onForgotten(listener),
    changed: (session, directory) => hosted.changed(session, directory),
  });
}

/** What stands behind the page for each session; pages of one account hear of each other's changes. */
class HostedServices {
  readonly #preferences: PreferenceKeeper;
  readonly #services = new WeakMap<Session, PageService>();
  /** By account; each with the session that it is told to. */
  readonly #listeners = new Map<string, Map<Listener, Session>>();

  constructor(preferences: PreferenceKeeper) {
    this.#preferences = preferences;
  }

  serviceOf(session: Session): PageService {
    const known = this.#services.get(session);
    if (known !== undefined) return known;
    const made = this.#make(session);
    this.#services.set(session, made);
    return made;
  }

  changed(session: Session, path: string): void {
    const own = ownPath(session, resolveVirtualPath(rootPath, path));
    const heard = this.#listeners.get(session.account?.name ?? '') ?? [];
    for (const [listener, to] of heard) {
      const shown = shownPath(to, own);
      if (shown !== null) listener({ type: 'directory-changed', connection: accountConnection, path: shown });
    }
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
        ...this.#preferenceHandlers(session),
        'GET /connections': () => ({ connections: [recordOf(session)] }),
        'GET /questions': () => ({ questions: [] }),
        'GET /log': () => ({ lines: [] }),
      },
      streams: fileStreams(files),
      hello: () => ({ type: 'hello', connections: [recordOf(session)], questions: [], totals: noTotals }),
      subscribe: (listener) => this.#subscribe(session, listener),
    };
  }

  /** Visitors of a link leave nothing behind. */
  #preferenceHandlers(session: Session): PageHandlers {
    const account = session.account?.name ?? '';
    if (shareOf(session) !== null)
      return { 'GET /preferences': () => ({}), 'PUT /preferences': ({ body }) => body };
    return {
      'GET /preferences': () => this.#preferences.load(account),
      'PUT /preferences': ({ body }) => {
        this.#preferences.save(account, { ...this.#preferences.load(account), ...body });
        return this.#preferences.load(account);
      },
    };
  }

  #subscribe(session: Session, listener: Listener): () => void {
    const account = session.account?.name ?? '';
    const heard = this.#listeners.get(account) ?? new Map<Listener, Session>();
    this.#listeners.set(account, heard);
    heard.set(listener, session);
    return () => {
      heard.delete(listener);
      if (heard.size === 0 && this.#listeners.get(account) === heard) this.#listeners.delete(account);
    };
  }
}

/** The path by which a session knows a directory of its account's tree; null for one that it does not see. */
function shownPath(session: Session, own: string): string | null {
  return session instanceof ShareSession ? session.inner(own) : own;
}

function recordOf(session: Session): ConnectionRecord {
  const { account, fileSystem, security } = session;
  const share = shareOf(session);
  const capabilities = fileSystem?.capabilities;
  const may = (permission: Permission): boolean =>
    account?.access.decide(permission, account.home).allowed ?? false;
  return {
    id: accountConnection,
    kind: 'account',
    state: account === null ? 'closed' : 'ready',
    label: share === null ? (account?.name ?? '') : nameOf(share.path as VirtualPath) || '/',
    address: '/',
    protocol: 'http',
    host: null,
    port: null,
    user: account?.name ?? null,
    software: null,
    security,
    home: share === null ? (account?.home ?? '/') : '/',
    siteId: null,
    capabilities: {
      write: may('upload'),
      list: share === null || share.access !== 'upload-only',
      rename: share === null,
      setMode: share === null && (capabilities?.setMode ?? false),
      setTimes: share === null && (capabilities?.setTimes ?? false),
      symlinks: capabilities?.symlinks ?? false,
      copy: capabilities?.copy ?? false,
      space: capabilities?.space ?? false,
      checksums: capabilities?.checksums ?? [],
      commands: false,
    },
    error: null,
  };
}
