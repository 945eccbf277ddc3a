import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './harness.ts';
import { at, linesOf, put } from './tree.ts';

test('B13 HOST names a host by name or address, before the login', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  for (const name of ['ftp.example.com', 'FTP.Example.COM.', '127.0.0.1', '[::ffff:127.0.0.1]']) {
    await client.command(`HOST ${name}`, 220);
  }
  for (const name of ['ftp.example.com:21', '::1', '[::1', '[ftp]', 'two words', 'a..b', '']) {
    await client.command(`HOST ${name}`, 501);
  }
  for (const name of ['203.0.113.9', '[2001:db8::9]', 'ftp.invalid', 'Invalid.']) {
    await client.command(`HOST ${name}`, 504);
  }
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
  const notCommands = new Set(['UTF8', 'TVFS', 'EPSV-AHEAD']);
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
