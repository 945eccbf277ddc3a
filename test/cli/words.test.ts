import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { runWherry, scratch } from './wherry-process.ts';

test('tells its version', async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  for (const word of ['--version', '-V', 'version']) {
    const { code, stdout, stderr } = await runWherry([word]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `wherry ${version}\n`, stderr: '' });
  }
});

test('helps when asked, and with exit code 2 when told nothing', async () => {
  const asked = await runWherry(['--help']);
  assert.equal(asked.code, 0);
  assert.match(asked.stdout, /^ {2}serve {2}/mu);
  const nothing = await runWherry([]);
  assert.equal(nothing.code, 2);
  assert.equal(nothing.stdout, asked.stdout);
});

test('helps with a command either way round', async () => {
  const behind = await runWherry(['serve', '--help']);
  assert.deepEqual(await runWherry(['help', 'serve']), behind);
  const deeper = await runWherry(['help', 'user', 'add']);
  assert.match(deeper.stdout, /^Usage: wherry user add /u);
  assert.equal((await runWherry(['help', 'sevre'])).code, 2);
});

test('tells every flag of serve', async () => {
  const { code, stdout } = await runWherry(['serve', '--help']);
  assert.equal(code, 0);
  const promised =
    'data-dir host ftp ftps passive-ports passive-address user anonymous read-only require-tls tls-session-reuse fxp grace json';
  for (const flag of promised.split(' ')) assert.match(stdout, new RegExp(`--${flag}\\b`, 'u'));
});

test('knows no other commands', async () => {
  const { code, stdout, stderr } = await runWherry(['sevre']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /no command "sevre"/u);
});

test('names an option that it does not know', async () => {
  const { code, stderr } = await runWherry(['serve', '--colour', 'blue']);
  assert.equal(code, 2);
  assert.match(stderr, /--colour/u);
  assert.match(stderr, /wherry serve --help/u);
});

test('names every problem of the command line in one go', async (t) => {
  const wrong = {
    '--host': 'nowhere',
    '--ftp': 'first',
    '--ftps': '65536',
    '--passive-ports': '9-3',
    '--passive-address': '2001:db8::1',
    '--user': 'nobody',
    '--tls-session-reuse': 'maybe',
    '--fxp': '10.0.0.0/33',
    '--grace': 'soon',
  };
  const { code, stdout, stderr } = await runWherry([
    'serve',
    'one',
    'two',
    ...Object.entries(wrong).flat(),
    '--data-dir',
    scratch(t),
  ]);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  const lines = stderr.trimEnd().split('\n');
  assert.ok(lines.every((line) => line.startsWith('wherry: ')));
  assert.ok(lines.some((line) => line.includes('one, two')));
  for (const [flag, value] of Object.entries(wrong)) {
    const naming = lines.filter((line) => /^wherry: (--[a-z-]+)/u.exec(line)?.[1] === flag);
    assert.equal(naming.length, 1, `${flag} in ${stderr}`);
    // What may be a password is never repeated.
    assert.equal(naming[0]?.includes(value), flag !== '--user');
  }
});

test('refuses to serve nothing', async () => {
  const off = ['--ftp', '--ftps', '--sftp', '--tftp', '--http'].flatMap((flag) => [flag, 'off']);
  const { code, stderr } = await runWherry(['serve', ...off]);
  assert.equal(code, 2);
  assert.match(stderr, /nothing would be served/u);
});

test('refuses a directory that is not there', async (t) => {
  const missing = join(scratch(t), 'not here');
  const { code, stderr } = await runWherry(['serve', missing, '--data-dir', scratch(t)]);
  assert.equal(code, 2);
  assert.ok(stderr.includes(missing), stderr);
});

test('ends with 1 and one line when it cannot start, and tells more with WHERRY_DEBUG', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as { readonly port: number };
  const off = ['--ftps', 'off', '--sftp', 'off'];
  const words = ['serve', scratch(t), '--data-dir', scratch(t), '--host', '127.0.0.1', ...off];
  const quiet = await runWherry([...words, '--ftp', String(port), '--user', 'alice:wonderland']);
  assert.equal(quiet.code, 1);
  assert.match(
    quiet.stderr,
    new RegExp(`^wherry: Cannot listen on 127\\.0\\.0\\.1 port ${port}: it is in use[^\\n]*\\n$`, 'u'),
  );
  const debug = await runWherry([...words, '--ftp', String(port)], { WHERRY_DEBUG: '1' });
  assert.equal(debug.code, 1);
  assert.match(debug.stderr, /\n {4}at /u);
});
