import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import {
  existingFileChoices,
  type ExistingFileChoice,
  type QueueSettings,
  type TransferRecord,
} from '#protocols/http/contract/page/queue.ts';
import type { ExistingFileQuestion } from '#protocols/http/contract/page/trust.ts';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';
import { get, names, pattern, put } from '#test/client/places.ts';
import { serve, type Served } from '#test/client/served.ts';
import { connectTo, trust } from './connect-page.ts';
import { enter, PageClient, startUi, type RunningUi } from './page-client.ts';

const megabyte = 1024 * 1024;

interface Opened extends RunningUi {
  readonly served: Served;
  readonly remote: string;
  /** A transfer from the disk to the server, or back. */
  readonly upload: (name: string) => object;
  readonly download: (name: string) => object;
}

async function open(
  t: TestContext,
  fileSystem = new MemoryFileSystem() as Served['fileSystem'],
): Promise<Opened> {
  const served = await serve(t, { fileSystem });
  const ui = await startUi(t);
  await enter(ui);
  await ui.page.listen(t);
  const { id: remote } = await connectTo(ui.page, served.address('ftp'), trust);
  const place = (connection: string, path: string): object => ({ connection, path });
  return {
    ...ui,
    served,
    remote,
    upload: (name) => ({
      source: place('local', join(ui.root, name)),
      targetDirectory: place(remote, '/'),
      type: 'file',
    }),
    download: (name) => ({
      source: place(remote, `/${name}`),
      targetDirectory: place('local', ui.root),
      type: 'file',
    }),
  };
}

type State = TransferRecord['state'];

/** The record of a transfer when it has come to one of these states. */
async function reaching(page: PageClient, id: string, ...states: State[]): Promise<TransferRecord> {
  return page.message(
    (message) =>
      message.type === 'queue' &&
      message.transfers.find((record) => record.id === id && states.includes(record.state)),
  );
}

async function enqueue(page: PageClient, body: object): Promise<readonly string[]> {
  return (await page.call('POST', '/queue', body))['transfers'] as readonly string[];
}

async function settings(page: PageClient, change: Partial<QueueSettings>): Promise<void> {
  const current = (await page.call('GET', '/queue/settings')) as unknown as QueueSettings;
  await page.call('PUT', '/queue/settings', { ...current, ...change });
}

async function existingFileQuestion(page: PageClient): Promise<ExistingFileQuestion> {
  return page.message(
    (message) => message.type === 'question' && message.question.kind === 'existing-file' && message.question,
  );
}

const finished = (message: ServerMessage): unknown => message.type === 'queue-finished';

/** What each choice leaves at the target, where it is older and shorter than the source, or younger and as long. */
const outcomes: Readonly<Record<ExistingFileChoice, readonly [older: string, younger: string]>> = {
  overwrite: ['source', 'source'],
  'overwrite-if-newer': ['source', 'target'],
  'overwrite-if-different-size': ['source', 'target'],
  'overwrite-if-different-size-or-newer': ['source', 'target'],
  resume: ['source', 'source'],
  rename: ['t', 'target'],
  skip: ['t', 'target'],
};

test('each of the seven choices does to an existing target what it says', async (t) => {
  const { page, root, served, upload } = await open(t);
  for (const choice of existingFileChoices) {
    await writeFile(join(root, `${choice}-older`), 'source');
    await writeFile(join(root, `${choice}-younger`), 'source');
    await put(served.fileSystem, `/${choice}-older`, 't', Date.UTC(2020, 1));
    await put(served.fileSystem, `/${choice}-younger`, 'target', Date.UTC(2040, 1));
    const transfers = [upload(`${choice}-older`), upload(`${choice}-younger`)];
    const ids = await enqueue(page, { transfers, existing: choice });
    for (const id of ids) await reaching(page, id, 'done', 'skipped');
    const found = [];
    for (const name of ['older', 'younger'])
      found.push((await get(served.fileSystem, `/${choice}-${name}`)).toString());
    assert.deepEqual(found, outcomes[choice], choice);
  }
  const added = (await names(served.fileSystem)).filter((name) => name.includes('(2)'));
  assert.deepEqual(added, ['rename-older (2)', 'rename-younger (2)']);
});

test('a rule that renames goes on to the next number that is free', async (t) => {
  const { page, root, served, upload } = await open(t);
  await writeFile(join(root, 'a#%.txt'), 'fresh');
  for (const name of ['/a#%.txt', '/a#% (2).txt', '/a#% (3).txt']) await put(served.fileSystem, name, 'old');
  const [id = ''] = await enqueue(page, { transfers: [upload('a#%.txt')], existing: 'rename' });
  assert.equal((await reaching(page, id, 'done', 'failed')).target.path, '/a#% (4).txt');
  assert.equal((await get(served.fileSystem, '/a#% (4).txt')).toString(), 'fresh');
});

