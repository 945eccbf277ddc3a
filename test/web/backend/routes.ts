import { createHash, randomUUID } from 'node:crypto';
import type { PageRoute, PageStream, RouteReply, StreamLine } from '#protocols/http/contract/page/routes.ts';
import type { RouteBody, StreamBody } from '#protocols/http/contract/page/routes.ts';
import type { PlanItem } from '#protocols/http/contract/page/synchronise.ts';
import { BackendFailure, directory, entryOf, file, symlink, type TreeNode } from './memory-tree.ts';
import type { PageBackend } from './page-backend.ts';

type Handler<Route extends PageRoute> = (
  body: RouteBody<Route>,
  params: Readonly<Record<string, string>>,
) => RouteReply<Route>;
type Streamer<Route extends PageStream> = (body: StreamBody<Route>) => Iterable<StreamLine<Route>>;

export type Handlers = { readonly [Route in PageRoute]: Handler<Route> };
export type Streamers = { readonly [Route in PageStream]: Streamer<Route> };

const notHere = (): never => {
  throw new BackendFailure(501, 'not-supported', 'The double of the tests does not do this');
};

/** A handler for every route of the contract. */
export function handlersOf(backend: PageBackend): Handlers {
  return {
    'GET /session': () => backend.session(),
    'POST /session/token': ({ token }) => {
      if (token !== backend.token)
        throw new BackendFailure(401, 'login-refused', 'This address was used already');
      backend.user = 'anna';
      return backend.session();
    },
    'POST /session/login': ({ user, password }) => {
      if (password === 'code') return { outcome: 'code', challenge: user };
      if (password !== 'secret')
        throw new BackendFailure(401, 'login-refused', 'The name or the password is wrong');
      backend.user = user;
      return { outcome: 'done', session: backend.session() };
    },
    'POST /session/code': ({ challenge, code }) => {
      if (code !== '123456') throw new BackendFailure(401, 'login-refused', 'The code is wrong or too old');
      backend.user = challenge;
      return { outcome: 'done', session: backend.session() };
    },
    'POST /session/passkey/begin': notHere,
    'POST /session/passkey/finish': notHere,
    'DELETE /session': () => {
      backend.user = null;
      return backend.session();
    },
    'GET /passkeys': () => ({ passkeys: [] }),
    'POST /passkeys/begin': notHere,
    'POST /passkeys/finish': notHere,
    'DELETE /passkeys/:passkey': () => null,
    'GET /preferences': () => backend.preferences,
    'PUT /preferences': (body) => {
      backend.preferences = { ...body };
      return body;
    },
    'GET /connections': () => ({ connections: [...backend.connections.values()] }),
    'POST /connections': (body) => backend.connect(body),
    'POST /connections/:connection/reconnect': (_body, { connection = '' }) => backend.reconnect(connection),
    'DELETE /connections/:connection': (_body, { connection = '' }) => {
      backend.connections.delete(connection);
      backend.trees.delete(connection);
      backend.broadcast({ type: 'connection-removed', connection });
      return null;
    },
    'POST /connections/:connection/command': ({ command }, { connection = '' }) => {
      backend.log(connection, 'command', command);
      backend.log(connection, 'reply', `200 ${command} done`);
      return { reply: `200 ${command} done` };
    },
    'POST /files/stat': ({ connection, path }) => backend.tree(connection).entry(path),
    'POST /files/space': () => ({ totalBytes: 512e9, availableBytes: 181e9 }),
    'POST /files/directory': ({ connection, path }) => {
      backend.tree(connection).add(path, directory({}, Date.now()));
      return backend.tree(connection).entry(path);
    },
    'POST /files/create': ({ connection, path }) => {
      backend.tree(connection).add(path, file('', Date.now()));
      return backend.tree(connection).entry(path);
    },
    'POST /files/rename': ({ connection, from, to, overwrite }) => {
      const tree = backend.tree(connection);
      const node = tree.find(from);
      if (overwrite !== true && tree.parent(to).children.has(tree.parent(to).name)) {
        throw new BackendFailure(409, 'exists', `Cannot rename it: ${to} exists already`);
      }
      tree.remove(from);
      tree.add(to, node);
      return tree.entry(to);
    },
    'POST /files/times': ({ connection, path, modifiedAt }) => {
      backend.tree(connection).find(path).modifiedAt = modifiedAt;
      return backend.tree(connection).entry(path);
    },
    'POST /files/symlink': ({ connection, path, target }) => {
      backend.tree(connection).add(path, symlink(target));
      return backend.tree(connection).entry(path);
    },
    'POST /files/text': ({ connection, path }) => {
      const node = backend.tree(connection).find(path);
      if (node.content.includes(0)) {
        throw new BackendFailure(
          415,
          'not-supported',
          'Cannot edit it as text: it holds bytes that no text has',
        );
      }
      return {
        text: node.content.toString(),
        encoding: 'utf-8',
        byteOrderMark: false,
        lineEnding: 'lf',
        version: versionOf(node),
        writable: true,
      };
    },
    'PUT /files/text': ({ connection, path, text, version }) => {
      const tree = backend.tree(connection);
      if (version !== undefined && versionOf(tree.find(path)) !== version) {
        throw new BackendFailure(409, 'busy', 'The file has changed since it was opened');
      }
      const node = file(text, Date.now());
      tree.add(path, node);
      return { version: versionOf(node) };
    },
    'POST /files/ticket': ({ connection, paths, disposition }) => {
      const [path = '/'] = paths;
      const { content } = backend.tree(connection).find(path);
      const ticket = randomUUID();
      const name = path.slice(path.lastIndexOf('/') + 1);
      backend.tickets.set(ticket, { name, content, inline: disposition === 'inline' });
      return { url: `/api/v1/page/content/${ticket}`, expiresAt: Date.now() + 600_000 };
    },
    'POST /queue': (body) => ({ transfers: backend.queue.add(body) }),
    'POST /queue/actions': (body) => ({ changed: backend.queue.act(body) }),
    'GET /queue/settings': () => backend.queue.settings,
    'PUT /queue/settings': (body) => {
      backend.queue.settings = body;
      backend.broadcast({ type: 'queue-settings', settings: body });
      return body;
    },
    'POST /plans/:plan/run': ({ items }) => ({ transfers: items.map(({ id }) => `p${id}`) }),
    'GET /plans/:plan': (_body, { plan = '' }) => ({
      plan,
      state: 'done',
      done: 0,
      steps: 0,
      deleted: 0,
      failures: [],
    }),
    'DELETE /plans/:plan': () => null,
    'GET /sites': () => backend.sites,
    'POST /sites': (body) => {
      const { password, keyPassphrase, ...fields } = body;
      const record = {
        ...fields,
        id: randomUUID(),
        hasPassword: typeof password === 'string',
        hasKeyPassphrase: typeof keyPassphrase === 'string',
        lastUsedAt: null,
      };
      backend.sites = { ...backend.sites, sites: [...backend.sites.sites, record] };
      return record;
    },
    'PUT /sites/:site': (body, { site = '' }) => {
      const old = backend.sites.sites.find(({ id }) => id === site);
      if (old === undefined) throw new BackendFailure(404, 'not-found', 'There is no such site');
      const { password, keyPassphrase: _passphrase, ...fields } = body;
      const record = {
        ...old,
        ...fields,
        hasPassword: password === undefined ? old.hasPassword : password !== null,
      };
      backend.sites = {
        ...backend.sites,
        sites: backend.sites.sites.map((one) => (one === old ? record : one)),
      };
      return record;
    },
    'DELETE /sites/:site': (_body, { site }) => {
      backend.sites = { ...backend.sites, sites: backend.sites.sites.filter(({ id }) => id !== site) };
      return null;
    },
    'POST /sites/:site/copy': (_body, { site = '' }) => {
      const old = backend.sites.sites.find(({ id }) => id === site);
      if (old === undefined) throw new BackendFailure(404, 'not-found', 'There is no such site');
      const record = { ...old, id: randomUUID(), name: `${old.name} (copy)` };
      backend.sites = { ...backend.sites, sites: [...backend.sites.sites, record] };
      return record;
    },
    'POST /folders': (body) => {
      const folder = { ...body, id: randomUUID() };
      backend.sites = { ...backend.sites, folders: [...backend.sites.folders, folder] };
      return folder;
    },
    'PUT /folders/:folder': (body, { folder = '' }) => ({ ...body, id: folder }),
    'DELETE /folders/:folder': (_body, { folder }) => {
      backend.sites = { ...backend.sites, folders: backend.sites.folders.filter(({ id }) => id !== folder) };
      return null;
    },
    'PUT /bookmarks': ({ bookmarks }) => {
      backend.sites = { ...backend.sites, bookmarks };
      return { bookmarks };
    },
    'POST /sites/import': () => ({ imported: 0, notes: ['Nothing was found in it.'] }),
    'POST /sites/export': () => ({ content: '{}', fileName: 'sites.json' }),
    'POST /sites/unlock': () => backend.sites,
    'POST /sites/lock': () => backend.sites,
    'PUT /sites/master-password': () => backend.sites,
    'GET /questions': () => ({ questions: [...backend.questions.values()] }),
    'POST /questions/:question/answer': (body, { question = '' }) => {
      backend.answer(question, body);
      return null;
    },
    'GET /trust': () => ({ records: [] }),
    'DELETE /trust/:record': () => null,
    'GET /log': () => ({ lines: backend.lines }),
    'DELETE /log': () => {
      backend.lines.length = 0;
      return null;
    },
    'GET /shares': () => ({ shares: backend.shares }),
    'POST /shares': ({ path, access, password, expiresAt, maximumUses, note }) => {
      const id = randomUUID();
      const share = {
        id,
        url: `http://files.bakery.example/s/${id}`,
        path,
        type:
          backend.tree('account').find(path).type === 'directory'
            ? ('directory' as const)
            : ('file' as const),
        access,
        hasPassword: password !== null,
        expiresAt,
        usesLeft: maximumUses,
        uses: 0,
        createdAt: Date.now(),
        note,
      };
      backend.shares.push(share);
      return share;
    },
    'DELETE /shares/:share': (_body, { share }) => {
      backend.shares.splice(
        backend.shares.findIndex(({ id }) => id === share),
        1,
      );
      return null;
    },
    'GET /share-gates/:token': () => ({
      needsPassword: true,
      access: 'read',
      name: 'Offer',
      owner: 'anna',
      expiresAt: null,
    }),
    'POST /share-gates/:token': ({ password }) => {
      if (password !== 'secret') throw new BackendFailure(401, 'login-refused', 'The password is wrong');
      backend.user = 'guest';
      return { outcome: 'done', session: backend.session() };
    },
  };
}

