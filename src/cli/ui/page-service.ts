import type { Panes } from '#client/panes/panes.ts';
import type { PlanStep } from '#client/panes/plans/plan-steps.ts';
import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { PlanItem } from '#protocols/http/contract/page/synchronise.ts';
import { entryRecord } from '#protocols/http/server/page/files/entry-record.ts';
import { fileHandlers, fileStreams } from '#protocols/http/server/page/files/file-routes.ts';
import type { PageHandlers, PageService, PageStreams } from '#protocols/http/server/page/page-service.ts';
import { TicketStore } from '#protocols/http/server/page/tickets.ts';

/** Answers the page from panes: files by the routes that all trees share, everything else by the panes themselves. */
export function pageServiceOf(panes: Panes): PageService {
  const tickets = new TicketStore();
  const places = {
    fileSystemOf: (connection: string) => panes.fileSystemOf(connection),
    changed: (connection: string, directory: string) =>
      panes.messages.directoryChanged(connection, directory),
  };
  const files = { places, tickets, regexAllowed: true };
  return {
    tickets,
    places,
    handlers: { ...fileHandlers(files), ...handlersOf(panes) },
    streams: { ...fileStreams(files), ...streamsOf(panes) },
    hello: () => panes.hello(),
    subscribe: (listener) => panes.messages.subscribe(listener),
  };
}

function handlersOf(panes: Panes): PageHandlers {
  const { connections, transfers, plans, sites, questions, settings, log } = panes;
  return {
    'GET /preferences': () => ({ page: settings.current.page ?? {} }),
    'PUT /preferences': async ({ body }) => {
      await settings.change({ page: body.page ?? {} });
      return { page: settings.current.page ?? {} };
    },
    'GET /connections': () => ({ connections: connections.list() }),
    'POST /connections': ({ body }) => connections.connect(body),
    'POST /connections/:connection/reconnect': ({ params }) => connections.reconnect(params.connection),
    'DELETE /connections/:connection': async ({ params }) => {
      await connections.close(params.connection);
      return null;
    },
    'POST /connections/:connection/command': async ({ params, body, signal }) => ({
      reply: await connections.command(params.connection, body.command, signal),
    }),
    'POST /queue': async ({ body }) => ({ transfers: await transfers.enqueue(body) }),
    'POST /queue/actions': async ({ body }) => ({ changed: await transfers.act(body) }),
    'GET /queue/settings': () => transfers.settings,
    'PUT /queue/settings': ({ body }) => transfers.changeSettings(body),
    'POST /plans/:plan/run': async ({ params, body }) => ({
      transfers: await plans.run(params.plan, body.items),
    }),
    'GET /plans/:plan': ({ params }) => plans.stateOf(params.plan),
    'DELETE /plans/:plan': ({ params }) => plans.remove(params.plan),
    'GET /sites': () => sites.show(),
    'POST /sites': ({ body }) => sites.create(body),
    'PUT /sites/:site': ({ body, params }) => sites.change(params.site, body),
    'DELETE /sites/:site': ({ params }) => sites.remove(params.site),
    'POST /sites/:site/copy': ({ params }) => sites.copy(params.site),
    'POST /folders': ({ body }) => sites.createFolder(body),
    'PUT /folders/:folder': ({ body, params }) => sites.changeFolder(params.folder, body),
    'DELETE /folders/:folder': ({ params }) => sites.removeFolder(params.folder),
    'PUT /bookmarks': ({ body }) => sites.setBookmarks(body.bookmarks),
    'POST /sites/import': ({ body }) => sites.import(body),
    'POST /sites/export': ({ body }) => sites.export(body.format, body.withPasswords),
    'POST /sites/unlock': ({ body }) => sites.unlock(body.password),
    'POST /sites/lock': () => sites.lock(),
    'PUT /sites/master-password': ({ body }) => sites.setMasterPassword(body.old, body.new),
    'GET /questions': () => ({ questions: questions.list() }),
    'POST /questions/:question/answer': ({ body, params }) => {
      questions.answer(params.question, body);
      return null;
    },
    'GET /trust': async () => ({ records: await panes.trusted() }),
    'DELETE /trust/:record': ({ params }) => panes.distrust(params.record),
    'GET /log': () => ({ lines: log.list() }),
    'DELETE /log': () => {
      log.clear();
      return null;
    },
  };
}

function planItem({ id, path, action, reason, left, right }: PlanStep): PlanItem {
  const record = (entry: PlanStep['left']): EntryRecord | null =>
    entry === null ? null : entryRecord(entry);
  return { id, path, action, reason, left: record(left), right: record(right) };
}

/** Records in one line of the stream of the queue. */
const recordsInLine = 1000;

function streamsOf({ transfers, plans }: Panes): PageStreams {
  return {
    async *'POST /plans'({ body, signal }) {
      for await (const news of plans.make(body, signal))
        yield 'steps' in news ? { items: news.steps.map(planItem) } : news;
    },
    async *'GET /queue'() {
      const records = transfers.list();
      for (let start = 0; start < records.length; start += recordsInLine)
        yield { transfers: await Promise.resolve(records.slice(start, start + recordsInLine)) };
      yield { totals: transfers.totals() };
    },
  };
}