test('resume sends what is missing; who did not ask for it has no target taken for a beginning', async (t) => {
  const { page, root, served, upload } = await open(t);
  const content = pattern(3 * megabyte);
  await writeFile(join(root, 'half'), content);
  await put(served.fileSystem, '/half', content.subarray(0, 2 * megabyte));
  const [asked = ''] = await enqueue(page, { transfers: [upload('half')] });
  const question = await existingFileQuestion(page);
  assert.equal(question.resumable, true);
  assert.equal((await get(served.fileSystem, '/half')).length, 2 * megabyte, 'nothing was sent unasked');
  await page.call('POST', `/questions/${question.id}/answer`, {
    answer: 'existing-file',
    choice: 'resume',
    always: 'no',
    asDefault: false,
  });
  const record = await reaching(page, asked, 'done', 'failed');
  assert.equal(record.state, 'done', record.error?.message ?? 'no reason was told');
  assert.ok((await get(served.fileSystem, '/half')).equals(content));
  const lines = (await page.call('GET', '/log'))['lines'] as readonly { readonly text: string }[];
  assert.ok(
    lines.some(({ text }) => text === `REST ${2 * megabyte}` || text.startsWith('APPE ')),
    'only the rest was sent',
  );
});

test('what was compared and how the octets went is told', async (t) => {
  const { page, root, upload, remote } = await open(t);
  await writeFile(join(root, 'sent'), 'content');
  const [id = ''] = await enqueue(page, { transfers: [upload('sent')] });
  const { verified, route, doneBytes } = await reaching(page, id, 'done', 'failed');
  assert.deepEqual([verified, route, doneBytes], [true, 'here', 7]);
  const within = {
    source: { connection: remote, path: '/sent' },
    targetDirectory: { connection: remote, path: '/' },
    targetName: 'copied',
    type: 'file',
  };
  const [copied = ''] = await enqueue(page, { transfers: [within], existing: 'overwrite' });
  assert.equal((await reaching(page, copied, 'done', 'failed')).route, 'server');
  await settings(page, { verify: false });
  const [unchecked = ''] = await enqueue(page, { transfers: [upload('sent')], existing: 'overwrite' });
  assert.equal((await reaching(page, unchecked, 'done', 'failed')).verified, false);
});

test('so many of one direction run as may, by priority, and what is moved to the front goes first', async (t) => {
  const { page, root, panes, upload, download, served } = await open(t);
  for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(root, name), name);
  await put(served.fileSystem, '/down', 'x');
  await settings(page, { paused: true, parallel: 4, parallelUploads: 1 });
  const ids = await enqueue(page, { transfers: ['a', 'b', 'c', 'd'].map(upload) });
  const [down = ''] = await enqueue(page, { transfers: [download('down')] });
  const act = async (action: string, index: number, priority?: number): Promise<unknown> =>
    page.call('POST', '/queue/actions', {
      action,
      transfers: [ids[index]],
      ...(priority === undefined ? {} : { priority }),
    });
  await act('last', 0);
  await act('priority', 1, 2);
  await act('first', 2);
  await act('first', 3);
  let most = 0;
  const begun: string[] = [];
  panes.messages.subscribe(() => {
    const active = panes.transfers.list().filter(({ state }) => state === 'active');
    most = Math.max(most, active.filter(({ direction }) => direction === 'upload').length);
  });
  await settings(page, { paused: false });
  for (const id of [...ids, down]) await reaching(page, id, 'done', 'failed');
  const records = panes.transfers.list().filter(({ direction }) => direction === 'upload');
  begun.push(
    ...records
      .toSorted((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0))
      .map(({ source }) => source.path.at(-1) ?? ''),
  );
  assert.deepEqual(begun, ['d', 'c', 'b', 'a']);
  assert.ok(most <= 1, `${most} uploads ran side by side`);
});

test('one transfer is paused and goes on where it was; one that failed is tried again', async (t) => {
  const memory = new MemoryFileSystem();
  const content = pattern(6 * megabyte);
  await put(memory, '/big', content);
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(memory, [
    { operation: 'read', after: 4 * megabyte, gate, times: 1 },
  ]);
  const { page, root, download } = await open(t, fileSystem);
  const [id = ''] = await enqueue(page, { transfers: [download('big')] });
  await gate.reached;
  const pausing = page.call('POST', '/queue/actions', { action: 'pause', transfers: [id] });
  gate.release();
  await pausing;
  await reaching(page, id, 'paused');
  await page.call('POST', '/queue/actions', { action: 'resume', transfers: { states: ['paused'] } });
  await reaching(page, id, 'done');
  assert.ok((await readFile(join(root, 'big'))).equals(content));
  const [missing = ''] = await enqueue(page, { transfers: [download('none')] });
  assert.equal((await reaching(page, missing, 'failed')).error?.code, 'not-found');
  await put(memory, '/none', 'here now');
  await page.call('POST', '/queue/actions', { action: 'retry', transfers: [missing] });
  await reaching(page, missing, 'done');
  assert.equal(await readFile(join(root, 'none'), 'utf8'), 'here now');
});

