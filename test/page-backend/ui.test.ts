import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { pagePrefix } from '#protocols/http/contract/page/common.ts';
import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import type { TransferRecord } from '#protocols/http/contract/page/queue.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { get, names, put } from '#test/client/places.ts';
import { serve, type Served } from '#test/client/served.ts';
import { connectTo, trust } from './connect-page.ts';
import { enter, startUi } from './page-client.ts';

const ended = (name: string) => (message: { readonly type: string }) => {
  if (message.type !== 'queue') return null;
  const { transfers } = message as unknown as { readonly transfers: readonly TransferRecord[] };
  return transfers.find(
    ({ target, state }) => target.path.endsWith(name) && ['done', 'failed', 'skipped'].includes(state),
  );
};

const withoutPassword = (served: Served, scheme: string): string =>
  served.address(scheme).replace(/:[^:@/]*@/u, '@');

test('the token lets one browser in, once, and nothing else is let in', async (t) => {
  const ui = await startUi(t);
  const { page, token } = ui;
  assert.equal(await page.refusal('GET', '/connections'), 'login-refused');
  assert.equal(await page.refusal('POST', '/session/token', { token: 'x'.repeat(43) }), 'login-refused');
  await enter(ui);
  assert.equal(await page.refusal('POST', '/session/token', { token }), 'login-refused');
  assert.deepEqual((await page.call('GET', '/session'))['mode'], 'local');
  const stat = { connection: 'local', path: '/' };
  assert.equal(await page.refusal('POST', '/files/stat', stat, { 'x-wherry-csrf': 'wrong' }), 'permission');
  assert.equal(
    await page.refusal('POST', '/files/stat', stat, { origin: 'http://evil.example' }),
    'permission',
  );
  assert.equal(
    await page.refusal('POST', '/files/stat', stat, { 'sec-fetch-site': 'cross-site' }),
    'permission',
  );
  assert.equal(await page.refusal('POST', '/files/stat', stat, { cookie: '' }), 'login-refused');
  assert.equal(
    await page.refusal('GET', '/connections', undefined, { cookie: 'wherry_ui=1' }),
    'login-refused',
  );
});

test('a name that was bound anew to loopback reaches nothing', async (t) => {
  const ui = await startUi(t);
  await enter(ui);
  const { request } = await import('node:http');
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  request(`${ui.page.origin}/`, { headers: { host: 'evil.example', cookie: ui.page.cookie } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }).end();
  assert.equal(await promise, 403);
});

for (const headers of [{ origin: 'http://evil.example' }, {}]) {
  test(`no socket is opened for ${headers.origin ?? 'nobody'}`, async (t) => {
    const ui = await startUi(t);
    await enter(ui);
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = new WebSocket(`${ui.page.origin.replace('http', 'ws')}${pagePrefix}/events`, {
      headers: { ...headers, cookie: ui.page.cookie },
    });
    socket.on('error', (error) => resolve(error.message));
    socket.on('open', () => resolve('open'));
    assert.match(await promise, /403/u);
  });
}

test('bodies that do not follow the contract are refused before anything is done', async (t) => {
  const ui = await startUi(t);
  await enter(ui);
  const { page, root } = ui;
  for (const body of [
    {},
    { connection: 'local' },
    { connection: 'local', path: 'relative' },
    { connection: 'local', path: 7 },
    { connection: 'local', path: `/${'a'.repeat(5000)}` },
    { connection: 'local', path: root, more: true },
    [],
  ]) {
    assert.equal(
      await page.refusal('POST', '/files/directory', body),
      'invalid-argument',
      JSON.stringify(body).slice(0, 80),
    );
  }
  assert.equal(await page.refusal('POST', '/files/stat', { connection: 'other', path: '/' }), 'closed');
  const nul = { connection: 'local', path: `${root}/a\0b` };
  assert.equal(await page.refusal('POST', '/files/stat', nul), 'name-invalid');
});

