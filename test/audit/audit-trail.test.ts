import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { AuditTrail, type AuditTrailOptions } from '#server/audit/audit-trail.ts';
import { scratch } from '#test/cli/wherry-process.ts';

const facts = {
  session: '1',
  protocol: 'ftp',
  remoteAddress: '192.0.2.7',
  remotePort: 5000,
  account: 'alice',
} as const;

function upload(path: string, more: Partial<ServerEvent> = {}): ServerEvent {
  const event = {
    ...facts,
    event: 'transfer-finished',
    direction: 'upload',
    path,
    bytes: 10,
    durationMs: 5,
    result: 'completed',
    reason: null,
    sha256: null,
  } as const;
  return { ...event, ...more } as ServerEvent;
}

/** As the system can, and by a system call for each line. */
const journalKinds: readonly AuditTrailOptions['mapFile'][] = [undefined, () => null];

interface Scene {
  readonly bus: EventBus;
  readonly trail: AuditTrail;
  readonly warnings: readonly string[];
}

async function open(
  t: TestContext,
  directory: string,
  options: Partial<AuditTrailOptions> = {},
): Promise<Scene> {
  const bus = new EventBus();
  const warnings: string[] = [];
  bus.subscribe(
    (event) => {
      if (event.event === 'warning') warnings.push(event.message);
    },
    ['warning'],
  );
  const trail = await AuditTrail.open({ directory, events: bus, ...options });
  t.after(() => trail.close());
  return { bus, trail, warnings };
}

test('what happened is found by each of its traits, the latest first', async (t) => {
  const clock = { now: 1_000_000 };
  const { bus, trail } = await open(t, scratch(t), { now: () => clock.now });
  bus.emit({ event: 'login-accepted', ...facts, method: 'password' });
  clock.now += 1000;
  bus.emit(upload('/in/a.csv'));
  clock.now += 1000;
  bus.emit(upload('/in/b.csv', { result: 'failed', reason: 'the quota is used up' }));
  bus.emit(upload('/inside', { account: 'bob', protocol: 'sftp' }));
  bus.emit({ event: 'file-changed', ...facts, action: 'rename', path: '/in/a.csv', other: '/done/a.csv' });
  bus.emit({ event: 'denied', ...facts, action: 'delete', path: '/x', rule: 'read-only' });
  bus.emit({
    event: 'login-refused',
    ...facts,
    account: null,
    user: 'eve',
    method: 'password',
    reason: 'wrong',
  });
  bus.emit(upload('/listing', { direction: 'listing' }));
  const found = async (query: Parameters<AuditTrail['search']>[0]): Promise<readonly string[]> => {
    const { records } = await trail.search(query);
    return records.map(({ event, outcome, account, path }) => [event, outcome, account, path].join(' '));
  };
  assert.deepEqual(await found({ pathPrefix: '/in' }), [
    'rename completed alice /in/a.csv',
    'upload failed alice /in/b.csv',
    'upload completed alice /in/a.csv',
  ]);
  assert.deepEqual(await found({ pathGlob: '*.csv', events: ['upload'], outcomes: ['completed'] }), [
    'upload completed alice /in/a.csv',
  ]);
  assert.deepEqual(await found({ account: 'bob' }), ['upload completed bob /inside']);
  assert.deepEqual(await found({ protocol: 'sftp' }), ['upload completed bob /inside']);
  assert.deepEqual(await found({ events: ['login'] }), ['login refused eve ', 'login completed alice ']);
  assert.deepEqual(await found({ outcomes: ['refused'], events: ['delete'] }), ['delete refused alice /x']);
  assert.deepEqual(await found({ from: 1_001_000, to: 1_002_000 }), ['upload completed alice /in/a.csv']);
  assert.deepEqual(await found({ remoteAddress: '192.0.2.8' }), []);
  assert.equal((await found({})).length, 7, 'a listing is not in it');
});

test('pages follow one another without a gap, also while more is added', async (t) => {
  const { bus, trail } = await open(t, scratch(t));
  for (let index = 0; index < 25; index += 1) bus.emit(upload(`/${index}`));
  const paths: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await trail.search({ limit: 10, ...(cursor === undefined ? {} : { cursor }) });
    paths.push(...page.records.map(({ path }) => path ?? ''));
    bus.emit(upload('/later'));
    if (page.cursor === null) break;
    ({ cursor } = page);
  }
  assert.deepEqual(
    paths,
    Array.from({ length: 25 }, (_, index) => `/${24 - index}`),
  );
});

test('queries that make no sense are refused in words', async (t) => {
  const { trail } = await open(t, scratch(t));
  for (const query of [{ limit: 0 }, { limit: 1001 }, { cursor: 'x' }, { pathGlob: '*'.repeat(5000) }]) {
    await assert.rejects(trail.search(query), { code: 'invalid-argument' });
  }
  assert.deepEqual(await trail.search({ account: "' OR 1=1 --" }), { records: [], cursor: null });
});

