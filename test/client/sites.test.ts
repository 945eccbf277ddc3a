import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkSite } from '#client/sites/check-site.ts';
import {
  exportFileZilla,
  formatServerPath,
  importFileZilla,
  parseServerPath,
} from '#client/sites/filezilla.ts';
import { parseNetrc } from '#client/sites/netrc.ts';
import { connectionOfSite } from '#client/sites/site-address.ts';
import { SiteStore } from '#client/sites/site-store.ts';
import { emptySite, type Site } from '#client/sites/site.ts';
import { parseSshConfig, sitesOfSshConfig } from '#client/sites/ssh-config.ts';
import { TrustedCertificates } from '#client/trust/trusted-certificates.ts';
import { Secret } from '#core/secret.ts';

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wherry-sites-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const site = (fields: Partial<Site>): Site => ({
  ...emptySite,
  name: 'n',
  scheme: 'sftp',
  host: 'h.example',
  ...fields,
});

test('sites are kept encrypted, readable by their owner alone, and found by name or folder', async (t) => {
  const file = join(await directory(t), 'wherry', 'sites.json');
  const store = new SiteStore({ file });
  assert.deepEqual(await store.list(), []);
  await store.save(site({ name: 'web', folder: ['work'], password: 'tell nobody', user: 'me' }));
  await store.save(site({ name: 'web', folder: ['home'], host: 'other.example' }));
  await store.save(site({ name: 'only', folder: ['home'] }));
  const text = await readFile(file, 'utf8');
  assert.ok(!text.includes('tell nobody') && !text.includes('h.example'));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const again = new SiteStore({ file });
  assert.equal((await again.get('work/web')).password, 'tell nobody');
  assert.equal((await again.get('only')).name, 'only');
  await assert.rejects(again.get('web'), { code: 'not-found' });
  await again.save(site({ name: 'web', folder: ['work'], host: 'changed.example' }));
  assert.equal((await store.get('work/web')).host, 'changed.example');
  await store.remove('home/web');
  assert.deepEqual(
    (await store.list()).map(({ name }) => name),
    ['only', 'web'],
  );
  const resolved = await store.resolve({ site: 'work', path: 'web/in/a b', isAbsolute: false });
  assert.equal(resolved.address, 'sftp://changed.example:22/in/a%20b');
});

test('a master password opens them, and nothing else does', async (t) => {
  const file = join(await directory(t), 'sites.json');
  const store = new SiteStore({ file });
  await store.save(site({ password: 'p' }));
  await store.setMasterPassword(new Secret('correct horse'));
  const wrong = new SiteStore({ file, askMasterPassword: () => Promise.resolve(new Secret('wrong')) });
  await assert.rejects(wrong.list(), { code: 'login-refused' });
  await assert.rejects(new SiteStore({ file }).list(), { code: 'login-refused' });
  const right = new SiteStore({
    file,
    askMasterPassword: () => Promise.resolve(new Secret('correct horse')),
  });
  assert.equal((await right.list())[0]?.password, 'p');
  const damaged = JSON.parse(await readFile(file, 'utf8')) as { sealed: string };
  await writeFile(file, JSON.stringify({ ...damaged, sealed: `AAAA${damaged.sealed.slice(4)}` }));
  await assert.rejects(right.list(), { code: 'login-refused' });
  await writeFile(
    file,
    JSON.stringify({
      ...damaged,
      key: { kind: 'password', salt: '', memoryKiB: 2 ** 31, passes: 1, lanes: 1 },
    }),
  );
  await assert.rejects(right.list(), { code: 'integrity' });
  await writeFile(file, 'nonsense');
  await assert.rejects(right.list(), { code: 'integrity' });
});

test('several programs may save at once, and none loses what the other has saved', async (t) => {
  const file = join(await directory(t), 'sites.json');
  const names = Array.from({ length: 12 }, (_, index) => `site-${index}`);
  await new SiteStore({ file }).save(site({ name: 'first' }));
  await Promise.all(names.map((name) => new SiteStore({ file }).save(site({ name }))));
  assert.equal((await new SiteStore({ file }).list()).length, 13);
});

