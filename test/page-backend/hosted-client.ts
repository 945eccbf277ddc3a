import assert from 'node:assert/strict';
import { PageClient } from './page-client.ts';

/** Takes over the cookie and the token that a login has answered with. */
export async function takeLogin(page: PageClient, response: Response): Promise<PageClient> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const { session } = JSON.parse(text) as { readonly session: { readonly csrfToken: string } };
  page.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  page.csrf = session.csrfToken;
  return page;
}

/** A browser that has logged in to the files of a server. */
export async function logIn(origin: string, user: string, password: string): Promise<PageClient> {
  const page = new PageClient(origin);
  return takeLogin(page, await page.send('POST', '/session/login', { user, password }));
}

const encode = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** Announces an upload (tus 1.0, creation). */
export async function beginUpload(
  page: PageClient,
  length: number,
  fields: { readonly relativePath: string; readonly existing?: string; readonly directory?: string },
): Promise<Response> {
  const metadata = { connection: 'account', directory: '/', existing: 'skip', ...fields };
  return page.send('POST', '/uploads', undefined, {
    'tus-resumable': '1.0.0',
    'upload-length': String(length),
    'upload-metadata': encode(metadata),
  });
}

/** Sends a piece of an upload. */
export async function sendPiece(
  page: PageClient,
  url: string,
  offset: number,
  piece: Uint8Array,
): Promise<Response> {
  return fetch(page.origin + url, {
    method: 'PATCH',
    headers: {
      cookie: page.cookie,
      'x-wherry-csrf': page.csrf,
      'tus-resumable': '1.0.0',
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body: new Uint8Array(piece),
  });
}

/** A whole upload. @returns the last status */
export async function upload(
  page: PageClient,
  content: string,
  fields: { readonly relativePath: string; readonly existing?: string; readonly directory?: string },
): Promise<number> {
  const begun = await beginUpload(page, Buffer.byteLength(content), fields);
  const url = begun.headers.get('location');
  if (url === null || content === '') return begun.status;
  return (await sendPiece(page, url, 0, Buffer.from(content))).status;
}

/** A file, fetched by a ticket. */
export async function fetchFile(page: PageClient, path: string): Promise<Buffer> {
  const { url } = await page.call('POST', '/files/ticket', {
    connection: 'account',
    paths: [path],
    disposition: 'attachment',
  });
  const response = await page.send('GET', String(url));
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}
