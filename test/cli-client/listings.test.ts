import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { ScriptedServer, sends } from '#test/ftp-client/scripted-server.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off'] as const;

/** The fields that scripts rely on, in their order. */
const fields = [
  'name',
  'type',
  'size',
  'modifiedAt',
  'modifiedPrecision',
  'mode',
  'owner',
  'group',
  'linkTarget',
];

test('ls, stat and find tell the same fields of every place, and null of what is not said', async (t) => {
  const there = scratch(t);
  const modified = new Date('2024-03-04T05:06:07Z');
  writeFileSync(join(there, 'file'), 'four');
  chmodSync(join(there, 'file'), 0o640);
  mkdirSync(join(there, 'directory'));
  symlinkSync('file', join(there, 'link'));
  utimesSync(join(there, 'file'), modified, modified);
  const served = await serve(t, { fileSystem: local(there) });
  const run = wherryOf(t);
  const places: readonly (readonly [address: string, hasLinks: boolean])[] = [
    [served.address('ftp'), false],
    [served.address('sftp'), true],
    [served.address('ftp+ssh'), false],
    [there, true],
  ];
  for (const [address, hasLinks] of places) {
    const words = [...trusting, '--ftp-port', String(served.port('ftp'))];
    for (const command of ['ls', 'find']) {
      const result = await run([command, '--json', ...words, address]);
      assert.equal(result.code, 0, result.errors);
      const [directory, file, link, ...more] = result.json();
      assert.deepEqual(more, []);
      for (const entry of [directory, file, link]) assert.deepEqual(Object.keys(entry ?? {}), fields);
      assert.deepEqual(
        { ...file, modifiedPrecision: null, owner: null, group: null },
        {
          name: 'file',
          type: 'file',
          size: 4,
          modifiedAt: '2024-03-04T05:06:07.000Z',
          modifiedPrecision: null,
          mode: '0640',
          owner: null,
          group: null,
          linkTarget: null,
        },
      );
      // By SFTP a server tells numbers alone.
      const isNumber = address.startsWith('sftp:');
      const owners = [String(process.getuid?.()), String(process.getgid?.())];
      if (isNumber) assert.deepEqual([file?.['owner'], file?.['group']], owners);
      else assert.equal(typeof file?.['owner'], 'string');
      assert.ok(['second', 'subsecond'].includes(String(file?.['modifiedPrecision'])));
      assert.deepEqual([directory?.['type'], directory?.['size']], ['directory', null]);
      assert.deepEqual(
        [link?.['type'], link?.['linkTarget']],
        hasLinks ? ['symlink', 'file'] : ['file', null],
        address,
      );
    }
    const stat = await run(['stat', '--json', ...words, `${address.replace(/\/$/u, '')}/file`]);
    assert.deepEqual(
      stat.json().map(({ name, size }) => [name, size]),
      [['file', 4]],
    );
    const root = await run(['stat', '--json', ...words, address]);
    assert.equal(root.json()[0]?.['name'], address === there ? basename(there) : '/');
  }
});

test('ls tells times of old listings as exactly as they are said', async (t) => {
  const lines = [
    'drwxr-x--- 2 owner group 512 Feb 13 2021 old directory',
    'lrwxrwxrwx 1 owner group 7 Feb 13 2021 link -> ../else',
    '-rw-r--r-- 1 owner group 2048 2021-05-06 07:08 minutes',
    '02-13-21  09:06PM       1,234 from-windows.txt',
    'and this is no entry at all',
  ];
  await using old = await ScriptedServer.start({
    scripts: {
      FEAT: () => '500 What?\r\n',
      CWD: () => '250 Here\r\n',
      LIST: sends(lines.map((line) => `${line}\r\n`).join('')),
    },
  });
  const result = await wherryOf(t)(['ls', '--json', '--tls', 'off', `ftp://u:p@127.0.0.1:${old.port}/`]);
  assert.equal(result.code, 0, result.errors);
  const found = new Map(result.json().map((entry) => [entry['name'], entry]));
  const pick = (name: string, keys: readonly string[]): unknown[] =>
    keys.map((key) => found.get(name)?.[key]);
  const times = ['type', 'size', 'modifiedAt', 'modifiedPrecision', 'mode', 'owner', 'group', 'linkTarget'];
  assert.deepEqual(pick('old directory', times), [
    'directory',
    null,
    '2021-02-13T00:00:00.000Z',
    'day',
    '0750',
    'owner',
    'group',
    null,
  ]);
  assert.deepEqual(pick('link', ['type', 'linkTarget']), ['symlink', '../else']);
  assert.deepEqual(pick('minutes', ['size', 'modifiedPrecision']), [2048, 'minute']);
  for (const entry of found.values()) assert.deepEqual(Object.keys(entry), fields);
});

test('names that lead elsewhere write nothing outside of where files are wanted', async (t) => {
  const names = [
    'good',
    '../evil',
    '..',
    '.',
    'a/b',
    '/etc/evil',
    '..\\evil',
    'nul\0l',
    'line\nfeed',
    'also good',
  ];
  await using liar = await ScriptedServer.start({
    scripts: {
      MLSD: sends(names.map((name) => `type=file;size=5;modify=20200102030405; ${name}\r\n`).join('')),
      MLST: (argument) =>
        `250-Listing\r\n type=${argument === '/' ? 'dir' : 'file'};size=5;modify=20200102030405; ${argument}\r\n250 End\r\n`,
      RETR: sends('owned'),
    },
  });
  const run = wherryOf(t);
  const address = `ftp://u:p@127.0.0.1:${liar.port}/`;
  for (const words of [
    ['get', '--tls', 'off', '-o', 'inner/', `${address}*`],
    ['mirror', '--tls', 'off', address, 'inner'],
  ]) {
    const outer = scratch(t);
    const { errors } = await run(words, { directory: outer });
    assert.deepEqual(readdirSync(outer), ['inner'], errors);
    for (const name of readdirSync(join(outer, 'inner'))) {
      assert.ok(names.includes(name) || name === 'feed' || name === 'line', name);
      assert.doesNotMatch(name, /^\.\.?$|\//u);
    }
    assert.ok(readdirSync(join(outer, 'inner')).includes('also good'));
  }
});