test('a site that makes no sense is refused with the field that is wrong', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ name: 'n', scheme: 'gopher', host: 'h' }, /scheme/],
    [{ name: '', scheme: 'ftp', host: 'h' }, /name/],
    [{ name: 'a\nb', scheme: 'ftp', host: 'h' }, /name/],
    [{ name: 'n', scheme: 'ftp' }, /host/],
    [{ name: 'n', scheme: 'ftp', host: 'h', port: 70_000 }, /port/],
    [{ name: 'n', scheme: 'ftp', host: 'h', charset: 'klingon' }, /charset/],
    [{ name: 'n', scheme: 'ftp', host: 'h', logon: 'magic' }, /logon/],
  ];
  for (const [input, message] of cases)
    assert.throws(() => checkSite(input), { code: 'invalid-argument', message });
});

test('a site stands for an address and options', async () => {
  const ftp = site({
    scheme: 'ftp',
    encryption: 'implicit',
    remoteDirectory: '/pub/ä',
    transferMode: 'active',
    connections: 2,
  });
  const { address, options } = await connectionOfSite(ftp);
  assert.equal(address, 'ftps://h.example:990//pub/%C3%A4');
  const below = async (path: string, isAbsolute = false): Promise<string> =>
    (await connectionOfSite(ftp, { path, isAbsolute })).address;
  assert.equal(await below('in/b c'), 'ftps://h.example:990//pub/%C3%A4/in/b%20c');
  assert.equal(await below('in', true), 'ftps://h.example:990//in');
  const relative = site({ scheme: 'ftp', remoteDirectory: 'www/' });
  assert.match((await connectionOfSite(relative, { path: 'x', isAbsolute: false })).address, /:21\/www\/x$/u);
  assert.match((await connectionOfSite(relative)).address, /:21\/www$/u);
  assert.equal(options.active, true);
  assert.equal(options.connections, 2);
  const asks = await connectionOfSite(site({ logon: 'ask', user: 'u', password: 'saved once' }));
  assert.equal(asks.options.password, undefined);
  const v6 = await connectionOfSite(site({ host: '2001:db8::1', port: 2022 }));
  assert.equal(v6.address, 'sftp://[2001:db8::1]:2022/');
});

const siteManager = `<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3 version="3.69.1" platform="linux">
  <Servers>
    <Folder expanded="1">Customers &amp; friends&#xA;
      <Server>
        <Host>ftp.example.org</Host><Port>2121</Port><Protocol>4</Protocol><Type>0</Type>
        <User>bob</User><Pass encoding="base64">c2VjcmV0IMOkJg==</Pass><Logontype>1</Logontype>
        <TimezoneOffset>-90</TimezoneOffset><PasvMode>MODE_ACTIVE</PasvMode>
        <MaximumMultipleConnections>3</MaximumMultipleConnections>
        <EncodingType>Custom</EncodingType><CustomEncoding>koi8-r</CustomEncoding>
        <BypassProxy>1</BypassProxy><Name>Shop</Name><Comments>Call first</Comments><Colour>2</Colour>
        <LocalDir>/home/bob</LocalDir><RemoteDir>1 0 4 home 8 www root</RemoteDir>
        <SyncBrowsing>1</SyncBrowsing><DirectoryComparison>0</DirectoryComparison>
        <Bookmark><Name>Logs</Name><RemoteDir>1 0 3 log</RemoteDir></Bookmark>
      </Server>
      <Folder expanded="0">Deep<Server><Host>h2</Host><Protocol>1</Protocol><Logontype>5</Logontype><Keyfile>/k</Keyfile><Name>Keyed</Name></Server></Folder>
    </Folder>
    <Server><Host>h3</Host><Protocol>0</Protocol><Logontype>0</Logontype><Name>Anon</Name></Server>
    <Server><Host>h4</Host><Protocol>6</Protocol><Logontype>1</Logontype><User>u</User><Pass encoding="crypt" pubkey="x">zzz</Pass><Name>Locked</Name></Server>
    <Server><Host>h5</Host><Protocol>7</Protocol><Name>Cloud</Name></Server>
  </Servers>
</FileZilla3>`;

