import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { startServer } from '#test/ftp/harness.ts';
import { contentOf, namesIn, putFile } from '#test/ftp/helpers.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';
import { at, connectTo, listAll, login, readWhole, sample, store } from './client-fixture.ts';
import { ScriptedServer, sends } from './scripted-server.ts';

test('what this server can do is known and works', async () => {
  const fileSystem = new MemoryFileSystem();
  const content = sample(100_000);
  await putFile(fileSystem, '/a', content);
  await using server = await startServer({ fileSystem });
  await using client = await login(server);
  const { connection } = client;
  assert.equal(connection.facts.software, 'wherry');
  const { setTimes, copy, checksums } = connection.capabilities;
  assert.deepEqual([setTimes, copy, checksums.includes('SHA-512')], [true, true, true]);
  for (const [name, algorithm] of [
    ['SHA-256', 'sha256'],
    ['SHA-1', 'sha1'],
    ['MD5', 'md5'],
  ] as const) {
    const digest = await connection.checksum(at('/a'), name);
    assert.deepEqual(Buffer.from(digest), createHash(algorithm).update(content).digest());
  }
  const part = await connection.checksum(at('/a'), 'SHA-256', { start: 10, length: 20 });
  assert.deepEqual(Buffer.from(part), createHash('sha256').update(content.subarray(10, 30)).digest());
  await connection.copyFile(at('/a'), at('/with space'));
  assert.deepEqual(await contentOf(fileSystem, '/with space'), content);
  assert.deepEqual(await namesIn(fileSystem), ['a', 'with space']);
  await connection.setAttributes(at('/a'), { modifiedAt: 1_600_000_000_000, mode: 0o600 });
  const entry = await connection.stat(at('/a'));
  assert.deepEqual([entry.modifiedAt, entry.mode], [1_600_000_000_000, 0o600]);
  await assert.rejects(connection.setAttributes(at('/a'), { userId: 1 }), { code: 'not-supported' });
  if (connection.capabilities.symlinks) {
    await connection.createSymlink('with space', at('/link'));
    assert.equal(await connection.readSymlink(at('/link')), 'with space');
  }
});

test('a file is not replaced where it must be new', async () => {
  await using server = await startServer({ fileSystem: new MemoryFileSystem() });
  await using client = await login(server);
  const { connection } = client;
  const handle = await connection.openWrite(at('/new'), { disposition: 'create' });
  await handle.write(Buffer.from('1'), 0);
  await putFile(server.fileSystem, '/new', 'other');
  await assert.rejects(handle.finish(), { code: 'exists' });
  await assert.rejects(connection.openWrite(at('/new'), { disposition: 'create' }), { code: 'exists' });
  assert.deepEqual(await namesIn(server.fileSystem), ['new']);
  assert.equal(String(await contentOf(server.fileSystem, '/new')), 'other');
});

test('a file is written in place at any position, and keeps the rest', async () => {
  const fileSystem = new MemoryFileSystem();
  await putFile(fileSystem, '/f', '0123456789');
  await using server = await startServer({ fileSystem });
  await using client = await login(server);
  const write = async (text: string, position: number): Promise<void> => {
    const handle = await client.connection.openWrite(at('/f'), { disposition: 'update' });
    await handle.write(Buffer.from(text), position);
    await handle.finish();
  };
  await write('ab', 4);
  assert.equal(String(await contentOf(fileSystem, '/f')), '0123ab6789');
  await write('xy', 0);
  assert.equal(String(await contentOf(fileSystem, '/f')), 'xy23ab6789');
  await write('z', 12);
  assert.equal(String(await contentOf(fileSystem, '/f')), 'xy23ab6789\0\0z');
});

test('data are compressed where both sides want it', async () => {
  await using server = await startServer({ fileSystem: new MemoryFileSystem() });
  await using client = await login(server, { compress: true });
  assert.ok(client.commands().includes('MODE Z'));
  const content = Buffer.concat([Buffer.alloc(3_000_000, 'wherry '), sample(500_000)]);
  await store(client.connection, '/z', content);
  assert.deepEqual(await contentOf(server.fileSystem, '/z'), content);
  assert.deepEqual(await readWhole(await client.connection.openRead(at('/z'))), content);
  assert.deepEqual(
    (await listAll(client.connection)).map(({ name }) => name),
    ['z'],
  );
});

