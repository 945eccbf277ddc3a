import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './harness.ts';
import { contentOf, namesIn, putFile } from './helpers.ts';

/** Commands of a logged-in session and the codes they may get. */
const table: readonly (readonly [string, string, ...number[]])[] = [
  ['D01', 'TYPE A', 200],
  ['D01', 'TYPE A N', 200],
  ['D01', 'TYPE A T', 200],
  ['D01', 'TYPE I', 200],
  ['D01', 'TYPE L 8', 200],
  ['D01', 'type i', 200],
  ['D01', 'Type a n', 200],
  ['D02', 'TYPE L 36', 504],
  ['D02', 'TYPE A C', 504],
  ['D02', 'TYPE X', 501, 504],
  ['D02', 'TYPE', 501],
  ['D02', 'TYPE L', 501],
  ['D02', 'TYPE I 8', 501, 504],
  ['D02', 'TYPE A X', 501, 504],
  ['D03', 'STRU F', 200],
  ['D03', 'stru f', 200],
  ['D03', 'STRU R', 200],
  ['D03', 'STRU P', 504],
  ['D03', 'STRU Q', 501, 504],
  ['D03', 'STRU', 501],
  ['D03', 'MODE S', 200],
  ['D03', 'MODE B', 200],
  ['D03', 'MODE Z', 200],
  ['D03', 'mode s', 200],
  ['D03', 'MODE C', 200, 504],
  ['D03', 'MODE Q', 501, 504],
  ['D03', 'MODE', 501],
  ['D04', 'ALLO 100', 200, 202],
  ['D04', 'ALLO 100 R 10', 200, 202],
  ['D04', 'ALLO x', 501, 504],
  ['D04', 'ALLO', 501],
  ['D04', 'ALLO 99999999999999999999', 501, 504, 552],
  ['D05', 'HELP', 214],
  ['D05', 'HELP STOR', 214],
  ['D05', 'help stor', 214],
  ['D05', 'HELP NOPE', 501, 502],
  ['D08', 'OPTS', 501],
  ['D08', 'OPTS FOO', 501],
  ['D08', 'OPTS UTF8 ON', 200],
  ['D08', 'OPTS UTF-8 ON', 200],
  ['D08', 'opts utf8 on', 200],
  ['D08', 'OPTS UTF8', 200],
  ['D08', 'OPTS UTF8 OFF', 501],
  ['D08', 'OPTS __proto__ x', 501],
  ['D09', 'FEAT x', 501],
  ['D11', 'SMNT x', 202, 502],
  ['D11', 'ACCT x', 202, 230],
  ['D11', 'THMB JPEG 10 10 f', 500, 502],
];

for (const [id, command, ...codes] of table) {
  test(`${id} ${command} gets ${codes.join(' or ')}`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command(command, ...codes);
    await client.command('NOOP', 200);
    assert.equal(client.received, '');
  });
}

test('D02 a refused TYPE leaves the one before', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\n');
  const client = await fixture.login();
  await client.command('TYPE L 36', 504);
  await client.command('TYPE X', 501, 504);
  assert.equal((await client.download('RETR f')).toString(), 'a\n');
  await client.command('TYPE A', 200);
  assert.equal((await client.download('RETR f')).toString(), 'a\r\n');
});

test('D03 a refused STRU or MODE leaves the one before', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\n');
  const client = await fixture.login();
  for (const command of ['STRU P', 'STRU Q', 'MODE C', 'MODE Q']) await client.command(command, 501, 504);
  assert.equal((await client.download('RETR f')).toString(), 'a\n');
});

test('D04 ALLO makes and truncates nothing', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.upload('STOR f', 'content');
  await client.command('ALLO 3', 200, 202);
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'content');
  assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
});

test('D05 SYST names the system by which clients choose their parser', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.equal((await client.command('SYST', 215)).text, '215 UNIX Type: L8\r\n');
});

