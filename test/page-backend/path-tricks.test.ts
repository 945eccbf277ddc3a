import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noSsh, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { beginUpload, logIn, sendPiece } from './hosted-client.ts';
import type { PageClient } from './page-client.ts';

const connection = 'account';
const content = 'kept beside what is served';

/** Ways to write a path beside the tree, which lies in `tree` next to `outside`; the last two go by links in it. */
const tricks = [
  '/../outside/kept.txt',
  '/..',
  '/a/../../outside/kept.txt',
  '/./.././../outside/kept.txt',
  '//outside/kept.txt',
  '/..%2foutside%2fkept.txt',
  '/%2e%2e/outside/kept.txt',
  '/..\\outside\\kept.txt',
  '../outside/kept.txt',
  'outside/kept.txt',
  '/a\0/../../outside/kept.txt',
  '/up/outside/kept.txt',
  '/kept-link',
] as const;

/** Each parameter of the page's interface that takes a path, with what else the route needs. */
const parameters: Readonly<Record<string, (path: string) => readonly [method: string, body: object]>> = {
  '/files/stat': (path) => ['POST', { connection, path }],
  '/files/space': (path) => ['POST', { connection, path }],
  '/files/list': (path) => ['POST', { connection, path }],
  '/files/create': (path) => ['POST', { connection, path: `${path}.made` }],
  '/files/directory': (path) => ['POST', { connection, path: `${path}.made`, parents: true }],
  '/files/rename#from': (path) => ['POST', { connection, from: path, to: '/taken.txt', overwrite: true }],
  '/files/rename#to': (path) => ['POST', { connection, from: '/inside.txt', to: path, overwrite: true }],
  '/files/times': (path) => ['POST', { connection, path, modifiedAt: 0 }],
  '/files/symlink': (path) => ['POST', { connection, path, target: 'inside.txt' }],
  '/files/text': (path) => ['POST', { connection, path }],
  '/files/text#put': (path) => [
    'PUT',
    { connection, path, text: 'overwritten', encoding: 'utf-8', byteOrderMark: false, lineEnding: 'lf' },
  ],
  '/files/sizes': (path) => ['POST', { connection, paths: [path] }],
  '/files/mode': (path) => ['POST', { connection, paths: [path], set: 0o777, clear: 0, recursive: 'all' }],
  '/files/checksum': (path) => ['POST', { connection, path, algorithm: 'SHA-256' }],
  '/files/search': (path) => [
    'POST',
    {
      places: [{ connection, path }],
      name: 'kept*',
      nameSyntax: 'glob',
      caseSensitive: false,
      content: 'beside',
    },
  ],
  '/files/delete': (path) => ['POST', { connection, paths: [path] }],
  '/shares': (path) => [
    'POST',
    { path, access: 'read', password: null, expiresAt: null, maximumUses: null, note: '' },
  ],
};

async function upload(
  page: PageClient,
  fields: { readonly relativePath: string; readonly directory?: string },
) {
  const begun = await beginUpload(page, 4, { existing: 'overwrite', ...fields });
  const url = begun.headers.get('location');
  if (url !== null) await sendPiece(page, url, 0, Buffer.from('over'));
}

test('no path in any parameter reads or changes anything beside the tree', async (t) => {
  const top = scratch(t);
  const [directory, outside] = [join(top, 'tree'), join(top, 'outside')];
  for (const made of [directory, outside]) mkdirSync(made);
  writeFileSync(join(outside, 'kept.txt'), content, { mode: 0o600 });
  const words = [...noSsh, '--host', '127.0.0.1', '--user', 'anna:secret'];
  const server = await startWherry(t, { directory, words });
  const page = await logIn(`http://127.0.0.1:${server.port('http')}`, 'anna', 'secret');
  for (const trick of tricks) {
    for (const [name, parameter] of Object.entries(parameters)) {
      // What an earlier one may have taken away within the tree is there again.
      for (const [link, target] of [
        ['up', '..'],
        ['kept-link', '../outside/kept.txt'],
      ] as const)
        if (!readdirSync(directory).includes(link)) symlinkSync(target, join(directory, link));
      writeFileSync(join(directory, 'inside.txt'), 'inside');
      const [method, body] = parameter(trick);
      const answer = await page.send(method, name.replace(/#.*/u, ''), body);
      const said = await answer.text();
      assert.ok(answer.status < 500, `${name} ${trick}: ${answer.status}`);
      assert.ok(!said.includes(content) && !said.includes(top), `${name} ${trick}: ${said}`);
    }
    await upload(page, { relativePath: 'kept.txt', directory: trick });
    await upload(page, { relativePath: trick });
    assert.deepEqual(readdirSync(outside), ['kept.txt'], trick);
    assert.equal(readFileSync(join(outside, 'kept.txt'), 'utf8'), content, trick);
    const { mode, mtimeMs } = statSync(join(outside, 'kept.txt'));
    assert.deepEqual([mode & 0o777, mtimeMs > 0], [0o600, true], trick);
  }
  assert.deepEqual(readdirSync(top).toSorted(), ['outside', 'tree']);
});
