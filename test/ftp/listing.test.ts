import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './harness.ts';
import { at, linesOf, list, put, putOctets } from './tree.ts';

const longLine = /^[-dl?][-rwxsStT]{9} +\d+ \S+ +\S+ +\d+ [A-Z][a-z]{2} \d\d (?:\d\d:\d\d| \d{4}) (.+)$/;

test('H01 LIST is the same lines in TYPE I and TYPE A', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'one', '1\n');
  await put(fixture.fileSystem, 'two', '22');
  const client = await fixture.login();
  const image = await client.download('LIST');
  await client.command('TYPE A', 200);
  assert.deepEqual(await client.download('LIST'), image);
  for (const line of linesOf(image)) assert.match(line, longLine);
  assert.deepEqual(
    linesOf(image).map((line) => longLine.exec(line)?.[1]),
    ['one', 'two'],
  );
});

test('H02 an empty directory is nothing, a missing one is refused before 150', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD empty', 257);
  assert.equal((await client.download('LIST empty')).length, 0);
  assert.equal((await client.download('NLST empty')).length, 0);
  const data = await client.passive();
  await client.command('LIST missing', 550);
  await client.command('NLST missing', 550);
  data.destroy();
});

test('H03 LIST takes a file, options, and a directory with spaces', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir with space', 257);
  await put(fixture.fileSystem, 'dir with space/inside', 'x');
  await put(fixture.fileSystem, 'file', 'x');
  assert.equal((await list(client, 'LIST file')).length, 1);
  assert.match((await list(client, 'LIST file'))[0] ?? '', / file$/);
  assert.match((await list(client, 'LIST -la'))[0] ?? '', / \.$/);
  assert.match((await list(client, 'LIST -a dir with space')).at(-1) ?? '', / inside$/);
  assert.deepEqual(await list(client, 'LIST -Zl dir with space'), await list(client, 'LIST dir with space'));
  assert.equal((await list(client, 'LIST -d dir with space')).length, 1);
  // As for a shell, where no name has the quotes in it.
  assert.match((await list(client, 'LIST -a "dir with space"')).at(-1) ?? '', / inside$/);
  assert.deepEqual(await list(client, 'NLST "dir with space"'), ['dir with space/inside']);
  await client.command('MKD "dir with space"', 257);
  assert.deepEqual(await list(client, 'NLST "dir with space"'), []);
});

test('H04 names with a dot need -a, and a name with a hyphen is reached behind --', async () => {
  await using fixture = await startServer();
  for (const name of ['.hidden', '-x', 'plain']) await put(fixture.fileSystem, name);
  const client = await fixture.login();
  assert.deepEqual(await list(client, 'NLST'), ['-x', 'plain']);
  assert.deepEqual(await list(client, 'NLST -a'), ['-x', '.hidden', 'plain']);
  const all = (await list(client, 'LIST -a')).map((line) => longLine.exec(line)?.[1]);
  assert.deepEqual(all, ['.', '..', '-x', '.hidden', 'plain']);
  assert.equal((await list(client, 'LIST -A')).length, 3);
  assert.match((await list(client, 'LIST -- -x'))[0] ?? '', / -x$/);
  assert.match((await list(client, 'LIST ./-x'))[0] ?? '', / \.\/-x$/);
  // A file cannot take an option away from everybody else.
  await put(fixture.fileSystem, '-la');
  assert.equal((await list(client, 'LIST -la')).length, 6);
});

test('H05 each line of NLST is a name for RETR', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD sub', 257);
  await client.command('MKD sub/deep', 257);
  await put(fixture.fileSystem, 'sub/a b', 'first');
  await put(fixture.fileSystem, 'sub/deep/c', 'second');
  assert.deepEqual(await list(client, 'NLST sub'), ['sub/a b', 'sub/deep']);
  assert.deepEqual(await list(client, 'NLST /sub/'), ['/sub/a b', '/sub/deep']);
  assert.deepEqual(await list(client, 'NLST -R sub'), ['sub/a b', 'sub/deep', 'sub/deep/c']);
  for (const name of ['sub/a b', '/sub/a b', 'sub/deep/c']) await client.download(`RETR ${name}`);
  await client.command('CWD sub', 250);
  assert.deepEqual(await list(client, 'NLST'), ['a b', 'deep']);
  assert.deepEqual(await list(client, 'NLST ../sub'), ['../sub/a b', '../sub/deep']);
  await client.download('RETR ../sub/a b');
});