test('a server that disappears is waited for, and the transfer goes on with it; both tabs are told', async (t) => {
  const memory = new MemoryFileSystem();
  const content = pattern(6 * megabyte);
  await put(memory, '/big', content);
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(memory, [
    { operation: 'read', after: 4 * megabyte, gate, times: 1 },
  ]);
  const { page, root, download, served } = await open(t, fileSystem);
  const other = new PageClient(page.origin);
  Object.assign(other, { cookie: page.cookie, csrf: page.csrf });
  await other.listen(t);
  const [id = ''] = await enqueue(page, { transfers: [download('big')] });
  await gate.reached;
  const closing = served.server.close({ graceMs: 0 });
  gate.release();
  await closing;
  const waiting = await page.message(
    (message) =>
      message.type === 'queue' &&
      message.transfers.find(
        (record) => record.id === id && record.state === 'queued' && record.error !== null,
      ),
  );
  assert.equal(waiting.error?.retryable, true, waiting.error?.message ?? '');
  await serve(t, { fileSystem: memory, listen: { ftp: served.port('ftp') } });
  await page.call('POST', '/queue/actions', { action: 'retry', transfers: [id] });
  for (const tab of [page, other]) assert.equal((await reaching(tab, id, 'done', 'failed')).state, 'done');
  assert.ok((await readFile(join(root, 'big'))).equals(content));
});

test('a question that was open when the program ended is asked again', async (t) => {
  const { page, root, panes, served, upload } = await open(t);
  await writeFile(join(root, 'same'), 'new');
  await put(served.fileSystem, '/same', 'old');
  await enqueue(page, { transfers: [upload('same')] });
  await existingFileQuestion(page);
  await panes.close();
  const again = await startUi(t, { root });
  await enter(again);
  await again.page.listen(t);
  const answers = {
    ...trust,
    'existing-file': { answer: 'existing-file', choice: 'overwrite', always: 'no', asDefault: true },
  };
  const answered = new Set<string>();
  for (;;) {
    const step = await again.page.message((message) => {
      if (message.type === 'queue-finished') return message;
      if (message.type === 'hello') return message.questions.find(({ id }) => !answered.has(id));
      return message.type === 'question' && !answered.has(message.question.id) && message.question;
    });
    if ('type' in step) break;
    answered.add(step.id);
    const answer = answers[step.kind as keyof typeof answers];
    await again.page.call('POST', `/questions/${step.id}/answer`, answer);
  }
  assert.equal((await get(served.fileSystem, '/same')).toString(), 'new');
  assert.equal((await again.page.call('GET', '/queue/settings'))['existingUpload'], 'overwrite');
});

test('ten thousand transfers come in messages of a thousand, and as quickly as they are queued', async (t) => {
  const { page, upload } = await open(t);
  const count = 10_000;
  await settings(page, { paused: true });
  const ids = await enqueue(page, {
    transfers: Array.from({ length: count }, (_, index) => upload(`f${index}`)),
  });
  assert.equal(new Set(ids).size, count);
  const seen = new Set<string>();
  await page.message((message) => {
    if (message.type !== 'queue') return false;
    assert.ok(message.transfers.length <= 1000, `${message.transfers.length} in one message`);
    for (const { id } of message.transfers) seen.add(id);
    return seen.size === count;
  });
  const lines = await (await page.send('GET', '/queue')).text();
  assert.equal(lines.split('\n').filter((line) => line.startsWith('{"transfers"')).length, count / 1000);
  const gone = await page.call('POST', '/queue/actions', {
    action: 'remove',
    transfers: { states: ['queued'] },
  });
  assert.equal(gone['changed'], count);
});

test('a directory that is queued to wait is read when somebody says so, also after a restart', async (t) => {
  const { page, root, panes, served, remote } = await open(t);
  await mkdir(join(root, 'tree'));
  await writeFile(join(root, 'tree', 'inside'), 'x');
  const transfer = {
    source: { connection: 'local', path: join(root, 'tree') },
    targetDirectory: { connection: remote, path: '/' },
    type: 'directory',
  };
  await enqueue(page, { transfers: [transfer], paused: true });
  await panes.close();
  const again = await startUi(t, { root });
  await enter(again);
  await again.page.listen(t);
  const [record] = again.panes.transfers.list();
  assert.deepEqual([record?.state, await names(served.fileSystem)], ['paused', []]);
  await connectTo(again.page, served.address('ftp'), trust);
  await again.page.call('POST', '/queue/actions', { action: 'resume', transfers: [record?.id] });
  await again.page.message(finished);
  assert.deepEqual(await names(served.fileSystem, '/tree'), ['inside']);
});

test('a limit of speed holds, and what is to be done at the end is done once', async (t) => {
  const { page, root, upload } = await open(t);
  await mkdir(join(root, 'told'));
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(join(root, 'told'), () => resolve());
  t.after(() => watcher.close());
  const rate = 400_000;
  await writeFile(join(root, 'slow'), pattern(rate));
  const finishCommand = `echo done > '${join(root, 'told', 'end')}'`;
  await settings(page, { uploadLimit: rate, whenFinished: 'run-command', finishCommand });
  const startedAtMs = performance.now();
  await enqueue(page, { transfers: [upload('slow')] });
  await page.message(finished);
  // A quarter of a second's octets may pass at once.
  assert.ok(performance.now() - startedAtMs >= 700, 'it was not faster than it may be');
  await promise;
});
