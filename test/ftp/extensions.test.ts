import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import type { Capabilities, FileSystem, OperationOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { startServer } from './harness.ts';
import { at, contentOf, linesOf, put } from './tree.ts';

async function exists(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    await fileSystem.stat(at(path), { followSymlink: false });
    return true;
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return false;
    throw thrown;
  }
}

test('B13 HOST names a host by name or address, before the login', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  for (const name of ['ftp.example.com', 'FTP.Example.COM.', '127.0.0.1', '[::ffff:127.0.0.1]']) {
    await client.command(`HOST ${name}`, 220);
  }
  for (const name of ['ftp.example.com:21', '::1', '[::1', '[ftp]', 'two words', 'a..b', '']) {
    await client.command(`HOST ${name}`, 501);
  }
  for (const name of ['203.0.113.9', '[2001:db8::9]']) await client.command(`HOST ${name}`, 504);
  assert.notEqual((await client.command('HOST [::1]')).code, 501);
  await client.command('USER alice', 331);
  await client.command('PASS wonder land', 230);
  await client.command('HOST ftp.example.com', 503);
});

test('B14 the last HOST counts, and begins the login anew', async () => {
  await using fixture = await startServer({ hostNames: ['a.example', 'B.example.'] });
  const client = await fixture.connect();
  await client.command('HOST c.example', 504);
  await client.command('HOST a.example', 220);
  await client.command('USER alice', 331);
  await client.command('HOST b.example', 220);
  await client.command('PASS wonder land', 503);
  await client.command('USER alice', 331);
  await client.command('PASS wonder land', 230);
});

test('B15 LANG is English', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  for (const tag of ['', ' EN', ' en-GB']) await client.command(`LANG${tag}`, 200);
  await client.command('LANG xx-yy', 504);
  await client.command('LANG ende', 504);
  await client.command('LANG 1!', 501);
  assert.match((await client.command('FEAT', 211)).text, /\r\n LANG EN\*\r\n/);
});

test('B16 CLNT and CSID are taken before the login', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('CLNT a client 1.0', 200);
  await client.command(`CLNT ${'x'.repeat(3000)}`, 200);
  await client.command('CLNT', 501);
  const { text } = await client.command('CSID Name=t; Version=1;', 200);
  assert.match(text, /CaseSensitive=1;/);
  assert.match(text, /DirSep=\/;/);
  await client.command('CSID nothing', 501);
});

test('D11 THMB is refused, PRET announces transfers only', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('THMB JPEG 64 64 f', 502);
  await client.command('PRET RETR f', 200);
  await client.command('pret mlsd', 200);
  await client.command('PRET DELE f', 501);
  await client.command('PRET', 501);
});

test('B01 nothing of this works without a login', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  const commands = [
    'LIST',
    'NLST',
    'MLSD',
    'MLST',
    'STAT /',
    'SIZE f',
    'MDTM f',
    'MFMT 20200101000000 f',
    'MFF Modify=20200101000000; f',
    'COMB "a" "b"',
    'AVBL',
    'DSIZ',
    'RMDA d',
    'SITE CHMOD 644 f',
    'SITE CPFR f',
    'SITE HELP',
  ];
  for (const command of commands) await client.command(command, 530);
});

test('G12 SIZE is what RETR sends, in every TYPE', async () => {
  await using fixture = await startServer();
  const files = {
    lines: 'a\nb\n\nc',
    mixed: 'a\r\nb\nc\r\r\n\n',
    empty: '',
    long: `${'x'.repeat(262_143)}\r\n${'y\n'.repeat(200_000)}`,
  };
  const client = await fixture.login();
  for (const [name, content] of Object.entries(files)) {
    await put(fixture.fileSystem, name, content);
    await client.command('TYPE I', 200);
    assert.equal((await client.command(`SIZE ${name}`, 213)).text, `213 ${content.length}\r\n`);
    await client.command('TYPE A', 200);
    const sent = await client.download(`RETR ${name}`);
    assert.equal((await client.command(`SIZE ${name}`, 213)).text, `213 ${sent.length}\r\n`);
  }
  await client.command('STRU R', 200);
  await client.command('SIZE lines', 550);
});

test('G12 SIZE in TYPE A refuses what is too large to read for it', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'huge');
  await fixture.fileSystem.setAttributes(at('huge'), { size: 256 * 1024 * 1024 + 1 });
  const client = await fixture.login();
  await client.command('SIZE huge', 213);
  await client.command('TYPE A', 200);
  await client.command('SIZE huge', 550);
});