test('the sites of FileZilla come over with all that they hold', () => {
  const { sites, problems } = importFileZilla(siteManager);
  const shop = sites.find(({ name }) => name === 'Shop');
  assert.deepEqual(shop, {
    ...emptySite,
    name: 'Shop',
    folder: ['Customers & friends'],
    scheme: 'ftpes',
    encryption: 'require',
    host: 'ftp.example.org',
    port: 2121,
    user: 'bob',
    password: 'secret ä&',
    transferMode: 'active',
    connections: 3,
    charset: 'koi8-r',
    timeOffsetMinutes: -90,
    localDirectory: '/home/bob',
    remoteDirectory: '/home/www root',
    synchronisedBrowsing: true,
    bypassProxy: true,
    comment: 'Call first',
    colour: 'green',
    bookmarks: [{ name: 'Logs', localDirectory: null, remoteDirectory: '/log' }],
  });
  assert.deepEqual(sites.find(({ name }) => name === 'Keyed')?.folder, ['Customers & friends', 'Deep']);
  assert.equal(sites.find(({ name }) => name === 'Keyed')?.keyFile, '/k');
  assert.equal(sites.find(({ name }) => name === 'Anon')?.logon, 'anonymous');
  assert.equal(sites.find(({ name }) => name === 'Locked')?.encryption, 'off');
  assert.equal(problems.length, 2);
  const back = importFileZilla(exportFileZilla(sites, { passwords: true }));
  const byName = (list: readonly Site[]): readonly Site[] =>
    [...list].sort((one, other) => one.name.localeCompare(other.name));
  assert.deepEqual(byName(back.sites), byName(sites));
  assert.ok(!exportFileZilla(sites, { passwords: false }).includes('<Pass'));
});

test('what is no site manager is refused, and entities do not explode', () => {
  for (const text of ['', '<a/>', 'no xml at all', '<FileZilla3></FileZilla3>', '{"a":1}']) {
    assert.throws(() => importFileZilla(text), { code: 'invalid-argument' });
  }
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
    <FileZilla3><Servers><Server><Host>h</Host><Protocol>0</Protocol><Name>&d;&d;</Name></Server></Servers></FileZilla3>`;
  try {
    const { sites } = importFileZilla(bomb);
    assert.ok((sites[0]?.name.length ?? 0) < 100_000);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'invalid-argument');
  }
});

test('paths in the form of FileZilla are read and written', () => {
  for (const path of ['/', '/home', '/home/a b', '/ä/1 2 x'])
    assert.equal(parseServerPath(formatServerPath(path)), path);
  for (const text of ['', 'x', '1', '1 0 9 short', '1 0 x y']) assert.equal(parseServerPath(text), null);
  assert.equal(parseServerPath('8 3 C:\\ 3 tmp'), 'C:\\/tmp');
});

test('hosts of ssh_config come over, the first value for each counting', () => {
  const { sites, problems } = sitesOfSshConfig(
    parseSshConfig(`
# comment
Host build *.never
  HostName = build.example.org
  User "deploy me"
  Port 2200
  IdentityFile ~/.ssh/build
Host jump
  ProxyJump gate
Match user x
  Port 1
Host * !jump
  User everybody
  Port 22
`),
  );
  assert.deepEqual(
    sites.map(({ name, host, user, port, logon }) => [name, host, user, port, logon]),
    [
      ['build', 'build.example.org', 'deploy me', 2200, 'key'],
      ['jump', 'jump', null, null, 'agent'],
    ],
  );
  assert.deepEqual(problems, ['jump: proxyjump is not taken over']);
});

test('netrc is read with quotes, macros, comments and a default', () => {
  const logins = parseNetrc(`# mine
machine a.example login alice password "with \\"quotes\\" and spaces" account acc
macdef init
cd /pub
password wrong

machine b.example
	login bob
	password bpw
default login anonymous password me@`);
  assert.deepEqual(
    logins.map(({ machine, user, password, account }) => [
      machine,
      user,
      password?.reveal(),
      account?.reveal(),
    ]),
    [
      ['a.example', 'alice', 'with "quotes" and spaces', 'acc'],
      ['b.example', 'bob', 'bpw', undefined],
      [null, 'anonymous', 'me@', undefined],
    ],
  );
});

test('a certificate that was trusted passes, another one of the same place is asked about', async (t) => {
  const trusted = new TrustedCertificates(join(await directory(t), 'certificates.json'));
  const certificate = {
    host: 'h',
    port: 21,
    sha256: 'aa',
    subject: '',
    issuer: '',
    validFrom: 0,
    validUntil: 0,
    reason: 'self-signed',
  };
  assert.equal(await trusted.policy()(certificate), false);
  assert.equal(await trusted.policy(() => 'once')(certificate), true);
  assert.equal(await trusted.policy()(certificate), false);
  assert.equal(await trusted.policy(() => 'always')(certificate), true);
  assert.equal(await trusted.policy()(certificate), true);
  const known: unknown[] = [];
  const answer = trusted.policy((_, other) => {
    known.push(other?.sha256);
    return 'never';
  });
  assert.equal(await answer({ ...certificate, sha256: 'bb' }), false);
  assert.deepEqual(known, ['aa']);
});
