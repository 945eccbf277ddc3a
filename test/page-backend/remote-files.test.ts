import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EntryRecord, SearchHit } from '#protocols/http/contract/page/files.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { at as path, get, names, put } from '#test/client/places.ts';
import { serve } from '#test/client/served.ts';
import { connectTo, trust } from './connect-page.ts';
import { enter, startUi } from './page-client.ts';

for (const scheme of ['ftp', 'sftp']) {
  test(`files over ${scheme} are measured, searched, hashed, changed and removed`, async (t) => {
    const fileSystem = new MemoryFileSystem();
    const served = await serve(t, { fileSystem });
    const ui = await startUi(t);
    await enter(ui);
    const { page, root } = ui;
    await page.listen(t);
    // Known hosts are those of the user's home.
    const home = process.env['HOME'];
    process.env['HOME'] = root;
    t.after(() => {
      if (home !== undefined) process.env['HOME'] = home;
    });
    const hostKey = { 'host-key': { answer: 'trust', remember: false } };
    const { id, capabilities } = await connectTo(page, served.address(scheme), { ...trust, ...hostKey });
    const at = (name: string): object => ({ connection: id, path: name });
    for (const name of ['/tree', '/tree/below', '/tree/below/deep']) fileSystem.makeDirectory(path(name));
    await put(fileSystem, '/tree/one.txt', 'one');
    await put(fileSystem, '/tree/below/two.txt', 'needle in hay');
    await put(fileSystem, '/tree/below/deep/three.bin', 'x'.repeat(1000));
    await mkdir(join(root, 'here'));
    await writeFile(join(root, 'here', 'two.txt'), 'a needle');

    fileSystem.createSymlink('one.txt', path('/tree/link'));
    fileSystem.createSymlink('nowhere', path('/tree/lost'));
    const listed = await page.lines('/files/list', at('/tree'));
    assert.deepEqual(
      listed
        .flatMap((line) => (line['entries'] ?? []) as readonly EntryRecord[])
        .filter(({ type }) => type === 'symlink')
        .map(({ name, linkType }) => `${name} ${linkType}`)
        .toSorted(),
      // FTP tells of what a link leads to (RFC 3659 section 7.5.1.1).
      scheme === 'ftp' ? ['lost dangling'] : ['link file', 'lost dangling'],
    );
    for (const name of ['/tree/link', '/tree/lost']) fileSystem.removeFile(path(name));

    const sizes = await page.lines('/files/sizes', { connection: id, paths: ['/tree', '/tree/one.txt'] });
    const totals = sizes.filter((line) => line['final'] === true);
    assert.deepEqual(
      totals.map(({ path: of, bytes, files, directories }) => [of, bytes, files, directories]),
      [
        ['/tree', 1016, 3, 2],
        ['/tree/one.txt', 3, 1, 0],
      ],
    );

    const search = async (query: object): Promise<readonly string[]> => {
      const places = [at('/tree'), { connection: 'local', path: join(root, 'here') }];
      const base = { places, nameSyntax: 'glob', caseSensitive: false };
      const lines = await page.lines('/files/search', { ...base, ...query });
      assert.deepEqual(lines.at(-1), { end: 'complete' });
      const hits = lines.flatMap((line) => (line['hits'] ?? []) as readonly SearchHit[]);
      return hits.map(({ place, entry }) => `${place.connection === id ? 'far' : 'near'} ${entry.name}`);
    };
    assert.deepEqual(await search({ name: '*.txt' }), ['far one.txt', 'far two.txt', 'near two.txt']);
    assert.deepEqual(await search({ content: 'NEEDLE' }), ['far two.txt', 'near two.txt']);
    assert.deepEqual(await search({ content: 'NEEDLE', caseSensitive: true }), []);
    assert.deepEqual(await search({ minimumBytes: 500 }), ['far three.bin']);
    assert.deepEqual(
      await search({ name: '^t.*\\.(txt|bin)$', nameSyntax: 'regex', type: 'file', maximumBytes: 10 }),
      ['near two.txt'],
    );

    const algorithm = 'sha256';
    const sum = await page.lines('/files/checksum', { ...at('/tree/below/two.txt'), algorithm });
    const digest = createHash(algorithm).update('needle in hay').digest('hex');
    assert.equal(sum.at(-2)?.['digest'], digest);
    const byServer = capabilities.checksums.includes('SHA-256');
    assert.equal(sum.at(-2)?.['madeBy'], byServer ? 'server' : 'transfer');

    const modes = { connection: id, paths: ['/tree'], set: 0o200, clear: 0o044 };
    const changed = await page.lines('/files/mode', { ...modes, recursive: 'files' });
    assert.deepEqual(changed.at(-1), { end: 'complete' });
    const modeOf = (name: string): number => (fileSystem.stat(path(name)).mode ?? 0) & 0o777;
    assert.equal(modeOf('/tree/below/deep/three.bin') & 0o244, 0o200);
    assert.equal(modeOf('/tree/below') & 0o044, 0o044, 'directories stay as they were');
    await page.lines('/files/mode', { ...modes, recursive: 'directories' });
    assert.equal(modeOf('/tree/below') & 0o044, 0);

    const edited = {
      ...at('/tree/one.txt'),
      text: 'zwei\n',
      encoding: 'utf-8',
      byteOrderMark: false,
      lineEnding: 'lf',
    };
    await page.call('PUT', '/files/text', edited);
    assert.equal((await get(fileSystem, '/tree/one.txt')).toString(), 'zwei\n');
    await page.call('POST', '/files/rename', {
      connection: id,
      from: '/tree/one.txt',
      to: '/tree/öl "1".txt',
    });
    const removed = await page.lines('/files/delete', { connection: id, paths: ['/tree/below', '/none'] });
    assert.deepEqual(
      removed.filter((line) => 'failed' in line).map((line) => line['path']),
      ['/none'],
    );
    assert.deepEqual(await names(fileSystem, '/tree'), ['öl "1".txt']);
  });
}
