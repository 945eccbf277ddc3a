import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;
const environment = { WHERRY_PASSWORD: 'wonder land' };

test('a saved site is used by its name, and its password is never shown', async (t) => {
  const [remote, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  const run = wherryOf(t);
  await writeFile(join(remote, 'there'), 'found');
  for (const scheme of ['ftp', 'ftps', 'sftp']) {
    const url = served.address(scheme, '').replace(/:[^:@]*@/u, '@');
    const added = await run(['site', 'add', `work/${scheme}`, url], { environment });
    assert.equal(added.code, 0, added.errors);
    const got = await run(['cat', ...trusting, `@work/${scheme}/there`]);
    assert.equal(got.output, 'found', got.errors);
  }
  const listed = await run(['site', 'list', '--json']);
  assert.deepEqual(
    listed.json().map(({ name }) => name),
    ['work/ftp', 'work/ftps', 'work/sftp'],
  );
  const shown = await run(['site', 'show', 'work/ftp', '--json']);
  assert.equal(shown.json()[0]?.['hasPassword'], true);
  const exported = await run(['site', 'export', join(here, 'sites.xml')]);
  assert.equal(exported.code, 0, exported.errors);
  const said = [listed, shown, await run(['site', 'show', 'work/ftp']), await run(['site', 'export'])];
  for (const { output } of said) assert.doesNotMatch(output, /wonder/u);
  assert.equal((await run(['site', 'remove', 'work/ftp'])).code, 0);
  assert.equal((await run(['site', 'show', 'work/ftp'])).code, 5);
  assert.equal((await run(['ls', '@nowhere'])).code, 5);
});

test('sites of FileZilla and of ssh are taken over', async (t) => {
  const here = scratch(t);
  const run = wherryOf(t);
  await writeFile(
    join(here, 'config'),
    'Host office\n  HostName office.example.org\n  Port 2222\n  User ann\n',
  );
  const ssh = await run(['site', 'import', join(here, 'config')]);
  assert.equal(ssh.code, 0, ssh.errors);
  const office = (await run(['site', 'show', 'office', '--json'])).json()[0];
  assert.equal(office?.['host'], 'office.example.org');
  assert.equal(office['port'], 2222);
  await run(['site', 'export', join(here, 'out.xml')]);
  assert.match(await readFile(join(here, 'out.xml'), 'utf8'), /<FileZilla3/u);
  const other = wherryOf(t);
  assert.equal((await other(['site', 'import', join(here, 'out.xml')])).output, 'office\n');
  assert.equal((await other(['site', 'import', join(here, 'none.xml')])).code, 5);
});

test('a master password locks the sites, and unlocks them', async (t) => {
  const run = wherryOf(t);
  await run(['site', 'add', 'one', 'ftp://example.org/']);
  const master = { WHERRY_MASTER_PASSWORD: 'open sesame' };
  assert.equal((await run(['site', 'lock'], { environment: master })).code, 0);
  assert.equal((await run(['site', 'list'])).code, 4);
  assert.equal((await run(['site', 'list'], { environment: master })).code, 0);
  assert.equal((await run(['site', 'unlock'], { environment: master })).code, 0);
  assert.match((await run(['site', 'list'])).output, /^one /u);
});