test('G13 SIZE of a directory or of nothing is refused', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  await client.command('SIZE dir', 550);
  await client.command('SIZE missing', 550);
  await client.command('SIZE', 501);
});

test('G14 MDTM tells the time in UTC', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f');
  await fixture.fileSystem.setAttributes(at('f'), { modifiedAt: Date.UTC(1999, 11, 31, 23, 59, 58) });
  const client = await fixture.login();
  assert.equal((await client.command('MDTM f', 213)).text, '213 19991231235958\r\n');
  await client.command('MDTM missing', 550);
  await client.command('MDTM', 501);
});

test('G15 a file whose name begins with a time is told of, another one is set', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f');
  await put(fixture.fileSystem, 'g');
  await put(fixture.fileSystem, '20200101000000 f');
  const before = (await fixture.fileSystem.stat(at('f'))).modifiedAt;
  await fixture.fileSystem.setAttributes(at('20200101000000 f'), { modifiedAt: Date.UTC(2011, 1, 1) });
  const client = await fixture.login();
  assert.equal((await client.command('MDTM 20200101000000 f', 213)).text, '213 20110201000000\r\n');
  assert.equal((await fixture.fileSystem.stat(at('f'))).modifiedAt, before);
  assert.equal((await client.command('MDTM 20200101000000 g', 213)).text, '213 20200101000000\r\n');
  assert.equal((await fixture.fileSystem.stat(at('g'))).modifiedAt, Date.UTC(2020, 0, 1));
  await client.command('MDTM 20200230000000 g', 550);
});

test('J01 MFMT sets the time and tells what is stored', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file');
  const client = await fixture.login();
  const { text } = await client.command('MFMT 20200229010203 a file', 213);
  assert.equal(text, '213 Modify=20200229010203; a file\r\n');
  assert.equal((await client.command('MDTM a file', 213)).text, '213 20200229010203\r\n');
  await client.command('MFMT 20200230000000 a file', 501);
  await client.command('MFMT 20210229000000 a file', 501);
  await client.command('MFMT 20200101000000', 501);
  await client.command('MFMT 20200101000000 missing', 550);
  await client.command('MFCT 20200101000000 a file', 504);
  await client.command('MFCT 20200101000000 missing', 550);
  assert.doesNotMatch((await client.command('FEAT', 211)).text, /MFCT/);
});

test('J02 MFF changes several facts, and nothing at all when one of them is not possible', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f');
  const client = await fixture.login();
  const { text } = await client.command('MFF Modify=20200101000000;UNIX.mode=0600; f', 213);
  assert.equal(text, '213 Modify=20200101000000;UNIX.mode=0600; f\r\n');
  assert.equal((await fixture.fileSystem.stat(at('f'))).mode, 0o600);
  assert.match((await client.command('MFF unix.MODE=4755; f', 213)).text, /UNIX\.mode=0755; f/);
  const refused = await client.command('MFF UNIX.mode=0640;frogs=green; f', 504);
  assert.match(refused.text, /frogs/);
  assert.equal((await fixture.fileSystem.stat(at('f'))).mode, 0o755);
  for (const bad of ['UNIX.mode=9; f', 'Modify=2020; f', 'UNIX.mode=0644 f', 'UNIX.mode; f', 'f']) {
    await client.command(`MFF ${bad}`, 501);
  }
  await client.command('MFF UNIX.mode=0644; missing', 550);
  await client.command('MFF UNIX.group=7; f', 213);
  assert.equal((await fixture.fileSystem.stat(at('f'))).groupId, 7);
});

test('J03 SITE CHMOD changes permission bits and no others', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file');
  const client = await fixture.login();
  await client.command('SITE CHMOD 640 a file', 200);
  assert.equal((await fixture.fileSystem.stat(at('a file'))).mode, 0o640);
  await client.command('site chmod 6777 a file', 200);
  assert.equal((await fixture.fileSystem.stat(at('a file'))).mode, 0o777);
  for (const bad of ['999 a file', '64x a file', '640', '']) await client.command(`SITE CHMOD ${bad}`, 501);
  await client.command('SITE CHMOD 640 missing', 550);
  const reader = await fixture.login('bob', 'builder');
  await reader.command('SITE CHMOD 640 a file', 550);
});