test('the journal of a run that was killed is taken over once, and what had begun is unknown', async (t) => {
  const directory = scratch(t);
  const record = {
    time: Date.now(),
    event: 'upload',
    outcome: 'completed',
    protocol: 'ftp',
    account: 'alice',
    remoteAddress: null,
    session: '1',
    path: '/a',
    target: null,
    bytes: 1,
    durationMs: 1,
    sha256: null,
    detail: null,
  };
  const lines = [
    { line: 'begun', change: 1, record: { ...record, path: '/a', outcome: 'unknown' } },
    { line: 'record', change: 1, record },
    { line: 'begun', change: 2, record: { ...record, path: '/b', outcome: 'unknown' } },
    { line: 'begun', change: 3, record: { ...record, path: '/c', outcome: 'unknown' } },
    { line: 'dropped', change: 3 },
  ];
  const file = join(directory, 'audit-journal-1.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  appendFileSync(file, 'not a line at all\n{"line":"record","record":{"time":2,');
  for (let start = 0; start < 2; start += 1) {
    const { trail } = await open(t, directory);
    const { records } = await trail.search({});
    assert.deepEqual(
      records.map(({ path, outcome }) => `${path} ${outcome}`),
      ['/b unknown', '/a completed'],
    );
    await trail.close();
  }
  assert.ok(!readdirSync(directory).includes('audit-journal-1.ndjson'), 'it is not needed any more');
});

test('of a journal that was cut off by a power cut every whole line is taken over', async (t) => {
  const directory = scratch(t);
  const line = (path: string): string =>
    `["record",0,${Date.now()},"upload","completed","ftp","alice",null,"1","${path}",null,1,1,null,null]\n`;
  const zeros = Buffer.alloc(3_000_000);
  const parts = [
    line('/a'),
    zeros,
    line('/b'),
    '["record",0,17',
    zeros,
    line('/c'),
    line('/d').slice(0, 30),
    zeros,
  ];
  const file = join(directory, 'audit-journal-1.ndjson');
  for (const part of parts) appendFileSync(file, part);
  const { trail } = await open(t, directory);
  assert.deepEqual(
    (await trail.search({})).records.map(({ path }) => path),
    ['/c', '/b', '/a'],
  );
});

test('journal files follow one another, and changes under way go along', async (t) => {
  for (const mapFile of journalKinds) await followOneAnother(t, mapFile);
});

async function followOneAnother(t: TestContext, mapFile: AuditTrailOptions['mapFile']): Promise<void> {
  const directory = scratch(t);
  const { bus, trail } = await open(t, directory, { journalFileBytes: 2000, mapFile });
  bus.emit({ event: 'change-begun', ...facts, action: 'upload', path: '/slow', other: null });
  for (let index = 0; index < 200; index += 1) bus.emit(upload(`/${index}`));
  const page = await trail.search({ limit: 1000 });
  assert.equal(page.records.length, 200, 'each once');
  const journals = readdirSync(directory).filter((name) => name.startsWith('audit-journal'));
  assert.equal(journals.length, 1, 'what was taken over is deleted');
  // As after a kill: another run finds what the first has left.
  const second = await open(t, directory);
  const found = await second.trail.search({ outcomes: ['unknown'] });
  assert.deepEqual(
    found.records.map(({ path }) => path),
    ['/slow'],
  );
}

test('more changes under way than a file has room for go along as well', async (t) => {
  for (const mapFile of journalKinds) {
    const directory = scratch(t);
    const { bus, trail } = await open(t, directory, { journalFileBytes: 500, mapFile });
    const paths = Array.from({ length: 50 }, (_, index) => `/${'\u{1f600}'.repeat(20)}${index}`);
    for (const path of paths) {
      bus.emit({ event: 'change-begun', ...facts, action: 'delete', path, other: null });
    }
    await trail.flush();
    bus.emit({ event: 'change-failed', ...facts, action: 'delete', path: paths[7] ?? '' });
    bus.emit({ event: 'file-changed', ...facts, action: 'delete', path: paths[9] ?? '', other: null });
    bus.emit(upload('/last'));
    assert.equal((await trail.search({ outcomes: ['completed'] })).records.length, 2);
    const second = await open(t, directory);
    const { records } = await second.trail.search({ outcomes: ['unknown'] });
    const left = paths.filter((_, index) => index !== 7 && index !== 9);
    assert.deepEqual(records.map(({ path }) => path ?? '').toSorted(), left.toSorted());
  }
});

test('what is too old or too much is forgotten', async (t) => {
  const directory = scratch(t);
  const clock = { now: Date.now() - 10 * 86_400_000 };
  const first = await open(t, directory, { now: () => clock.now });
  for (let index = 0; index < 10; index += 1) first.bus.emit(upload(`/old-${index}`));
  clock.now = Date.now();
  for (let index = 0; index < 10; index += 1) first.bus.emit(upload(`/new-${index}`));
  await first.trail.close();
  const aged = await open(t, directory, { retention: { ageMs: 86_400_000 } });
  assert.equal((await aged.trail.search({ limit: 100 })).records.length, 10);
  await aged.trail.close();
  const counted = await open(t, directory, { retention: { records: 3 } });
  assert.deepEqual(
    (await counted.trail.search({})).records.map(({ path }) => path),
    ['/new-9', '/new-8', '/new-7'],
  );
});

test('a flood of refused connections is told by its beginning', async (t) => {
  const { bus, trail } = await open(t, scratch(t), { now: () => 5000 });
  for (let times = 0; times < 1000; times += 1) {
    bus.emit({ event: 'session-refused', protocol: 'ftp', remoteAddress: '192.0.2.1', reason: 'banned' });
  }
  assert.equal((await trail.search({ limit: 1000 })).records.length, 20);
});

test('a database that is damaged or of another program is left as it is, with clear words', async (t) => {
  const damaged = scratch(t);
  writeFileSync(join(damaged, 'audit.db'), Buffer.alloc(8192, 'x'));
  await assert.rejects(AuditTrail.open({ directory: damaged, events: new EventBus() }), {
    code: 'io',
    message: /audit database: .*damaged/,
  });
});
