import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { noSsh, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { beginUpload, fetchFile, logIn as logInAt, sendPiece, upload } from './hosted-client.ts';
import type { PageClient } from './page-client.ts';

let server: WherryProcess;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  const t = { after: (work: () => void | Promise<void>) => void cleanups.push(work) };
  const words = [...noSsh, '--host', '127.0.0.1', '--user', 'anna:secret', '--user', 'guest:guest:r'];
  server = await startWherry(t, { words });
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

const logIn = async (user: string, password: string): Promise<PageClient> =>
  logInAt(`http://127.0.0.1:${server.port('http')}`, user, password);

async function patch(page: PageClient, url: string, offset: number, piece: Uint8Array): Promise<number> {
  return (await sendPiece(page, url, offset, piece)).status;
}

async function offsetOf(page: PageClient, url: string): Promise<number> {
  const { headers } = await page.send('HEAD', url, undefined, { 'tus-resumable': '1.0.0' });
  return Number(headers.get('upload-offset'));
}

/** Sends some octets of a piece that was announced as longer, and breaks the connection. */
async function breakOff(page: PageClient, url: string, piece: Uint8Array): Promise<void> {
  const sent = request(page.origin + url, {
    method: 'PATCH',
    headers: {
      cookie: page.cookie,
      'x-wherry-csrf': page.csrf,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-length': String(piece.length * 2),
      'content-type': 'application/offset+octet-stream',
    },
  });
  sent.on('error', () => undefined);
  sent.write(piece);
  for (let arrived = 0; arrived < piece.length;) arrived = await offsetWithout(page, url);
  sent.destroy();
}

/** Begins to send a piece from the start of an upload, of which nothing comes yet. @returns when the server has it */
async function openPatch(page: PageClient, url: string, length: number): Promise<ClientRequest> {
  const sent = request(page.origin + url, {
    method: 'PATCH',
    headers: {
      cookie: page.cookie,
      'x-wherry-csrf': page.csrf,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-length': String(length),
      'content-type': 'application/offset+octet-stream',
      expect: '100-continue',
    },
  });
  const welcomed = once(sent, 'continue');
  sent.on('error', () => undefined);
  sent.flushHeaders();
  await welcomed;
  return sent;
}

/** The offset, asked for as a second page would that takes the upload over. */
async function offsetWithout(page: PageClient, url: string): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  return offsetOf(page, url).then((offset) => (offset === 0 ? 0 : Number.POSITIVE_INFINITY));
}

test('a file comes in pieces, goes on after a broken connection and a new login, and is seen when it is whole', async () => {
  const content = randomBytes(600_000);
  let page = await logIn('anna', 'secret');
  const url =
    (await beginUpload(page, content.length, { relativePath: 'made/on the way/öl.bin' })).headers.get(
      'location',
    ) ?? '';
  await breakOff(page, url, content.subarray(0, 200_000));
  page = await logIn('anna', 'secret');
  const offset = await offsetOf(page, url);
  assert.ok(offset > 0 && offset <= 200_000, `${offset} octets were kept`);
  const path = '/made/on the way/öl.bin';
  assert.equal(await page.refusal('POST', '/files/stat', { connection: 'account', path }), 'not-found');
  assert.equal(await patch(page, url, offset + 1, content.subarray(offset + 1)), 409);
  assert.equal(await patch(page, url, offset, content.subarray(offset)), 204);
  assert.ok(content.equals(await fetchFile(page, path)));
});

test('who never got the last answer is told that the file is there, and nobody else is told anything', async () => {
  const page = await logIn('anna', 'secret');
  const content = Buffer.from('as long as it is');
  const begun = await beginUpload(page, content.length, { relativePath: 'answered.txt' });
  const url = begun.headers.get('location') ?? '';
  assert.equal(await patch(page, url, 0, content), 204);
  const again = await logIn('anna', 'secret');
  assert.equal(await offsetOf(again, url), content.length);
  assert.equal(await patch(again, url, content.length, Buffer.alloc(0)), 404);
  const guest = await logIn('guest', 'guest');
  assert.equal((await guest.send('HEAD', url)).status, 404);
  const empty = await beginUpload(page, 0, { relativePath: 'empty.txt' });
  assert.equal(await offsetOf(page, empty.headers.get('location') ?? ''), 0);
});