test('J04 SITE UTIME understands both of its forms', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file');
  const client = await fixture.login();
  await client.command('SITE UTIME 202001020304 a file', 200);
  assert.equal((await client.command('MDTM a file', 213)).text, '213 20200102030400\r\n');
  await client.command('SITE UTIME 20200102030405 a file', 200);
  assert.equal((await client.command('MDTM a file', 213)).text, '213 20200102030405\r\n');
  await client.command('SITE UTIME a file 20190101000000 20180101000000 20170101000000 UTC', 200);
  const entry = await fixture.fileSystem.stat(at('a file'));
  assert.equal(entry.accessedAt, Date.UTC(2019, 0, 1));
  assert.equal(entry.modifiedAt, Date.UTC(2018, 0, 1));
  await client.command('SITE UTIME 202013010000 a file', 501);
  await client.command('SITE UTIME 202001010000 missing', 550);
});

test('J05 SITE IDLE, UMASK and HELP, and what is no SITE command', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('SITE IDLE', 200)).text, /\b300 seconds/);
  await client.command('SITE IDLE 600', 200);
  assert.match((await client.command('SITE IDLE', 200)).text, /\b600 seconds/);
  for (const bad of ['0', '-1', 'x', '99999999']) await client.command(`SITE IDLE ${bad}`, 501);
  await client.command('SITE UMASK 027', 200);
  assert.match((await client.command('SITE UMASK', 200)).text, /027/);
  await client.upload('STOR masked', 'x');
  await client.command('MKD maskeddir', 257);
  assert.equal((await fixture.fileSystem.stat(at('masked'))).mode, 0o640);
  assert.equal((await fixture.fileSystem.stat(at('maskeddir'))).mode, 0o750);
  await client.command('SITE UMASK 1777', 501);
  await client.command('SITE UMASK 9', 501);
  const { text } = await client.command('SITE HELP', 214);
  for (const verb of [
    'CHMOD',
    'UTIME',
    'SYMLINK',
    'COPY',
    'CPFR',
    'CPTO',
    'UMASK',
    'IDLE',
    'WHO',
    'MKDIR',
    'RMDIR',
  ]) {
    assert.match(text, new RegExp(` SITE ${verb}`));
    assert.match((await client.command(`SITE HELP ${verb}`, 214)).text, new RegExp(`SITE ${verb}`));
  }
  assert.match((await client.command('HELP SITE', 214)).text, /CHMOD/);
  await client.command('SITE HELP NONSENSE', 501);
  await client.command('SITE EXEC ls', 500);
  await client.command('SITE', 501);
});

test('SITE WHO is for administrators', async () => {
  await using fixture = await startServer();
  const alice = await fixture.login();
  await alice.command('SITE WHO', 550);
  const carol = await fixture.login('carol', 'christmas');
  const { text } = await carol.command('SITE WHO', 211);
  assert.match(text, / ftp alice 127\.0\.0\.1 /);
  assert.match(text, / ftp carol 127\.0\.0\.1 /);
  await carol.command('SITE WHO now', 501);
});

test('J10 COMB makes one file of several and removes them', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  await put(fileSystem, 'part 1', 'first ');
  await put(fileSystem, 'part"2', 'second');
  const client = await fixture.login();
  await client.command('COMB "the target" "part 1" "part""2"', 250);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second');
  assert.equal(await exists(fileSystem, 'part 1'), false);
  assert.equal(await exists(fileSystem, 'part"2'), false);
  await put(fileSystem, 'more', ' third');
  await client.command('COMB "the target" more', 250);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second third');
  await fileSystem.createHardLink?.(at('the target'), at('again'));
  await put(fileSystem, 'last', 'x');
  const refusals: readonly (readonly [string, number])[] = [
    ['"the target"', 501],
    ['"the target" "the target"', 550],
    ['"the target" again', 550],
    ['"the target" last last', 501],
    ['"the target" last missing', 550],
    ['"the target" "last', 501],
    ['/ last', 550],
  ];
  for (const [rest, code] of refusals) await client.command(`COMB ${rest}`, code);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second third');
  assert.equal(await contentOf(fileSystem, 'last'), 'x');
});

/** Storage where a file named `broken` cannot be read, and that cannot copy by itself. */
class BrokenReads extends MemoryFileSystem {
  override readonly capabilities: Capabilities = { ...new MemoryFileSystem().capabilities, copy: false };