test('files of the local disk are listed, made, renamed, edited, changed and removed', async (t) => {
  const ui = await startUi(t);
  await enter(ui);
  const { page, root } = ui;
  const at = (name: string) => ({ connection: 'local', path: join(root, name) });
  await page.call('POST', '/files/directory', { ...at('one/two'), parents: true });
  await page.call('POST', '/files/create', at('one/empty'));
  assert.equal(await page.refusal('POST', '/files/create', at('one/empty')), 'exists');
  await writeFile(join(root, 'one', 'text'), 'f\xfcr\r\nalle\r\n', 'latin1');
  const text = await page.call('POST', '/files/text', at('one/text'));
  assert.deepEqual(
    [text['text'], text['encoding'], text['lineEnding']],
    ['für\nalle\n', 'windows-1252', 'crlf'],
  );
  const edited = {
    ...at('one/text'),
    text: 'für\nuns\n',
    encoding: 'windows-1252',
    byteOrderMark: false,
    lineEnding: 'crlf',
    version: text['version'],
  };
  await page.call('PUT', '/files/text', edited);
  assert.equal(await readFile(join(root, 'one', 'text'), 'latin1'), 'f\xfcr\r\nuns\r\n');
  assert.equal(await page.refusal('PUT', '/files/text', edited), 'busy');
  assert.equal(
    await page.refusal('POST', '/files/rename', {
      connection: 'local',
      from: join(root, 'one/text'),
      to: join(root, 'one/empty'),
    }),
    'exists',
  );
  await page.call('POST', '/files/rename', {
    connection: 'local',
    from: join(root, 'one/text'),
    to: join(root, 'one/öl.txt'),
  });
  const modes = {
    connection: 'local',
    paths: [join(root, 'one')],
    set: 0o100,
    clear: 0o007,
    recursive: 'files',
  };
  await page.lines('/files/mode', modes);
  const listed = await page.lines('/files/list', at('one'));
  const entries = listed.flatMap(
    (line) => (line['entries'] ?? []) as readonly { name: string; mode: number; type: string }[],
  );
  assert.deepEqual(entries.map(({ name }) => name).sort(), ['empty', 'two', 'öl.txt']);
  assert.ok(entries.filter(({ type }) => type === 'file').every(({ mode }) => (mode & 0o107) === 0o100));
  assert.deepEqual(listed.at(-1), { end: 'complete' });
  const sum = await page.lines('/files/checksum', { ...at('one/empty'), algorithm: 'sha256' });
  assert.equal(sum.at(-2)?.['digest'], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const found = await page.lines('/files/search', {
    places: [at('')],
    name: '*.TXT',
    nameSyntax: 'glob',
    caseSensitive: false,
  });
  assert.deepEqual(
    found
      .flatMap((line) => (line['hits'] ?? []) as readonly { entry: { name: string } }[])
      .map(({ entry }) => entry.name),
    ['öl.txt'],
  );
  await page.lines('/files/delete', { connection: 'local', paths: [join(root, 'one')] });
  assert.equal(await page.refusal('POST', '/files/stat', at('one')), 'not-found');
  const failed = await page.lines('/files/delete', { connection: 'local', paths: [join(root, 'one')] });
  assert.match(JSON.stringify(failed[0]), /"not-found"/u);
});

test('files are fetched by ticket: whole, in parts, as an archive, and nothing of them runs', async (t) => {
  const ui = await startUi(t);
  await enter(ui);
  const { page, root } = ui;
  await mkdir(join(root, 'd'));
  await writeFile(join(root, 'd', 'a.html'), '<script>alert(1)</script>');
  await writeFile(join(root, 'd', 'b.txt'), '0123456789');
  const fetchTicket = async (
    names: readonly string[],
    disposition: string,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const paths = names.map((name) => join(root, name));
    const { url } = await page.call('POST', '/files/ticket', { connection: 'local', paths, disposition });
    return page.send('GET', String(url), undefined, headers);
  };
  const html = await fetchTicket(['d/a.html'], 'inline');
  assert.equal(html.headers.get('content-type'), 'application/octet-stream');
  assert.match(html.headers.get('content-disposition') ?? '', /^attachment/u);
  assert.match(html.headers.get('content-security-policy') ?? '', /sandbox/u);
  assert.equal(html.headers.get('x-content-type-options'), 'nosniff');
  await html.body?.cancel();
  const part = await fetchTicket(['d/b.txt'], 'inline', { range: 'bytes=2-4' });
  assert.deepEqual(
    [part.status, await part.text(), part.headers.get('content-range')],
    [206, '234', 'bytes 2-4/10'],
  );
  assert.equal((await fetchTicket(['d/b.txt'], 'inline', { range: 'bytes=10-' })).status, 416);
  const zip = Buffer.from(await (await fetchTicket(['d', 'd/b.txt'], 'attachment')).arrayBuffer());
  assert.equal(zip.readUInt32LE(0), 0x04034b50);
  assert.ok(zip.includes('d/a.html') && zip.includes('0123456789'));
  assert.equal(await page.refusal('GET', '/content/unknown'), 'not-found');
});

for (const scheme of ['ftp', 'sftp']) {
  test(`a directory goes to ${scheme} and back through the queue, with trust and password asked for`, async (t) => {
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
    const connection = await connectTo(page, withoutPassword(served, scheme), {
      ...trust,
      'host-key': { answer: 'trust', remember: false },
    });
    assert.equal(connection.state, 'ready', connection.error?.message ?? 'no reason was told');
    await mkdir(join(root, 'tree', 'below'), { recursive: true });
    const content = Buffer.alloc(3_000_000, 'wherry ');
    await writeFile(join(root, 'tree', 'big'), content);
    await writeFile(join(root, 'tree', 'below', 'small'), 'x');
    const transfer = {
      source: { connection: 'local', path: join(root, 'tree') },
      targetDirectory: { connection: connection.id, path: '/' },
      type: 'directory',
    };
    await page.call('POST', '/queue', { transfers: [transfer] });
    for (const name of ['/tree/big', '/tree/below/small'])
      assert.equal((await page.message(ended(name))).state, 'done');
    assert.deepEqual(await names(fileSystem, '/tree/below'), ['small']);
    assert.ok(content.equals(await get(fileSystem, '/tree/big')));
    const lines = (await page.call('GET', '/log'))['lines'] as readonly { text: string }[];
    assert.ok(lines.length > 0 && lines.every(({ text }) => !text.includes('wonder land')));
  });
}

test('a target that exists is asked about, and the answer holds for what comes after it', async (t) => {
  const fileSystem = new MemoryFileSystem();
  const served = await serve(t, { fileSystem });
  const ui = await startUi(t);
  await enter(ui);
  const { page, root } = ui;
  await page.listen(t);
  const { id } = await connectTo(page, served.address('ftp'), trust);
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    await put(fileSystem, `/${name}`, Buffer.from('old'));
    await writeFile(join(root, name), 'new');
  }
  await page.call('POST', '/queue', {
    transfers: names.map((name) => ({
      source: { connection: 'local', path: join(root, name) },
      targetDirectory: { connection: id, path: '/' },
      type: 'file',
    })),
  });
  const question = await page.message(
    (message) => message.type === 'question' && message.question.kind === 'existing-file' && message.question,
  );
  await page.call('POST', `/questions/${question.id}/answer`, {
    answer: 'existing-file',
    choice: 'overwrite',
    always: 'queue',
    asDefault: false,
  });
  await page.message((message) => message.type === 'queue-finished' && message);
  for (const name of names) assert.equal((await get(fileSystem, `/${name}`)).toString(), 'new');
});