test('of several who bring an upload at once the last one has it, from the offset that it was told', async () => {
  const content = randomBytes(400_000);
  const page = await logIn('anna', 'secret');
  const begun = await beginUpload(page, content.length, { relativePath: 'contended.bin' });
  const url = begun.headers.get('location') ?? '';
  const first = await openPatch(page, url, content.length);
  const second = await openPatch(page, url, content.length);
  second.write(content.subarray(0, 100_000));
  const offset = await offsetOf(page, url);
  assert.ok(offset <= 100_000);
  assert.equal(await patch(page, url, offset, content.subarray(offset)), 204);
  assert.ok(content.equals(await fetchFile(page, '/contended.bin')));
  first.destroy();
  second.destroy();
});

test('a name that is taken is skipped, numbered or overwritten', async () => {
  const page = await logIn('anna', 'secret');
  const put = async (content: string, existing: string): Promise<number> =>
    upload(page, content, { relativePath: 'same.txt', existing });
  assert.equal(await put('one', 'skip'), 204);
  assert.equal(await put('two', 'skip'), 409);
  assert.equal(await put('three', 'rename'), 204);
  assert.equal(await put('four', 'overwrite'), 204);
  assert.equal((await fetchFile(page, '/same.txt')).toString(), 'four');
  assert.equal((await fetchFile(page, '/same (2).txt')).toString(), 'three');
});

test('no name leads elsewhere, nobody gets at the upload of another, and who only reads uploads nothing', async () => {
  const page = await logIn('anna', 'secret');
  for (const relativePath of ['', '../up', 'a/../../up', '/up', 'a//b', 'nul\0', '.'])
    assert.equal((await beginUpload(page, 1, { relativePath })).status, 400, relativePath);
  for (const length of [-1, 1.5, Number.NaN])
    assert.equal((await beginUpload(page, length, { relativePath: 'x' })).status, 400);
  const url = (await beginUpload(page, 10, { relativePath: 'mine' })).headers.get('location') ?? '';
  const guest = await logIn('guest', 'guest');
  assert.equal((await guest.send('HEAD', url)).status, 404);
  assert.equal(await patch(guest, url, 0, Buffer.from('0123456789')), 404);
  assert.equal(await patch(page, url, 0, Buffer.from('0123456789 and more')), 413);
  const refused = await beginUpload(guest, 3, { relativePath: 'guest.txt' });
  assert.equal(refused.status, 403);
  assert.equal(
    await guest.refusal('POST', '/files/directory', { connection: 'account', path: '/d' }),
    'permission',
  );
});

test('another account, a request without its token and one without a login see nothing', async () => {
  const page = await logIn('anna', 'secret');
  const listing = { connection: 'account', path: '/' };
  assert.equal(await page.refusal('POST', '/files/list', listing, { 'x-wherry-csrf': '' }), 'permission');
  assert.equal(await page.refusal('POST', '/files/list', listing, { cookie: '' }), 'login-refused');
  const local = { ...listing, connection: 'local' };
  assert.match(JSON.stringify(await page.lines('/files/list', local)), /"closed"/u);
  assert.equal(await page.refusal('POST', '/connections', { address: 'ftp://127.0.0.1' }), 'not-supported');
  const regex = { places: [listing], name: '(a+)+$', nameSyntax: 'regex', caseSensitive: false };
  assert.match(JSON.stringify(await page.lines('/files/search', regex)), /not-supported/u);
});

test('pages of one account hear of each other’s changes', async (t) => {
  const [one, other] = [await logIn('anna', 'secret'), await logIn('anna', 'secret')];
  await other.listen(t);
  await one.call('POST', '/files/directory', { connection: 'account', path: '/heard' });
  const told = await other.message((message) => message.type === 'directory-changed' && message);
  assert.equal(told.path, '/');
});