test('names of older encodings come and go as the octets that they are', async () => {
  const cases = [
    ['windows-1251', 'Привет', 'cff0e8e2e5f2'],
    ['shift_jis', '日本', '93fa967b'],
    ['iso-8859-1', 'Käse', '4be47365'],
  ] as const;
  for (const [charset, name, hex] of cases) {
    const octets = Buffer.from(hex, 'hex').toString('latin1');
    await using server = await ScriptedServer.start({
      scripts: {
        MLSD: sends(Buffer.from(`type=file;size=1; ${octets}\r\n`, 'latin1')),
        DELE: () => '250 Gone\r\n',
      },
    });
    const { host, port } = server;
    await using client = await connectTo({ host, port, tls: 'off', charset });
    const [entry] = await listAll(client.connection);
    assert.equal(entry?.name, name);
    await client.connection.removeFile(at(`/${name}`));
    assert.ok(server.commands.includes(`DELE /${octets}`));
  }
  await assert.rejects(connectTo({ host: '127.0.0.1', charset: 'utf-16' }), { code: 'invalid-argument' });
  await assert.rejects(connectTo({ host: '127.0.0.1', charset: 'klingon' }), { code: 'invalid-argument' });
});

test('octets that are no UTF-8 survive the way there and back', async () => {
  await using server = await ScriptedServer.start({
    scripts: { MLSD: sends(Buffer.from('type=file; \xe4\xf6\r\n', 'latin1')), DELE: () => '250 Gone\r\n' },
  });
  const { host, port } = server;
  await using client = await connectTo({ host, port, tls: 'off' });
  const [entry] = await listAll(client.connection);
  await client.connection.removeFile(at(`/${entry?.name}`));
  assert.ok(server.commands.includes('DELE /\xe4\xf6'));
});

test('old servers are listed by LIST, in their own time zone', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      FEAT: () => '211-Features\r\n MDTM\r\n SIZE\r\n211 End\r\n',
      CWD: () => '250 There\r\n',
      LIST: sends(
        'total 3\r\n-rw-r--r-- 1 u g 5 Mar  4 2019 old name\r\ndrwxr-xr-x 2 u g 5 2020-05-06 12:00 d\r\n' +
          '-rw-r--r-- 1 u g 7 2020-05-06 14:00 f\r\n',
      ),
      MDTM: () => '213 20200506120000\r\n',
    },
  });
  const { host, port } = server;
  await using client = await connectTo({ host, port, tls: 'off' });
  const entries = await listAll(client.connection, '/a b');
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['d', 'f', 'old name'],
  );
  assert.equal(entries.find(({ name }) => name === 'f')?.modifiedAt, Date.UTC(2020, 4, 6, 12));
  assert.ok(server.commands.includes('CWD /a b'));
  assert.ok(server.commands.includes('LIST -a'));
});

test('certificates are judged by chain, by pin, or by whoever is asked', async () => {
  await using server = await startServer({ tls: await makeTls() });
  const refused = { code: 'not-trusted' };
  await assert.rejects(login(server, { tls: 'require' }), refused);
  await assert.rejects(login(server, { tls: 'require', tlsOptions: { pin: 'ab'.repeat(32) } }), refused);
  await assert.rejects(
    login(server, { tls: 'require', tlsOptions: { verifyCertificate: () => false } }),
    refused,
  );
  let sha256 = '';
  {
    await using client = await login(server, {
      tls: 'require',
      tlsOptions: {
        verifyCertificate: (facts) => {
          assert.equal(facts.authorized, false);
          sha256 = facts.chain[0]?.sha256 ?? '';
          return true;
        },
      },
    });
    assert.match(client.connection.facts.security ?? '', /^TLSv1\.3 TLS_/);
    assert.equal(client.connection.facts.protocol, 'ftpes');
  }
  await using client = await login(server, { tls: 'require', tlsOptions: { pin: sha256.toLowerCase() } });
  assert.equal(client.connection.isClosed, false);
});

test('a connection is had alone, and everything else waits', async () => {
  await using server = await startServer({ fileSystem: new MemoryFileSystem() });
  await using client = await login(server);
  const { connection } = client;
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const alone = connection.exclusive(async (control) => {
    assert.equal((await control.command('NOOP')).code, 200);
    entered.resolve();
    await gate.promise;
    return (await control.command('PWD')).code;
  });
  await entered.promise;
  const stat = connection.stat(at('/'));
  gate.resolve();
  assert.equal(await alone, 257);
  assert.equal((await stat).type, 'directory');
  const commands = client.commands();
  assert.ok(commands.lastIndexOf('PWD') < commands.findLastIndex((command) => command.startsWith('MLST')));
});

test('an operation that is stopped leaves the connection usable, and a closed one refuses', async () => {
  await using server = await startServer({ fileSystem: new MemoryFileSystem() });
  await using client = await login(server);
  const { connection } = client;
  const stop = new AbortController();
  const stat = connection.stat(at('/nothing'), { signal: stop.signal });
  stop.abort();
  await assert.rejects(stat, { code: 'aborted' });
  await assert.rejects(connection.stat(at('/nothing')), { code: 'not-found' });
  await connection.close();
  await connection.close();
  assert.equal(connection.isClosed, true);
  await assert.rejects(
    connection.stat(at('/')),
    (thrown) => thrown instanceof WherryError && thrown.code === 'closed',
  );
});