test('D05 HELP knows every command that it lists', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const verbs = (await client.command('HELP', 214)).lines.slice(1, -1).join(' ').trim().split(/\s+/);
  assert.ok(verbs.includes('RETR') && verbs.includes('XPWD'), verbs.join(' '));
  for (const verb of verbs) await client.command(`HELP ${verb}`, 214);
});

test('D09 every line of FEAT begins with one space', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const { lines } = await client.command('FEAT', 211);
  assert.match(lines[0] ?? '', /^211-/);
  assert.equal(lines.at(-1), '211 End');
  assert.ok(lines.length > 10);
  for (const line of lines.slice(1, -1)) assert.match(line, /^ [^ ]/);
});

/** For each feature a command that shows it, with the codes that would mean it is there. */
const shown: Readonly<Record<string, readonly [string, ...number[]]>> = {
  AVBL: ['AVBL', 213],
  CLNT: ['CLNT x', 200],
  COMB: ['COMB "t" "f"', 250],
  CSID: ['CSID Name=t;', 200],
  DSIZ: ['DSIZ /', 213],
  EPRT: ['EPRT |1|127.0.0.1|40000|', 200],
  EPSV: ['EPSV', 229],
  'EPSV-AHEAD': ['OPTS EPSV-AHEAD OFF', 200],
  HASH: ['HASH f', 213],
  HOST: ['HOST example.org', 503],
  LANG: ['LANG EN', 200],
  LPRT: ['LPRT 4,4,127,0,0,1,2,200,1', 200],
  LPSV: ['LPSV', 228],
  MD5: ['MD5 f', 251],
  MDTM: ['MDTM f', 213],
  MFCT: ['MFCT 20200101000000 f', 213],
  MFF: ['MFF UNIX.mode=0600; f', 213],
  MFMT: ['MFMT 20200101000000 f', 213],
  MLST: ['MLST f', 250],
  MMD5: ['MMD5 f', 252],
  'MODE Z': ['MODE Z', 200],
  PRET: ['PRET RETR f', 200],
  'RANG STREAM': ['RANG 1 2', 350],
  'REST STREAM': ['REST 1', 350],
  RMDA: ['RMDA d', 250],
  SIZE: ['SIZE f', 213],
  TVFS: ['MLST ./d/../f', 250],
  UTF8: ['OPTS UTF8 ON', 200],
  XCRC: ['XCRC f', 213, 250],
  XMD5: ['XMD5 f', 213, 250],
  XSHA: ['XSHA f', 213, 250],
  XSHA1: ['XSHA1 f', 213, 250],
  XSHA256: ['XSHA256 f', 213, 250],
  XSHA512: ['XSHA512 f', 213, 250],
};

test('D10 what FEAT lists works, and every extension that works is listed', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const { lines } = await client.command('FEAT', 211);
  const features = lines.slice(1, -1).map((line) => line.trim());
  const keys = new Set<string>();
  for (const feature of features) {
    const words = feature.split(' ');
    const key = [words.slice(0, 2).join(' '), words[0] ?? ''].find((candidate) => candidate in shown);
    const site = /^SITE (\w+)/.exec(feature)?.[1];
    if (site !== undefined) {
      const { code } = await client.command(`SITE ${site} x`);
      assert.notEqual(code, 500, feature);
      assert.notEqual(code, 502, feature);
      continue;
    }
    assert.ok(key !== undefined, `FEAT lists ${feature}, of which this test knows nothing`);
    keys.add(key);
  }
  for (const [key, [command, ...codes]] of Object.entries(shown)) {
    await putFile(fixture.fileSystem, '/f', 'content');
    if (key === 'RMDA' || key === 'TVFS') await client.command('MKD d');
    const { code, text } = await client.command(command);
    assert.equal(
      codes.includes(code),
      keys.has(key),
      `${key} is ${keys.has(key) ? '' : 'not '}listed: ${text}`,
    );
  }
});

test('D10 what needs TLS is not listed without it', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const { text } = await client.command('FEAT', 211);
  assert.doesNotMatch(text, /AUTH|PBSZ|PROT|CCC|CPSV|SSCN/);
  await client.command('AUTH TLS', 500, 502, 534, 431);
});
