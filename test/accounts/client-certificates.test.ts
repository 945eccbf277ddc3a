import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { noSsh, runWherry, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { RawClient } from '#test/ftp/harness.ts';
import { lacking, run } from '#test/interop/programs.ts';

const skip = lacking(['openssl'], 'openssl');
const skipCurl = skip || lacking(['curl'], 'curl');

/** A certificate that signs itself, or that `authority` signs. */
async function makeCertificate(here: string, name: string, authority?: string): Promise<void> {
  const signing = authority === undefined ? [] : ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  const words = ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...signing, ...files];
  const { code, said } = await run('openssl', { words }, { cwd: here });
  assert.equal(code, 0, said);
}

async function add(server: WherryProcess, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await runWherry([
    'certificate',
    'add',
    ...words,
    '--data-dir',
    server.dataDirectory,
  ]);
  assert.equal(code, 0, stderr);
}

/** Says who it is in TLS. @returns the first reply to USER */
async function user(
  t: TestContext,
  server: WherryProcess,
  { here, name, account }: { readonly here: string; readonly name: string | null; readonly account: string },
): Promise<{ readonly client: RawClient; readonly reply: number }> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => client.destroy());
  await client.expect(220);
  const pem = (kind: string): Buffer => readFileSync(join(here, `${name}.${kind}`));
  await client.secure(name === null ? {} : { cert: pem('crt'), key: pem('key') });
  return { client, reply: (await client.command(`USER ${account}`)).code };
}

const users = ['--user', 'anna:wonderland', '--user', 'bert:builder', ...noSsh];

test('a certificate that nobody signed logs in by its fingerprint alone', { skip }, async (t) => {
  const here = scratch(t);
  for (const name of ['anna', 'other']) await makeCertificate(here, name);
  const server = await startWherry(t, { words: [...users, '--tls-client-certificates', 'optional'] });
  await add(server, 'anna', join(here, 'anna.crt'));
  // Nobody vouches for the name in it, so it is not believed.
  await add(server, 'bert', '--name', 'anna');

  const right = await user(t, server, { here, name: 'anna', account: 'anna' });
  assert.equal(right.reply, 232);
  await right.client.command('PWD', 257);
  for (const [name, account] of [
    ['other', 'anna'],
    ['anna', 'bert'],
    [null, 'anna'],
  ] as const) {
    const { client, reply } = await user(t, server, { here, name, account });
    assert.equal(reply, 331, `${name} as ${account}`);
    await client.command(account === 'anna' ? 'PASS wonderland' : 'PASS builder', 230);
  }
});

test('a name counts where the authority has signed it, a fingerprint also beside it', { skip }, async (t) => {
  const here = scratch(t);
  for (const name of ['authority', 'stranger', 'alone']) await makeCertificate(here, name);
  await makeCertificate(here, 'anna', 'authority');
  const server = await startWherry(t, {
    words: [
      ...users,
      '--tls-client-certificates',
      'optional',
      '--tls-client-ca',
      join(here, 'authority.crt'),
    ],
  });
  await add(server, 'anna', '--name', 'anna');
  await add(server, 'bert', join(here, 'alone.crt'));
  const reply = async (name: string, account: string): Promise<number> =>
    (await user(t, server, { here, name, account })).reply;
  assert.equal(await reply('anna', 'anna'), 232);
  assert.equal(await reply('alone', 'bert'), 232);
  await makeCertificate(here, 'anna', 'stranger');
  assert.equal(await reply('anna', 'anna'), 331);
});

test('a certificate and a password are demanded together', { skip }, async (t) => {
  const here = scratch(t);
  await makeCertificate(here, 'anna');
  const server = await startWherry(t, { words: [...users, '--tls-client-certificates', 'required'] });
  await add(server, 'anna', join(here, 'anna.crt'));
  const words = ['user', 'set', 'anna', '--methods', 'certificate+password'];
  assert.equal((await runWherry([...words, '--data-dir', server.dataDirectory])).code, 0);
  const { client, reply } = await user(t, server, { here, name: 'anna', account: 'anna' });
  assert.equal(reply, 331);
  await client.command('PASS wonderland', 230);
  const without = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => without.destroy());
  await without.expect(220);
  await assert.rejects(without.secure({ maxVersion: 'TLSv1.2' }));
});

test('curl logs in over implicit TLS by a certificate and transfers', { skip: skipCurl }, async (t) => {
  const here = scratch(t);
  await makeCertificate(here, 'anna');
  const server = await startWherry(t, {
    words: [...users, '--tls-client-certificates', 'required', '--tls-session-reuse', 'require'],
  });
  await add(server, 'anna', join(here, 'anna.crt'));
  const tls = ['--insecure', '--cert', 'anna.crt', '--key', 'anna.key', '--disable-epsv'];
  const url = `ftps://anna:@127.0.0.1:${server.port('ftps')}/anna.crt`;
  const sent = await run('curl', { words: ['-sS', ...tls, '-T', 'anna.crt', url] }, { cwd: here });
  assert.equal(sent.code, 0, sent.said);
  const fetched = await run('curl', { words: ['-sS', ...tls, url] }, { cwd: here });
  assert.equal(fetched.stdout, readFileSync(join(here, 'anna.crt'), 'utf8'), fetched.said);
});
