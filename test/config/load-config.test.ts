import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { compareConfigs } from '#server/config/compare.ts';
import { ConfigError, loadConfig, type LoadedConfig } from '#server/config/load-config.ts';
import { environmentLayer, flagLayer } from '#cli/serve-flags.ts';
import { scratch } from '#test/cli/wherry-process.ts';

function fileWith(t: TestContext, text: string): string {
  const file = join(scratch(t), 'wherry.yaml');
  writeFileSync(file, text);
  return file;
}

async function load(t: TestContext, text: string): Promise<LoadedConfig> {
  return loadConfig({ file: fileWith(t, text) });
}

/** The problems of a text, without the name of the file in front. */
async function problemsOf(t: TestContext, text: string): Promise<readonly string[]> {
  const file = fileWith(t, text);
  const error = await loadConfig({ file }).then(
    () => assert.fail('the configuration was taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigError);
  return error.problems.map((problem) => {
    assert.ok(problem.startsWith(`${file}:`), problem);
    return problem.slice(file.length + 1);
  });
}

test('an empty file is the defaults, and units become milliseconds and octets', async (t) => {
  const empty = await load(t, '');
  assert.equal(empty.config.listen.ftp, 2121);
  assert.equal(empty.config.listen.tftp, null);
  const { config, originOf } = await load(
    t,
    'timeouts: { idle: 1.5 h }\nlisten:\n  ftp: off\n  sftp: 0\ntftp: { largestUpload: 64 KiB }\n',
  );
  assert.equal(config.timeouts.idle, 5_400_000);
  assert.equal(config.tftp.largestUpload, 65_536);
  assert.deepEqual([config.listen.ftp, config.listen.sftp, config.listen.ftps], [null, 0, 2990]);
  assert.match(originOf(['listen', 'ftp']), /wherry\.yaml:3$/u);
  assert.equal(originOf(['listen', 'ftps']), 'default');
});

test('every problem is told at once, with its line, what is allowed and a remedy', async (t) => {
  const problems = await problemsOf(
    t,
    [
      'listen:',
      '  ftp: 99999',
      '  ftsp: 3',
      'timeouts:',
      '  idle: 5',
      'tls:',
      '  certificates:',
      '    - certificate: missing.pem',
      'passive: 5',
      'accounts: { anonymous: yes }',
      'ftp:',
      '  fxpNetworks: [10.0.0.0/8, 10.0.0.0/33]',
    ].join('\n'),
  );
  assert.deepEqual(problems, [
    '2: listen.ftp: 99999: a port is a number from 0 (any free one) to 65535, or off',
    '3: listen.ftsp: there is no such setting; did you mean "ftp"?',
    '5: timeouts.idle: 5: give a time with its unit, as in 500ms, 30s, 5m, 2h or 1d',
    '8: tls.certificates[0]: "key" is missing; give a certificate and its key, as in { certificate: chain.pem, key: key.pem }',
    problems[4],
    '9: passive: 5: it is a group of settings: ports, address',
    '10: accounts.anonymous: yes: write true or false',
    '12: ftp.fxpNetworks[1]: 10.0.0.0/33: give networks as in 192.0.2.0/24 or 2001:db8::/32',
  ]);
  assert.match(
    problems[4] ?? '',
    /^8: tls\.certificates\[0\]\.certificate: missing\.pem: there is no such file/u,
  );
});

test('a broken, a huge, a foreign and a bomb of a file are refused with a line', async (t) => {
  for (const [text, expected] of [
    ['listen: [\n', /^2: this is no YAML/u],
    ['a: 1\na: 2\n', /^2: this is no YAML/u],
    ['- one\n- two\n', /^1: give settings/u],
    [`# ${'x'.repeat(1024 * 1024)}\n`, /^1: the file is larger/u],
    [
      `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}*a${i}]`).join('\n')}\n`,
      /^1: this is no YAML/u,
    ],
  ] as const) {
    const [first = ''] = await problemsOf(t, text);
    assert.match(first, expected);
  }
});

test('names of the language itself are no settings', async (t) => {
  const problems = await problemsOf(t, '__proto__: { ftp: 1 }\nconstructor: 2\nlisten: { toString: 3 }\n');
  assert.equal(problems.length, 3);
  assert.ok(problems.every((problem) => problem.includes('there is no such setting')));
  assert.equal(({} as { readonly ftp?: unknown }).ftp, undefined);
});

test('secrets come from the environment and from files, and are never told', async (t) => {
  const directory = scratch(t);
  mkdirSync(join(directory, 'secrets'));
  writeFileSync(join(directory, 'secrets', 'alice'), 'wonderland\n');
  process.env['WHERRY_TEST_SECRET'] = 'looking-glass';
  t.after(() => delete process.env['WHERRY_TEST_SECRET']);
  const file = join(directory, 'wherry.yaml');
  writeFileSync(
    file,
    'accounts:\n  users:\n    - { name: alice, password: "file:secrets/alice" }\n    - { name: bob, password: "env:WHERRY_TEST_SECRET" }\n    - { name: eve, password: clear }\n',
  );
  const { config, written } = await loadConfig({ file });
  assert.deepEqual(
    config.accounts.users.map(({ password }) => password.reveal()),
    ['wonderland', 'looking-glass', 'clear'],
  );
  assert.ok(!JSON.stringify(written).includes('wonderland'));
  const problems = await problemsOf(
    t,
    'accounts:\n  users:\n    - { name: a, password: "file:nowhere" }\n    - { name: b, password: env:WHERRY_NOT_SET }\n    - { name: c, password: 123456 }\n    - { name: d, passwrd: hunter2 }\n',
  );
  assert.equal(problems.length, 5);
  assert.ok(!problems.some((problem) => /123456|hunter2/u.test(problem)), problems.join('\n'));
});

test('flags win over the environment, and that over the file', async (t) => {
  const file = fileWith(t, 'listen: { ftp: 1001, ftps: 1002, sftp: 1003 }\n');
  const layers = [
    environmentLayer({
      WHERRY_FTP: '2001',
      WHERRY_FTPS: '2002',
      WHERRY_READ_ONLY: 'yes',
      WHERRY_PASSWORD: 'x',
    }),
    flagLayer({ ftp: '3001', json: true }),
  ];
  const { config, originOf } = await loadConfig({ file, layers });
  assert.deepEqual([config.listen.ftp, config.listen.ftps, config.listen.sftp], [3001, 2002, 1003]);
  assert.equal(config.accounts.readOnly, true);
  assert.equal(config.log.format, 'json');
  assert.deepEqual([originOf(['listen', 'ftp']), originOf(['listen', 'ftps'])], ['--ftp', 'WHERRY_FTPS']);
  await assert.rejects(
    loadConfig({ file, layers: [environmentLayer({ WHERRY_FTP: 'first' })] }),
    (error: unknown) =>
      error instanceof ConfigError && error.problems[0]?.startsWith('WHERRY_FTP first: ') === true,
  );
});

test('settings that contradict each other are told', async (t) => {
  assert.match(
    (await problemsOf(t, 'tftp: { write: create }\n'))[0] ?? '',
    /^1: tftp\.write: create: TFTP is off/u,
  );
  assert.match((await problemsOf(t, 'listen: { ftp: 21, ftps: 21 }\n'))[0] ?? '', /port 21 is given twice/u);
  assert.match(
    (await problemsOf(t, 'accounts:\n  external: [{ timeout: 1s }]\n'))[0] ?? '',
    /^2: accounts\.external: each needs a url or a program/u,
  );
});

test('relative paths begin where the file lies', async (t) => {
  const directory = scratch(t);
  mkdirSync(join(directory, 'files'));
  const file = join(directory, 'wherry.yaml');
  writeFileSync(file, 'directory: files\n');
  const { config } = await loadConfig({ file });
  assert.equal(config.directory, join(directory, 'files'));
});

test('a comparison tells what takes hold at once and what waits', async (t) => {
  const before = await load(t, 'ftp: { banner: one }\nlisten: { ftp: 2121 }\n');
  const after = await load(t, 'ftp: { banner: two }\nlisten: { ftp: 21 }\n');
  assert.deepEqual(compareConfigs(before.written, after.written), {
    applied: ['ftp.banner'],
    waiting: ['listen.ftp'],
  });
});
