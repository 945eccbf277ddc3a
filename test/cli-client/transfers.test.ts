import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve, type Served } from '#test/client/served.ts';
import { fixedAccounts, type FixedAccount } from '#accounts/index.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const schemes = ['ftp', 'ftps', 'sftp', 'scp', 'tftp'] as const;
const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;

interface Setting {
  readonly served: Served;
  readonly remote: string;
  readonly here: string;
  readonly run: ReturnType<typeof wherryOf>;
}

async function setUp(t: TestContext): Promise<Setting> {
  const [remote, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  const run = wherryOf(t);
  return { served, remote, here, run: (words, options) => run(words, { directory: here, ...options }) };
}

for (const scheme of schemes) {
  test(`put and get move a file by ${scheme} and tell so in JSON`, async (t) => {
    const { served, remote, here, run } = await setUp(t);
    const content = randomBytes(300_000);
    await writeFile(join(here, 'sent'), content);
    const put = await run(['put', ...trusting, '--json', 'sent', served.address(scheme, 'arrived')]);
    assert.equal(put.code, 0, put.errors);
    assert.deepEqual(await readFile(join(remote, 'arrived')), content);
    const events = put.json();
    const done = events.find(({ event }) => event === 'done');
    assert.equal(done?.['path'], 'sent');
    assert.equal(done['bytes'], content.length);
    assert.ok(events.some(({ event }) => event === 'progress'));
    assert.equal(events.at(-1)?.['event'], 'summary');
    const get = await run(['get', ...trusting, '-o', 'back', served.address(scheme, 'arrived')]);
    assert.equal(get.code, 0, get.errors);
    assert.deepEqual(await readFile(join(here, 'back')), content);
    assert.equal(get.output, '');
  });
}

for (const scheme of ['ftp', 'sftp'] as const) {
  test(`put into a directory that is not there says so by ${scheme}`, async (t) => {
    const { served, here, run } = await setUp(t);
    await writeFile(join(here, 'sent'), 'content');
    const put = await run(['put', ...trusting, 'sent', served.address(scheme, 'none/arrived')]);
    assert.equal(put.code, 5);
    assert.match(put.errors, /sent: there is no directory \/none on the server; "wherry mkdir -p" makes it/u);
  });
}

test('standard input is sent and standard output received', async (t) => {
  const { served, run } = await setUp(t);
  const address = served.address('ftp', 'piped');
  const content = randomBytes(100_000).toString('hex');
  assert.equal((await run(['put', ...trusting, '-', address], { input: content })).code, 0);
  const got = await run(['get', ...trusting, '-o', '-', address]);
  assert.equal(got.code, 0);
  assert.equal(got.output, content);
});

test('a device or a pipe is sent as it comes', async (t) => {
  const { served, remote, here, run } = await setUp(t);
  const content = randomBytes(100_000).toString('hex');
  const pipe = join(here, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const scheme of ['ftp', 'sftp', 'tftp'] as const) {
    const written = writeFile(pipe, content);
    const put = await run(['put', ...trusting, 'pipe', served.address(scheme, `from-${scheme}`)]);
    assert.equal(put.code, 0, put.errors);
    await written;
    assert.equal(await readFile(join(remote, `from-${scheme}`), 'utf8'), content);
  }
  const empty = await run(['put', ...trusting, '/dev/null', served.address('ftp', 'empty')]);
  assert.equal(empty.code, 0, empty.errors);
  assert.equal((await stat(join(remote, 'empty'))).size, 0);
});

test('a device or a pipe is written to, and stays what it is', async (t) => {
  const { served, remote, here, run } = await setUp(t);
  const content = randomBytes(100_000).toString('hex');
  await writeFile(join(remote, 'file'), content);
  const pipe = join(here, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const scheme of ['ftp', 'sftp'] as const) {
    const address = served.address(scheme, 'file');
    const nowhere = await run(['get', ...trusting, '-o', '/dev/null', address]);
    assert.equal(nowhere.code, 0, nowhere.errors);
    const read = readFile(pipe, 'utf8');
    const piped = await run(['get', ...trusting, '-o', 'pipe', address]);
    assert.equal(piped.code, 0, piped.errors);
    assert.equal(await read, content);
    assert.equal((await run(['get', ...trusting, '-c', '-o', 'pipe', address])).code, 2);
  }
  assert.ok((await stat('/dev/null')).isCharacterDevice());
  assert.ok((await stat(pipe)).isFIFO());
});

for (const scheme of ['ftp', 'sftp'] as const) {
  test(`a file goes over several connections by ${scheme}`, async (t) => {
    const { served, remote, here, run } = await setUp(t);
    const content = randomBytes(3_500_000);
    await writeFile(join(here, 'large'), content);
    const put = await run(['put', ...trusting, '-n', '3', 'large', served.address(scheme, 'large')]);
    assert.equal(put.code, 0, put.errors);
    assert.deepEqual(await readFile(join(remote, 'large')), content);
    assert.deepEqual(await readdir(remote), ['large']);
    const get = await run(['get', ...trusting, '-n', '3', '-o', 'back', served.address(scheme, 'large')]);
    assert.equal(get.code, 0, get.errors);
    assert.deepEqual(await readFile(join(here, 'back')), content);
  });
}

test('files that fit a pattern are fetched into a directory', async (t) => {
  const { served, remote, here, run } = await setUp(t);
  for (const name of ['a.txt', 'b.txt', 'c.bin']) await writeFile(join(remote, name), name);
  await mkdir(join(here, 'into'));
  const got = await run(['get', ...trusting, '-o', 'into/', served.address('ftp', '*.txt')]);
  assert.equal(got.code, 0, got.errors);
  assert.deepEqual((await readdir(join(here, 'into'))).toSorted(), ['a.txt', 'b.txt']);
});

test('cp goes from server to server, by FXP and through here', async (t) => {
  const { served, remote, run } = await setUp(t);
  await writeFile(join(remote, 'one'), 'what is copied');
  const through = await run(['cp', ...trusting, served.address('ftp', 'one'), served.address('sftp', 'two')]);
  assert.equal(through.code, 0, through.errors);
  assert.equal(await readFile(join(remote, 'two'), 'utf8'), 'what is copied');
});

test('cp --fxp says whether the octets may, must, or must not go from server to server', async (t) => {
  const [remote, other] = [scratch(t), scratch(t)];
  const account = (fileSystem: ReturnType<typeof local>): FixedAccount => ({
    name: 'alice',
    password: 'wonder land',
    fileSystem,
    fxpNetworks: ['127.0.0.0/8'],
  });
  const [from, to] = [local(remote), local(other)];
  const source = await serve(t, { fileSystem: from, accounts: fixedAccounts([account(from)]) });
  const target = await serve(t, { fileSystem: to, accounts: fixedAccounts([account(to)]) });
  await writeFile(join(remote, 'one'), 'what is copied');
  const run = wherryOf(t);
  for (const [fxp, scheme, atServer] of [
    ['require', 'ftp', true],
    ['auto', 'ftps', true],
    ['off', 'ftp', false],
  ] as const) {
    const words = [
      '--json',
      '--fxp',
      fxp,
      source.address(scheme, 'one'),
      target.address(scheme, `by-${fxp}`),
    ];
    const result = await run(['cp', ...trusting, ...words]);
    assert.equal(result.code, 0, result.errors);
    assert.equal(result.json().find(({ event }) => event === 'done')?.['atServer'], atServer, fxp);
    assert.equal(await readFile(join(other, `by-${fxp}`), 'utf8'), 'what is copied');
  }
  const impossible = ['--fxp', 'require', source.address('ftp', 'one'), target.address('sftp', 'never')];
  assert.equal((await run(['cp', ...trusting, ...impossible])).code, 5);
  assert.ok(!(await readdir(other)).includes('never'));
});

test('the exit code tells what went wrong', async (t) => {
  const { served, remote, run } = await setUp(t);
  await writeFile(join(remote, 'there'), 'x');
  const there = served.address('ftp', 'there');
  const missing = served.address('ftp', 'missing');
  const badLogin = there.replace(/:[^:@]*@/u, ':wrong@');
  const rows: readonly (readonly [words: readonly string[], code: number])[] = [
    [['get', ...trusting, there, '-o', '-'], 0],
    [['get', ...trusting, missing, there, '-o', './'], 1],
    [['get', '--no-such-flag', there], 2],
    [['put', ...trusting, '/dev/null', '/dev/null', served.address('ftp', 'no-directory')], 2],
    [['get', ...trusting, 'ftp://127.0.0.1:1/x'], 3],
    [['get', ...trusting, badLogin], 4],
    [['get', ...trusting, missing], 5],
    [['get', '--tls', 'require', '--retries', '0', there], 6],
    [['get', '--retries', '0', '--known-hosts', '/dev/null', served.address('sftp', 'there')], 6],
  ];
  for (const [words, code] of rows) {
    const result = await run(words);
    assert.equal(result.code, code, `${words.join(' ')}: ${result.errors}`);
    assert.doesNotMatch(result.errors + result.output, /wonder|%20land|\n {4}at /u);
  }
});

test('a password comes from netrc and from a file', async (t) => {
  const { served, remote, here, run } = await setUp(t);
  await writeFile(join(remote, 'there'), 'found');
  const bare = served.address('ftp', 'there').replace(/\/\/.*@/u, '//');
  await writeFile(join(here, 'netrc'), 'machine 127.0.0.1 login alice password "wonder land"\n');
  const environment = { NETRC: join(here, 'netrc') };
  assert.equal((await run(['cat', ...trusting, bare], { environment })).output, 'found');
  await writeFile(join(here, 'password'), 'wonder land\n');
  const named = bare.replace('//', '//alice@');
  assert.equal((await run(['cat', ...trusting, '--password-file', 'password', named])).output, 'found');
});