test('H06 patterns expand, names that look like patterns stay reachable', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  for (const name of ['a.txt', 'b.txt', 'c.bin', 'a[1].txt', '.d.txt'])
    await put(fixture.fileSystem, name, name);
  await client.command('MKD d1', 257);
  await client.command('MKD d2', 257);
  await put(fixture.fileSystem, 'd1/x.txt');
  await put(fixture.fileSystem, 'd2/y.txt');
  assert.deepEqual(await list(client, 'NLST *.txt'), ['a.txt', 'a[1].txt', 'b.txt']);
  assert.deepEqual(await list(client, 'NLST {b,c}.*'), ['b.txt', 'c.bin']);
  assert.deepEqual(await list(client, 'NLST {b,*}.txt'), ['b.txt', 'a.txt', 'a[1].txt']);
  assert.deepEqual(await list(client, 'NLST d?/*.txt'), ['d1/x.txt', 'd2/y.txt']);
  assert.deepEqual(await list(client, 'NLST d[12]/y.txt'), ['d2/y.txt']);
  assert.deepEqual(await list(client, 'NLST /d*/x*'), ['/d1/x.txt']);
  assert.deepEqual(await list(client, 'NLST a[1].txt'), ['a[1].txt']);
  assert.deepEqual(await list(client, 'NLST a\\[1\\].t*'), ['a[1].txt']);
  assert.equal((await list(client, 'LIST d*')).length, 2);
  assert.equal((await client.download('RETR a[1].txt')).toString(), 'a[1].txt');
  const data = await client.passive();
  await client.command('NLST *.none', 550);
  data.destroy();
});

test('H07 a pattern that would cost much is answered all the same', { timeout: 30_000 }, async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  for (let outer = 0; outer < 12; outer += 1) {
    await client.command(`MKD d${outer}`, 257);
    for (let inner = 0; inner < 12; inner += 1) {
      await client.command(`MKD d${outer}/e${inner}`, 257);
      for (const name of ['a', 'b', 'c', 'd']) await client.command(`MKD d${outer}/e${inner}/${name}`, 257);
    }
  }
  const patterns = [
    '*/*/*/*/../*',
    '*'.repeat(10_000),
    `${'*a'.repeat(500)}*b`,
    '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}',
    '*/../*/../*/../*/../*',
    '../../../*',
    '[[[[[[[[[[[[[[[[',
  ];
  for (const pattern of patterns) {
    const data = await client.passive();
    const { code } = await client.command(`LIST ${pattern}`);
    if (code === 150) await client.expect(226);
    else assert.ok(code === 550 || code === 501 || code === 553, `${pattern.slice(0, 20)}: ${code}`);
    data.destroy();
  }
});

test('H08 a link shows its target, an old or future file its year', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  const now = Date.now();
  await put(fileSystem, 'recent');
  await put(fileSystem, 'old');
  await put(fileSystem, 'future');
  await fileSystem.setAttributes(at('recent'), { modifiedAt: now - 3_600_000 });
  await fileSystem.setAttributes(at('old'), { modifiedAt: Date.UTC(2001, 1, 3, 4, 5) });
  await fileSystem.setAttributes(at('future'), { modifiedAt: now + 86_400_000 });
  await fileSystem.createSymlink?.('old', at('link'));
  const client = await fixture.login();
  const [future = '', link = '', old = '', recent = ''] = await list(client, 'LIST');
  assert.match(link, /^l.* link -> old$/);
  assert.match(old, / Feb 03 {2}2001 old$/);
  assert.match(future, / [A-Z][a-z]{2} \d\d {2}\d{4} future$/);
  assert.match(recent, / [A-Z][a-z]{2} \d\d \d\d:\d\d recent$/);
  assert.match((await list(client, 'LIST -L'))[1] ?? '', /^-.* link$/);
  assert.match((await list(client, 'LIST link'))[0] ?? '', /^l.* link -> old$/);
});

test('H09 ten thousand entries come complete, and in order by name', async () => {
  await using fixture = await startServer();
  const names = Array.from({ length: 10_000 }, (_, index) => `entry-${index}`);
  for (const name of names) await put(fixture.fileSystem, name);
  const client = await fixture.login();
  assert.deepEqual(await list(client, 'NLST'), names.toSorted());
  assert.equal((await list(client, 'LIST')).length, names.length);
  assert.equal((await list(client, 'LIST -t')).length, names.length);
  assert.equal((await list(client, 'MLSD')).length, names.length + 1);
});