/** A stream for every streamed route of the contract; its end is added by the server. */
export function streamersOf(backend: PageBackend): Streamers {
  return {
    *'POST /files/list'({ connection, path }) {
      const { children } = backend.tree(connection).find(path);
      if (children === null)
        throw new BackendFailure(409, 'not-directory', `Cannot list ${path}: it is a file`);
      let batch = [];
      for (const [name, node] of children) {
        batch.push(entryOf(name, node));
        if (batch.length === 2000) yield { entries: batch.splice(0) };
      }
      yield { entries: batch };
    },
    *'POST /files/sizes'({ connection, paths }) {
      for (const path of paths) {
        yield { path, final: true, ...sizeOf(backend.tree(connection).find(path)) };
      }
    },
    *'POST /files/search'({ places, name = '*' }) {
      const pattern = new RegExp(name.replaceAll('.', '\\.').replaceAll('*', '.*'), 'iu');
      for (const place of places) {
        for (const [path, found, node] of walk(place.path, backend.tree(place.connection).find(place.path))) {
          if (pattern.test(found)) {
            yield { hits: [{ place: { ...place, path }, entry: entryOf(found, node) }] };
          }
        }
      }
    },
    *'POST /files/delete'({ connection, paths }) {
      let done = 0;
      for (const path of paths) {
        backend.tree(connection).remove(path);
        done += 1;
        yield { done, path };
      }
    },
    *'POST /files/mode'({ connection, paths, set, clear }) {
      for (const path of paths) {
        const node = backend.tree(connection).find(path);
        node.mode = (node.mode & ~clear) | set;
        yield { done: 1, path };
      }
    },
    *'POST /files/checksum'({ connection, path, algorithm }) {
      const { content } = backend.tree(connection).find(path);
      yield { bytes: content.length, total: content.length };
      yield { digest: createHash(algorithm).update(content).digest('hex'), madeBy: 'server' };
    },
    *'GET /queue'() {
      yield { transfers: [...backend.queue.transfers.values()] };
      yield { totals: backend.queue.totals() };
    },
    *'POST /plans'({ left, right, kind }) {
      yield { plan: randomUUID() };
      const one = backend.tree(left.connection).find(left.path).children ?? new Map<string, TreeNode>();
      const other = backend.tree(right.connection).find(right.path).children ?? new Map<string, TreeNode>();
      const items: PlanItem[] = [];
      for (const name of new Set([...one.keys(), ...other.keys()])) {
        const here = one.get(name);
        const there = other.get(name);
        const equal = here !== undefined && there !== undefined && here.size === there.size;
        items.push({
          id: items.length,
          path: name,
          action: equal
            ? 'equal'
            : here === undefined
              ? 'delete-right'
              : there !== undefined && kind === 'both'
                ? 'conflict'
                : 'copy-right',
          reason: equal
            ? 'the same'
            : here === undefined
              ? 'only on the right'
              : there === undefined
                ? 'only on the left'
                : 'another size',
          left: here === undefined ? null : entryOf(name, here),
          right: there === undefined ? null : entryOf(name, there),
        });
      }
      yield { items };
    },
  };
}

function versionOf(node: TreeNode): string {
  return createHash('sha256').update(node.content).digest('hex').slice(0, 16);
}

function sizeOf(node: TreeNode): { bytes: number; files: number; directories: number } {
  const total = { bytes: 0, files: 0, directories: 0 };
  for (const [, , child] of walk('', node)) {
    if (child.type === 'directory') total.directories += 1;
    else {
      total.files += 1;
      total.bytes += child.size;
    }
  }
  return total;
}

function* walk(
  path: string,
  node: TreeNode,
): Generator<readonly [path: string, name: string, node: TreeNode]> {
  for (const [name, child] of node.children ?? []) {
    yield [path, name, child];
    yield* walk(`${path === '/' ? '' : path}/${name}`, child);
  }
}
