import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { newApp } from '#protocols/http/server/base-app.ts';
import { serveStaticPage } from '#protocols/http/server/static-page.ts';

const script = 'export const word = "wherry";\n'.repeat(100);

/** A page of one script, in the three forms in which the build lays it down. */
async function open(t: TestContext): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'wherry-static-'));
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets', 'main-1a2b.js'), script);
  await writeFile(join(root, 'assets', 'main-1a2b.js.br'), brotliCompressSync(script));
  await writeFile(join(root, 'assets', 'main-1a2b.js.gz'), gzipSync(script));
  await writeFile(join(root, '.secret'), 'hidden');
  const app = newApp({ onProblem: () => undefined });
  await serveStaticPage(app, root);
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    app.server.closeAllConnections();
    await app.close();
    await rm(root, { recursive: true });
  });
  return (app.server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('assets come compressed as the build has made them, and are kept for ever', async (t) => {
  const port = await open(t);
  const ask = async (encoding: string): Promise<Answer> =>
    get(port, '/assets/main-1a2b.js', { 'accept-encoding': encoding });
  const [best, older, plain] = [await ask('gzip, deflate, br'), await ask('gzip'), await ask('identity')];
  assert.deepEqual(
    [best, older, plain].map(({ headers }) => headers['content-encoding']),
    ['br', 'gzip', undefined],
  );
  assert.equal(brotliDecompressSync(best.body).toString(), script);
  assert.equal(gunzipSync(older.body).toString(), script);
  assert.equal(plain.body.toString(), script);
  for (const { headers } of [best, older, plain]) {
    assert.match(headers['content-type'] ?? '', /^(?:text|application)\/javascript/u);
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.match(headers.vary ?? '', /accept-encoding/iu);
  }
});

test('the document is asked for each time, and answers that it is the same', async (t) => {
  const port = await open(t);
  const { headers } = await get(port, '/');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal((await get(port, '/', { 'if-none-match': String(headers.etag) })).status, 304);
});

test('nothing but the page lies there', async (t) => {
  const port = await open(t);
  for (const path of [
    '/.secret',
    '/assets/',
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '//etc/passwd',
  ])
    assert.ok((await get(port, path)).status >= 400, path);
});