  override openRead(path: VirtualPath, options?: OperationOptions): ReturnType<MemoryFileSystem['openRead']> {
    const handle = super.openRead(path, options);
    if (!path.endsWith('/broken')) return handle;
    const fail = (): never => {
      throw new WherryError('io', 'The disk is gone', { path });
    };
    return { entry: handle.entry, fileDescriptor: null, read: fail, close: () => handle.close() };
  }
}

test('J10 COMB that fails leaves target and parts as they were', async () => {
  const fileSystem = new BrokenReads();
  await using fixture = await startServer({ fileSystem });
  await put(fileSystem, 'target', 'old');
  await put(fileSystem, 'good', 'new');
  await put(fileSystem, 'broken', 'lost');
  const client = await fixture.login();
  await client.command('COMB target good broken', 451);
  assert.equal(await contentOf(fileSystem, 'target'), 'old');
  await client.command('COMB fresh good broken', 451);
  assert.equal(await exists(fileSystem, 'fresh'), false);
  assert.equal(await contentOf(fileSystem, 'good'), 'new');
  assert.equal(await exists(fileSystem, 'broken'), true);
});

test('J11 AVBL tells the room, DSIZ what a directory holds', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 1_000_000 });
  await using fixture = await startServer({ fileSystem });
  await fileSystem.makeDirectory(at('d'));
  await fileSystem.makeDirectory(at('d/e'));
  await put(fileSystem, 'd/a', 'x'.repeat(1000));
  await put(fileSystem, 'd/e/b', 'x'.repeat(234));
  await put(fileSystem, 'outside', 'x'.repeat(5000));
  await fileSystem.createSymlink?.('/outside', at('d/link'));
  await fileSystem.createSymlink?.('..', at('d/e/up'));
  const client = await fixture.login();
  assert.equal((await client.command('DSIZ d', 213)).text, '213 1234\r\n');
  assert.equal((await client.command('DSIZ', 213)).text, '213 6234\r\n');
  const available = Number((await client.command('AVBL', 213)).text.slice(4));
  await put(fileSystem, 'd/c', 'x'.repeat(766));
  assert.equal(Number((await client.command('AVBL d', 213)).text.slice(4)), available - 766);
  await client.command('DSIZ outside', 550);
  await client.command('DSIZ missing', 550);
  await client.command('AVBL outside', 550);
  await client.command('AVBL missing', 550);
});

test('J12 SITE CPFR and CPTO copy, next to each other only; SITE COPY does it at once', async () => {
  for (const fileSystem of [new MemoryFileSystem(), new BrokenReads()]) {
    await using fixture = await startServer({ fileSystem });
    await put(fileSystem, 'from', 'content'.repeat(100_000));
    const client = await fixture.login();
    await client.command('MKD dir', 257);
    await client.command('SITE CPFR from', 350);
    await client.command('SITE CPTO dir/to here', 250);
    assert.equal(await contentOf(fileSystem, 'dir/to here'), await contentOf(fileSystem, 'from'));
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR from', 350);
    await client.command('NOOP', 200);
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR from', 350);
    await client.command('SITE UMASK', 200);
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR missing', 550);
    await client.command('SITE CPFR dir', 550);
    await client.command('SITE COPY "from" "second copy"', 200);
    assert.equal(await contentOf(fileSystem, 'second copy'), await contentOf(fileSystem, 'from'));
    await client.command('SITE COPY from from', 550);
    await client.command('SITE COPY from', 501);
    await client.command('SITE COPY missing to', 550);
    assert.equal(await exists(fileSystem, 'to'), false);
    const reader = await fixture.login('bob', 'builder');
    await reader.command('SITE CPFR from', 350);
    await reader.command('SITE CPTO stolen', 550);
  }
});

test('J12 a copy that fails leaves nothing behind', async () => {
  const fileSystem = new BrokenReads();
  await using fixture = await startServer({ fileSystem });
  await put(fileSystem, 'broken', 'lost');
  await put(fileSystem, 'target', 'old');
  const client = await fixture.login();
  await client.command('SITE COPY broken fresh', 451);
  assert.equal(await exists(fileSystem, 'fresh'), false);
  await client.command('SITE COPY broken target', 451);
  assert.equal(await contentOf(fileSystem, 'target'), 'old');
});

