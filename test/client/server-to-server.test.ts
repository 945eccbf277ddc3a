import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyFile } from '#client/copy/copy-file.ts';
import { mirror } from '#client/mirror/mirror.ts';
import { get, names, pattern, put } from './places.ts';
import { serve } from './served.ts';

const megabyte = 1024 * 1024;
const content = pattern(3 * megabyte);

for (const scheme of ['ftp', 'ftpes'] as const) {
  test(`${scheme}: a file goes from server to server by itself`, async (t) => {
    const [one, other] = [await serve(t), await serve(t)];
    await put(one.fileSystem, '/a', content, 1_600_000_000_000);
    const [from, to] = [await one.connect(scheme), await other.connect(scheme)];
    const result = await copyFile(from.place('a'), to.place('b'), { serverToServer: 'require' });
    assert.equal(result.atServer, true);
    assert.equal(result.bytes, content.length);
    assert.equal(result.verification.by, 'checksum');
    assert.ok((await get(other.fileSystem, '/b')).equals(content));
    assert.deepEqual(await names(other.fileSystem), ['b']);
    assert.equal((await to.stat('b')).modifiedAt, 1_600_000_000_000);
    const through = await copyFile(from.place('a'), to.place('d'), { serverToServer: 'off' });
    assert.equal(through.atServer, false);
  });
}

test('servers that find no common protection have the octets pass through here', async (t) => {
  const [one, other] = [
    await serve(t, { tls: null, listen: { ftp: 0 } }),
    await serve(t, { requireTls: true }),
  ];
  await put(one.fileSystem, '/a', content);
  const [from, to] = [await one.connect('ftp'), await other.connect('ftpes')];
  const required = copyFile(from.place('a'), to.place('c'), { serverToServer: 'require' });
  await assert.rejects(required, { code: 'not-supported' });
  const result = await copyFile(from.place('a'), to.place('b'));
  assert.equal(result.atServer, false);
  assert.ok((await get(other.fileSystem, '/b')).equals(content));
});

test('between two protocols the octets pass through here and nowhere else', async (t) => {
  const [one, other] = [await serve(t), await serve(t)];
  await put(one.fileSystem, '/a', content);
  await put(one.fileSystem, '/small', 'x');
  const [from, to] = [await one.connect('sftp'), await other.connect('ftp')];
  const top = (remote: typeof from): ReturnType<typeof from.place> => remote.place('.');
  await mirror(top(from), top(to));
  assert.ok((await get(other.fileSystem, '/a')).equals(content));
  assert.deepEqual(await names(other.fileSystem), ['a', 'small']);
  await assert.rejects(copyFile(from.place('a'), to.place('b'), { serverToServer: 'require' }), {
    code: 'not-supported',
  });
});

test('a copy within one place stays there', async (t) => {
  for (const scheme of ['ftp', 'sftp'] as const) {
    const served = await serve(t);
    await put(served.fileSystem, '/a', content);
    const remote = await served.connect(scheme);
    const result = await remote.copy('a', 'b');
    assert.ok((await get(served.fileSystem, '/b')).equals(content));
    assert.equal(result.atServer, remote.capabilities.copy, scheme);
  }
});