test('H10 LIST -R goes down as far as the limit and no further', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  let path = '';
  for (let depth = 1; depth <= 70; depth += 1) {
    path += `/d${depth}`;
    await fileSystem.makeDirectory(at(path));
  }
  await fileSystem.createSymlink?.('/', at('/d1/loop'));
  const client = await fixture.login();
  const data = await client.passive();
  let text = '';
  data.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  await client.command('LIST -R', 150);
  const { text: last } = await client.expect(226);
  assert.match(last, /too large/);
  assert.match(text, /\r\nd1\/d2\/d3:\r\n/);
  assert.match(text, /d64:\r\n/);
  assert.doesNotMatch(text, /d65:\r\n/);
  assert.doesNotMatch(text, /loop:\r\n/);
  data.destroy();
});

test('C10 a name with line ends makes one line in every listing', async () => {
  await using fixture = await startServer();
  await putOctets(fixture.fileSystem, Buffer.from('evil\r\n226 forged'));
  await putOctets(fixture.fileSystem, Buffer.from('zz'));
  const client = await fixture.login();
  for (const command of ['LIST', 'NLST', 'LIST e*']) {
    const lines = await list(client, command);
    assert.ok(lines.length <= 2, command);
    assert.ok(!lines.some((line) => line.startsWith('226')), command);
  }
  assert.equal((await list(client, 'MLSD')).length, 3);
  const { lines } = await client.command('STAT .', 212);
  assert.equal(lines.length, 4);
  assert.ok(lines.slice(1, -1).every((line) => line.startsWith(' ')));
});

test('G11 REST does not reach a listing, nor what comes after it', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f', '0123456789');
  const client = await fixture.login();
  const whole = await client.download('LIST');
  await client.command('REST 5', 350);
  assert.deepEqual(await client.download('LIST'), whole);
  assert.equal((await client.download('RETR f')).toString(), '0123456789');
});

test('D06 STAT tells how the session stands, before and after login', async () => {
  await using fixture = await startServer();
  const stranger = await fixture.connect();
  assert.match((await stranger.command('STAT', 211)).text, /Not logged in/);
  await stranger.command('STAT /', 530);
  const client = await fixture.login();
  const { lines, text } = await client.command('STAT', 211);
  assert.match(text, /Logged in as alice/);
  assert.match(text, /TYPE: Image, STRU: File, MODE: Stream/);
  assert.ok(lines.length > 3);
  await put(fixture.fileSystem, 'f', '0123456789');
  await client.command('REST 3', 350);
  await client.command('STAT', 211);
  assert.equal((await client.download('RETR f')).toString(), '3456789');
  await client.command('REST 3', 350);
  await client.command('STAT f', 213);
  assert.equal((await client.download('RETR f')).toString(), '0123456789');
});

test('D07 STAT of a path is its LIST inside a reply', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  await put(fixture.fileSystem, 'dir/211 looks like a reply', 'x');
  await put(fixture.fileSystem, 'dir/.hidden', 'x');
  const listed = await list(client, 'LIST dir');
  const { code, lines } = await client.command('STAT dir');
  assert.equal(code, 212);
  assert.deepEqual(
    lines.slice(1, -1),
    listed.map((line) => ` ${line}`),
  );
  assert.equal((await client.command('STAT -a dir', 212)).lines.length, 6);
  assert.equal((await client.command('STAT dir/.hidden', 213)).lines.length, 3);
  assert.equal((await client.command('STAT dir/*', 213)).lines.length, 3);
  await client.command('STAT missing', 550);
});

test('F14 STAT during a transfer tells how far it is, and leaves it alone', async () => {
  await using fixture = await startServer();
  const size = 64 * 1024 * 1024;
  await put(fixture.fileSystem, 'big', Buffer.alloc(size, 7));
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('RETR big', 150);
  const { text } = await client.command('STAT', 211);
  assert.match(text, /Transfer \(download\) of \/big: \d+ of 67108864 bytes so far/);
  assert.match((await client.command('STAT /', 212)).text, / big\r\n/);
  let received = 0;
  data.on('data', (chunk: Buffer) => (received += chunk.length));
  await client.expect(226);
  if (!data.readableEnded) await new Promise((resolve) => data.once('end', resolve));
  assert.equal(received, size);
});