test('the queue survives the program', async (t) => {
  const served = await serve(t);
  const first = await startUi(t);
  await enter(first);
  await first.page.listen(t);
  const { id } = await connectTo(first.page, served.address('ftp'), trust);
  await writeFile(join(first.root, 'later'), 'bytes');
  await first.page.call('POST', '/queue', {
    paused: true,
    transfers: [
      {
        source: { connection: 'local', path: join(first.root, 'later') },
        targetDirectory: { connection: id, path: '/' },
        type: 'file',
      },
    ],
  });
  await first.panes.close();
  const second = await startUi(t, { root: first.root });
  await enter(second);
  await second.page.listen(t);
  const [record] = second.panes.transfers.list();
  assert.equal(record?.state, 'paused');
  await second.page.call('POST', '/queue/actions', { action: 'resume', transfers: [record.id] });
  const question = await second.page.message((message) => message.type === 'question' && message.question);
  assert.equal(question.kind, 'login');
  await second.page.call('POST', `/questions/${question.id}/answer`, trust.login);
  assert.equal((await second.page.message(ended('/later'))).state, 'done');
});

test('sites are kept in folders, without their passwords in any answer, and are connected to', async (t) => {
  const served = await serve(t);
  const ui = await startUi(t);
  await enter(ui);
  const { page } = ui;
  await page.listen(t);
  const folder = await page.call('POST', '/folders', { name: 'work', parentId: null });
  const fields = {
    name: 'bakery',
    folderId: folder['id'],
    protocol: 'ftp',
    host: '127.0.0.1',
    port: served.port('ftp'),
    encryption: 'explicit',
    logon: 'normal',
    user: 'alice',
    account: '',
    keyFile: '',
    transferMode: 'default',
    maximumConnections: null,
    charset: 'auto',
    timeOffsetMinutes: 0,
    serverType: 'default',
    bypassProxy: false,
    localDirectory: '',
    remoteDirectory: '',
    synchronisedBrowsing: false,
    directoryComparison: false,
    comment: 'c',
    colour: 'red',
    bookmarks: [],
    password: 'wonder land',
  };
  const site = await page.call('POST', '/sites', fields);
  assert.equal(site['hasPassword'], true);
  assert.equal(await page.refusal('POST', '/sites', fields), 'exists');
  assert.ok(!JSON.stringify(await page.call('GET', '/sites')).includes('wonder'));
  await page.call('PUT', '/sites/master-password', { old: null, new: 'master' });
  assert.equal((await page.call('POST', '/sites/lock'))['protection'], 'locked');
  assert.equal(await page.refusal('POST', '/sites/unlock', { password: 'other' }), 'permission');
  assert.equal((await page.call('POST', '/sites/unlock', { password: 'master' }))['protection'], 'unlocked');
  const connection = (await page.call('POST', '/connections', {
    siteId: site['id'],
  })) as unknown as ConnectionRecord;
  const question = await page.message((message) => message.type === 'question' && message.question);
  assert.equal(question.kind, 'certificate');
  await page.call('POST', `/questions/${question.id}/answer`, { answer: 'trust', remember: true });
  await page.message(
    (message) =>
      message.type === 'connection' &&
      message.connection.id === connection.id &&
      message.connection.state === 'ready',
  );
  await page.call('DELETE', `/folders/${String(folder['id'])}`);
  assert.deepEqual((await page.call('GET', '/sites'))['sites'], []);
});
