import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { noSsh, runWherry, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { beginUpload, fetchFile, logIn, sendPiece, takeLogin } from '#test/page-backend/hosted-client.ts';
import { PageClient } from '#test/page-backend/page-client.ts';

const kib = 1024;
const names = ['anna', 'bert', 'carl', 'dora', 'emil', 'fred'];

const shared = startWherry(
  { after: after as TestContext['after'] },
  { words: ['--host', '127.0.0.1', ...names.flatMap((name) => ['--user', `${name}:wonderland`]), ...noSsh] },
);

interface Stage {
  readonly server: WherryProcess;
  readonly page: PageClient;
  /** The account's own directory. */
  readonly directory: string;
  readonly limit: (...words: readonly string[]) => Promise<void>;
}

/** An account with limits and a directory of its own, logged in to the page. */
async function stage(name: string, ...limits: readonly string[]): Promise<Stage> {
  const server = await shared;
  const directory = join(server.directory, name);
  const limit = async (...words: readonly string[]): Promise<void> => {
    const at = ['--data-dir', server.dataDirectory];
    const { code, stderr } = await runWherry(['user', 'set', name, ...words, ...at]);
    assert.equal(code, 0, stderr);
  };
  await limit('--home', directory, ...limits);
  const page = await logIn(`http://127.0.0.1:${server.port('http')}`, name, 'wonderland');
  return { server, page, directory, limit };
}

/** Uploads in one piece. @returns the status that says what came of it */
async function upload(page: PageClient, name: string, octets: number): Promise<number> {
  const begun = await beginUpload(page, octets, { relativePath: name, existing: 'overwrite' });
  const url = begun.headers.get('location');
  if (url === null) return begun.status;
  return (await sendPiece(page, url, 0, Buffer.alloc(octets, 'x'))).status;
}

const isTaken = (status: number): boolean => status >= 200 && status < 300;

async function secondsOf(step: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await step();
  return (performance.now() - startedAt) / 1000;
}

test('a quota is met to the octet by uploads of the page, and one more is refused', async () => {
  const { page, directory, limit } = await stage('anna', '--quota', '100KiB', '--quota-files', '2');
  assert.ok(isTaken(await upload(page, 'fits', 100 * kib)));
  assert.ok(!isTaken(await upload(page, 'over', 1)));
  assert.deepEqual(readdirSync(directory), ['fits']);
  assert.ok(!isTaken(await upload(page, 'fits', 101 * kib)));
  assert.equal(statSync(join(directory, 'fits')).size, 100 * kib, 'the old file stays');
  await limit('--quota', '200KiB');
  assert.ok(isTaken(await upload(page, 'more', 50 * kib)), 'what is raised takes hold at once');
  assert.ok(!isTaken(await upload(page, 'third', 1)), 'and the number of files holds');
});

test('the largest file is refused when it is announced or while it arrives', async () => {
  const { page, directory } = await stage('bert', '--largest-file', '50KiB');
  assert.ok(isTaken(await upload(page, 'fits', 50 * kib)));
  assert.ok(!isTaken(await upload(page, 'over', 50 * kib + 1)));
  assert.deepEqual(readdirSync(directory), ['fits']);
});

test('what visitors of a link bring counts for its owner, whose quota and largest file hold', async () => {
  const { server, page, directory } = await stage('fred', '--quota', '60KiB', '--largest-file', '50KiB');
  mkdirSync(join(directory, 'inbox'), { recursive: true });
  const { url } = await page.call('POST', '/shares', {
    path: '/inbox',
    access: 'upload-only',
    password: null,
    expiresAt: null,
    maximumUses: null,
    note: '',
  });
  const visitor = new PageClient(`http://127.0.0.1:${server.port('http')}`);
  const token = String(url).split('/s/')[1] ?? '';
  await takeLogin(visitor, await visitor.send('POST', `/share-gates/${token}`, { password: null }));
  assert.ok(!isTaken(await upload(visitor, 'large', 51 * kib)));
  assert.ok(isTaken(await upload(visitor, 'fits', 40 * kib)));
  assert.ok(!isTaken(await upload(visitor, 'over', 30 * kib)));
  assert.deepEqual(readdirSync(join(directory, 'inbox')), ['fits']);
});

test('speed holds uploads and downloads of the page back, each by its own limit', async () => {
  const { page } = await stage('carl', '--session-upload-rate', '200KiB', '--download-rate', '250KiB');
  const up = await secondsOf(async () => assert.ok(isTaken(await upload(page, 'file', 100 * kib))));
  assert.ok(up >= 0.2, `100 KiB at 200 KiB/s took ${up} s`);
  const down = await secondsOf(async () => assert.equal((await fetchFile(page, '/file')).length, 100 * kib));
  assert.ok(down >= 0.1, `100 KiB at 250 KiB/s took ${down} s`);
});

test('a volume is met and not passed', async () => {
  const { page } = await stage('dora', '--upload-per-day', '100KiB');
  assert.ok(isTaken(await upload(page, 'first', 100 * kib)));
  assert.ok(!isTaken(await upload(page, 'second', 1)));
});

test('an account that is disabled leaves the page at once', async () => {
  const { page, directory, limit } = await stage('emil');
  writeFileSync(join(directory, 'file'), 'content');
  assert.equal((await fetchFile(page, '/file')).toString(), 'content');
  await limit('--disable');
  const { status } = await page.send('POST', '/files/ticket', {
    connection: 'account',
    paths: ['/file'],
    disposition: 'attachment',
  });
  assert.ok([401, 403].includes(status), String(status));
});