test('C18 a very long name is refused as a name', async () => {
  await using fixture = await startServer();
  const name = 'n'.repeat(300);
  const client = await fixture.login();
  const data = await client.passive();
  const { code } = await client.command(`STOR ${name}`);
  assert.ok(code === 553 || code === 550, String(code));
  data.destroy();
  for (const command of ['SIZE', 'MDTM', 'MLST', 'HASH', 'SITE MKDIR', 'RMDA', 'DSIZ', 'STAT']) {
    const reply = await client.command(`${command} ${name}`);
    assert.ok(reply.code === 553 || reply.code === 550, `${command}: ${reply.text}`);
  }
});

test('C19 RMDA removes a tree and no more than the tree', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  for (const path of ['tree', 'tree/a', 'tree/a/b', 'tree/empty', 'sibling'])
    await fileSystem.makeDirectory(at(path));
  for (const path of ['tree/f', 'tree/a/b/g', 'sibling/kept']) await put(fileSystem, path, 'x');
  await fileSystem.createSymlink?.('../sibling', at('tree/link'));
  await fileSystem.createSymlink?.('/sibling/kept', at('tree/a/file link'));
  await fileSystem.createSymlink?.('/sibling', at('top link'));
  const client = await fixture.login();
  await client.command('RMDA top link', 550);
  await client.command('RMDA tree', 250);
  assert.equal(await exists(fileSystem, 'tree'), false);
  assert.equal(await contentOf(fileSystem, 'sibling/kept'), 'x');
  await client.command('RMDA sibling/kept', 550);
  await client.command('RMDA missing', 550);
  await client.command('RMDA /', 550);
  await client.command('CWD sibling', 250);
  await client.command('RMDA .', 550);
  await client.command('RMDA ..', 550);
  const reader = await fixture.login('bob', 'builder');
  await reader.command('RMDA sibling', 550);
  assert.equal(await contentOf(fileSystem, 'sibling/kept'), 'x');
});

test('C19 a tree deeper than the limit is refused', async () => {
  await using fixture = await startServer();
  let path = '';
  for (let depth = 0; depth < 70; depth += 1) {
    path += '/d';
    await fixture.fileSystem.makeDirectory(at(path));
  }
  const client = await fixture.login();
  await client.command('DSIZ', 552);
  await client.command('RMDA d', 552);
  assert.equal(await exists(fixture.fileSystem, path), true);
});

test('C20 SITE MKDIR, RMDIR and SYMLINK', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  const client = await fixture.login();
  await client.command('SITE MKDIR a/b c/d', 200);
  assert.equal((await fileSystem.stat(at('a/b c/d'))).type, 'directory');
  await client.command('SITE MKDIR a/b c', 200);
  await put(fileSystem, 'a/f', 'linked');
  await client.command('SITE MKDIR a/f/g', 550);
  await client.command('SITE SYMLINK f a/l', 200);
  await client.command('SITE SYMLINK "/a/f" "another link"', 200);
  assert.match((await client.command('MLST a/l', 250)).text, /type=file;size=6;.* \/a\/l\r\n/);
  assert.equal((await client.download('RETR another link')).toString(), 'linked');
  await client.command('SITE SYMLINK f a/l', 550);
  await client.command('SITE SYMLINK f', 501);
  await client.command('SITE RMDIR a', 200);
  assert.equal(await exists(fileSystem, 'a'), false);
  await client.command('SITE RMDIR a', 550);
  const reader = await fixture.login('bob', 'builder');
  for (const command of ['SITE MKDIR x', 'SITE SYMLINK f x']) await reader.command(command, 550);
});

test('C06 a link that leads out is listed as a link and never through it', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  await fileSystem.createSymlink?.('../../../../missing-outside', at('out'));
  const client = await fixture.login();
  const data = await client.passive();
  for (const command of ['LIST out', 'NLST out', 'MLSD out', 'LIST out/x'])
    await client.command(command, 550);
  data.destroy();
  assert.match(linesOf(await client.download('LIST'))[0] ?? '', /^l/);
});

test('D10 every command that FEAT lists is there', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const { lines } = await client.command('FEAT', 211);
  const verbs = new Set(lines.slice(1, -1).map((line) => line.trim().split(' ')[0] ?? ''));
  const notCommands = new Set(['UTF8', 'TVFS']);
  for (const verb of verbs) if (!notCommands.has(verb)) await client.command(`HELP ${verb}`, 214);
  for (const verb of [
    'MLST',
    'SIZE',
    'MDTM',
    'MFMT',
    'MFF',
    'HASH',
    'XCRC',
    'COMB',
    'AVBL',
    'DSIZ',
    'RMDA',
    'HOST',
  ]) {
    assert.ok(verbs.has(verb), verb);
  }
});
